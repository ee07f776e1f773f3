/**
 * What must hold of the books after every step, whatever happened: section 3 of the facts on reliability, invariants 1 to 12,
 * as far as they are about policies. Each compares sums over all rows with each other or with the vault's contract.
 */
import { TOKENS, type Token } from "../../../src/domain/tokens";
import { atMost, must, same } from "../../domain/market/must";
import { type Policy, type Rows, sumOf } from "./rows";
import type { MarketStage } from "./stage";

const POCKETS = { available: "available", reserved: "reserved", locked: "locked", accruedYield: "yield" } as const;

/** Live on-chain: its premium is final, and the vault has not ended it by a final event. */
const ENDED = ["quoted", "lapsed", "settled", "released"];
export const isLive = ({ status }: Policy) => !ENDED.includes(status);

/** 3, 4 and 6: entries balance, documents are folds of them, nothing is negative but what may be. */
export function checkFolds({ postings, positions, accounts }: Rows) {
  const folds = new Map<string, bigint>();
  const entries = new Map<string, bigint>();
  for (const { account, token, amount, entryId } of postings) {
    folds.set(`${account} ${token}`, (folds.get(`${account} ${token}`) ?? 0n) + amount);
    entries.set(entryId, (entries.get(entryId) ?? 0n) + amount);
  }
  for (const [id, sum] of entries) same(`entry ${id}`, sum, 0n);
  const told = new Map(accounts.map(({ name, token, balance }) => [`${name} ${token}`, balance]));
  for (const position of positions) {
    for (const [field, pocket] of Object.entries(POCKETS)) {
      told.set(`position/${position._id}/${pocket} ${position.token}`, position[field as keyof typeof POCKETS]);
    }
  }
  for (const [name, fold] of folds) same(name, told.get(name) ?? 0n, fold);
  for (const [name, balance] of told) {
    same(name, balance, folds.get(name) ?? 0n);
    if (!name.startsWith("vault") && !name.startsWith("breach/")) atMost(`a debt of ${name}`, -balance, 0n);
  }
}

function accountOf({ accounts }: Rows, name: string, token: Token): bigint {
  return accounts.find((row) => row.name === name && row.token === token)?.balance ?? 0n;
}

/** 1, 2 and 5: what the books say the vault holds, and has locked, is what the contract says at the newest final block. */
export function checkVault({ chain, final }: MarketStage, rows: Rows) {
  const { state } = chain.at(final);
  for (const token of TOKENS) {
    same(`what the vault holds of ${token}`, -accountOf(rows, "vault", token), state.balance[token]);
    const covers = sumOf(
      rows.accounts.filter((row) => row.token === token && row.name.startsWith("cover/")),
      ({ balance }) => balance,
    );
    const locked = sumOf(
      rows.positions.filter((row) => row.token === token),
      (row) => row.locked,
    );
    same(`what is locked of ${token} by the ledger`, locked + covers, state.locked[token]);
    const pool = rows.pool.find((row) => row.token === token);
    same(`what is locked of ${token} by the pool's metrics`, pool?.totalLocked ?? 0n, state.locked[token]);
    atMost(`what is locked of ${token}`, state.locked[token], state.balance[token]);
  }
  for (const { token, holds } of rows.proofs) must(`the proof of ${token} holds`, holds);
}

/** 7 and 8: each policy has one set of backings, which comes to it in every part, and to its lock on-chain. */
export function checkBackings({ chain, final }: MarketStage, rows: Rows) {
  const { policies: contract } = chain.at(final).state;
  for (const policy of rows.policies) {
    const { policyId, token } = policy;
    const name = `policy ${policyId} (${policy.status})`;
    const own = rows.backings.filter((row) => row.policyId === policyId);
    same(`positions behind ${name}`, new Set(own.map(({ positionId }) => positionId)).size, own.length);
    const sum = (field: "quantity" | "coverage" | "locked" | "reserved") => sumOf(own, (row) => row[field]);
    same(`the quantity of ${name}`, sum("quantity"), policy.quantity);
    same(`the coverage of ${name}`, sum("coverage"), policy.coverage);
    for (const { locked, reserved, coverage } of own) atMost(`a backing of ${name}`, locked + reserved, coverage);
    const cover = accountOf(rows, `cover/${policyId}`, token);
    const covering = accountOf(rows, `covering/${policyId}`, token);
    same(`the lock of ${name}`, policy.locked, contract.get(policyId)?.lock ?? 0n);
    same(`what stands behind ${name}`, sum("locked") + cover, policy.locked);
    const toCome = policy.status === "quoted" ? policy.lock : policy.lockTarget - policy.locked;
    same(`what is reserved for ${name}`, sum("reserved") + covering, toCome);
    if (!isLive(policy) && policy.status !== "quoted") same(`what ${name} holds`, policy.locked + toCome, 0n);
  }
}

/** 7, 10 and 11: what a position has reserved is for open withdrawals and for locks to come; what it has locked, for policies. */
export function checkPositions(rows: Rows) {
  const isOpen = (status: string) => status === "authorised" || status === "cancelling";
  const open = rows.withdrawals.filter(({ status }) => isOpen(status));
  for (const position of rows.positions) {
    const { _id, provider, tier, token } = position;
    const name = `${provider}'s ${tier} ${token}`;
    const own = rows.backings.filter(({ positionId }) => positionId === _id);
    const leaving = open.filter(({ source }) => source.kind === "position" && source.positionId === _id);
    same(
      `locked of ${name}`,
      position.locked,
      sumOf(own, ({ locked }) => locked),
    );
    const promised = sumOf(leaving, ({ amount }) => amount) + sumOf(own, ({ reserved }) => reserved);
    same(`reserved of ${name}`, position.reserved, promised);
    const live = own.filter(({ policyId }) => {
      const policy = rows.policies.find((known) => known.policyId === policyId);
      return policy !== undefined && (isLive(policy) || policy.status === "quoted");
    });
    same(`policies behind ${name}`, position.policies, live.length);
  }
  for (const token of TOKENS) {
    const authorised = rows.authorised.find((row) => row.token === token)?.amount ?? 0n;
    const ofToken = open.filter((row) => row.token === token);
    same(
      `authorised of ${token}`,
      authorised,
      sumOf(ofToken, ({ amount }) => amount),
    );
  }
}

/** 9: at most one end a policy, and it is the contract's. */
export function checkEnds({ chain, final }: MarketStage, rows: Rows) {
  const { events } = chain.at(final);
  for (const { policyId, status, outcome, coverage } of rows.policies) {
    const paid = events.filter(({ event }) => event.kind === "settlement" && event.policyId === policyId);
    const freed = events.filter(
      ({ event }) => event.kind === "release" && event.policies.some((one) => one.policyId === policyId),
    );
    atMost(`ends of policy ${policyId}`, BigInt(paid.length + freed.length), 1n);
    same(`policy ${policyId} is settled`, status === "settled", paid.length === 1);
    same(`policy ${policyId} is released`, status === "released", freed.length === 1);
    const [{ event } = { event: null }] = paid;
    if (event?.kind !== "settlement") continue;
    must(`policy ${policyId} was paid for something`, outcome !== null);
    same(`what policy ${policyId} paid`, event.amount, (outcome?.payout ?? 0n) - (outcome?.missing ?? 0n));
    atMost(`what policy ${policyId} paid, by its coverage`, event.amount, coverage);
  }
}

/** Tiers' metrics are folds of their positions and policies. */
export function checkTiers({ tiers, positions, policies }: Rows) {
  for (const { tierName, token, ...row } of tiers) {
    const own = positions.filter((position) => position.tier === tierName && position.token === token);
    const capital = (position: (typeof own)[number]) => position.available + position.reserved + position.locked;
    const name = `${tierName} ${token}`;
    same(`capital of ${name}`, row.totalCapital_virtual, sumOf(own, capital));
    same(
      `locked of ${name}`,
      row.totalLocked_virtual,
      sumOf(own, ({ locked }) => locked),
    );
    const live = policies.filter((policy) => policy.tier === tierName && policy.token === token && isLive(policy));
    same(`policies of ${name}`, row.activePolicyCount, live.length);
  }
}
