/** That the real contract knows what the model does: counters, locks, buckets, who is paused, and what transactions touched. */
import assert from "node:assert/strict";
import { TOKENS } from "../../src/domain/tokens";
import { DEPLOYMENT } from "./calls";
import type { ContractState, RealVault } from "./contract";
import { json } from "./json";
import type { Tx } from "./transactions";
import type { VaultState } from "./vault";

function booksOf(told: ContractState) {
  const { sequence, paused, pendingChange } = told;
  const accounts = { STX: { ...told.stx, held: told.heldStx }, sBTC: { ...told.sbtc, held: told.heldSbtc } };
  return { sequence, paused, readyAt: pendingChange?.readyAt ?? null, accounts };
}

function modelledBooks({ sequence, paused, pending, ...state }: VaultState) {
  const accounts = Object.fromEntries(
    TOKENS.map((token) => {
      const [withdrawals, settlements] = [state.withdrawals[token], state.settlements[token]].map(
        ({ drainedAt, ...bucket }) => ({ ...bucket, drainedAt: BigInt(drainedAt) }),
      );
      const { balance, locked, held } = state;
      return [token, { balance: balance[token], locked: locked[token], withdrawals, settlements, held: held[token] }];
    }),
  );
  return { sequence, paused, readyAt: pending ? BigInt(pending.readyAt) : null, accounts };
}

/** With its fields in one order. */
const sorted = (value: unknown): unknown =>
  typeof value === "object" && value !== null
    ? Object.fromEntries(
        Object.entries(value)
          .sort()
          .map(([name, field]) => [name, sorted(field)]),
      )
    : value;

function requireSame(what: string, told: unknown, modelled: unknown) {
  const [one, other] = [json(sorted(told)), json(sorted(modelled))];
  if (one !== other) assert.fail(`${what}: the contract has\n${one}, the model\n${other}`);
}

function policyIdsIn(tx: Tx): bigint[] {
  if (tx.kind === "lock") return tx.locks.map(({ policyId }) => policyId);
  if (tx.kind === "release") return tx.policyIds;
  return "policyId" in tx ? [tx.policyId] : [];
}

/** @param touched what may have changed an authorisation or a policy */
export function requireSameState(contract: RealVault, books: ContractState, model: VaultState, touched: Tx[]) {
  requireSame("The vault's books", booksOf(books), modelledBooks(model));
  for (const id of new Set(touched.flatMap((tx) => ("id" in tx ? [tx.id] : [])))) {
    const status = model.used.get(id);
    const modelled = { paid: status === "paid", revoked: status === "revoked" };
    requireSame(`Authorisation ${id}`, contract.authorization(id), modelled);
  }
  for (const policyId of new Set(touched.flatMap(policyIdsIn))) {
    const policy = model.policies.get(policyId);
    const token = policy?.token === "STX" ? null : DEPLOYMENT.sbtcContract;
    requireSame(`Policy ${policyId}`, contract.policy(policyId), policy ? { ...policy, token } : null);
  }
}
