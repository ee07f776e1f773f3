/** What must hold at every look, whatever goes wrong: the books say no more than the chain has made final. */
import { expect } from "vitest";
import { internal } from "../../convex/_generated/api";
import { type Row, readTables } from "./books";
import type { Scene } from "./scene";

const TABLES = [
  "accounts",
  "positions",
  "vaultEvents",
  "chainMirror",
  "outboxTransactions",
  "withdrawals",
  "proofs",
] as const;
type Tables = Record<(typeof TABLES)[number], Row[]>;
const POCKETS = ["available", "reserved", "locked"] as const;
const big = (value: unknown) => BigInt(value as string | number);

/** The vault's balance and locks of each token after its events up to a sequence, as the canonical chain tells. */
async function chainAfter(scene: Scene, sequence: bigint) {
  const { vaultContract, sbtcContract } = scene.stage.deployment;
  const after: Record<string, { balance: bigint; locked: bigint }> = {};
  for (const event of await scene.stage.chain.events(vaultContract, sbtcContract)) {
    if (event.sequence <= sequence && "token" in event) after[event.token] = event;
  }
  return after;
}

/** Nothing is booked that is not in the chain for good, and what is booked comes to what the vault held then. */
async function expectNoMoreThanFinal(scene: Scene, tables: Tables) {
  const { accounts, positions, vaultEvents, chainMirror } = tables;
  const final = vaultEvents.filter(({ status }) => status === "final");
  for (const { blockHash } of final) {
    expect(await scene.stage.chain.get(`/extended/v2/blocks/${blockHash}`)).toMatchObject({ canonical: true });
  }
  const after = await chainAfter(scene, big(chainMirror[0]?.cursor ?? 0));
  for (const token of ["STX", "sBTC"]) {
    const ofToken = (rows: Row[]) => rows.filter((row) => row.token === token);
    const owed = ofToken(accounts).reduce(
      (sum, { name, balance }) => (name === "vault" ? sum : sum + big(balance)),
      0n,
    );
    const inPositions = ofToken(positions).flatMap((row) =>
      [...POCKETS, "accruedYield" as const].map((name) => big(row[name])),
    );
    const held = inPositions.reduce((sum, part) => sum + part, owed);
    const locked = ofToken(positions).reduce((sum, row) => sum + big(row.locked), 0n);
    expect([token, held]).toEqual([token, after[token]?.balance ?? 0n]);
    expect(locked <= (after[token]?.locked ?? 0n)).toBe(true);
  }
}

/** Each withdrawal was paid at most once, each nonce of the lane carries one payload. */
async function expectOnce(scene: Scene, tables: Tables) {
  const { vaultContract, sbtcContract } = scene.stage.deployment;
  const events = await scene.stage.chain.events(vaultContract, sbtcContract);
  const ids = events.flatMap((event) => (event.kind === "withdrawal" ? [event.authorizationId] : []));
  expect(new Set(ids).size).toBe(ids.length);
  const nonces = tables.outboxTransactions.map(({ nonce }) => nonce);
  expect(new Set(nonces).size).toBe(nonces.length);
  const final = tables.vaultEvents.filter(({ status }) => status === "final").map(({ sequence }) => sequence);
  expect(new Set(final).size).toBe(final.length);
}

export async function expectSafe(scene: Scene): Promise<void> {
  const tables = readTables(scene.stage.stateDir, TABLES);
  for (const row of tables.positions) for (const pocket of POCKETS) expect(big(row[pocket])).toBeGreaterThanOrEqual(0n);
  for (const { name, balance } of tables.accounts)
    if (name !== "vault") expect(big(balance)).toBeGreaterThanOrEqual(0n);
  for (const { holds } of tables.proofs) expect(holds).toBe(true);
  await expectNoMoreThanFinal(scene, tables);
  await expectOnce(scene, tables);
  const { breakers } = await scene.stage.admin.call("query", internal.breakers.control.status, {});
  expect(breakers).toEqual([]);
}
