/**
 * The backend is killed (SIGKILL) at every phase of what it does, and started again on what it left: no operation is lost,
 * none happens twice.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { internal } from "../../convex/_generated/api";
import { runsOf, tally, trialSeed } from "../trials/trial";
import { readTables } from "./books";
import { PHASES, type Phase } from "./phases";
import { DEPOSIT, Rounds, WITHDRAWN } from "./rounds";
import { walletOf } from "./stage";

/** A longer trial begins anew after so many: the chain that each replays must not grow for ever. */
const ROUNDS_OF_A_STAGE = 200;
const MINUTES = 60_000;

/** Each phase once before any comes again. */
function drawPhases(count: number, seed: number): Phase[] {
  const all = fc.shuffledSubarray(PHASES, { minLength: PHASES.length });
  return fc
    .sample(all, { seed, numRuns: Math.ceil(count / PHASES.length) })
    .flat()
    .slice(0, count);
}

const countOf = <T>(values: T[]) => {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
};

/** What the chain has, and what the books have, against what was asked for. */
async function judge(rounds: Rounds): Promise<void> {
  const { stage, count, ends } = rounds;
  const { vaultContract, sbtcContract } = stage.deployment;
  const events = await stage.chain.events(vaultContract, sbtcContract);
  const revoked = countOf(events.flatMap((event) => (event.kind === "revocation" ? [event.authorizationId] : [])));
  expect([...revoked.values()].every((times) => times === 1)).toBe(true);
  expect(revoked.size).toBe(count + ends.revoked);
  const paid = events.flatMap((event) => (event.kind === "withdrawal" ? [event.authorizationId] : []));
  expect([paid.length, new Set(paid).size]).toEqual([ends.paid, ends.paid]);

  // Every nonce of the lane was used once, for a call that had an effect.
  const sent = await stage.chain.sentBy(stage.service);
  expect(sent.map(({ tx_status }) => tx_status)).toEqual(sent.map(() => "success"));
  expect(sent.map(({ nonce }) => nonce).sort((one, other) => one - other)).toEqual([...sent.keys()]);
  expect(sent).toHaveLength(count + ends.revoked);

  const books = readTables(stage.stateDir, ["entries", "accounts", "withdrawals", "vaultEvents", "breakers"] as const);
  const causes = countOf(books.entries.map(({ entryId }) => entryId));
  expect([...causes.values()].every((times) => times === 1)).toBe(true);
  const booked = (cause: string) => [...causes.keys()].filter((id) => String(id).startsWith(`${cause}:`)).length;
  expect([booked("deposit"), booked("withdrawal")]).toEqual([count + 1, ends.paid]);
  expect(countOf(books.withdrawals.map(({ status }) => status))).toEqual(
    new Map(Object.entries(ends).filter(([, times]) => times > 0)),
  );
  const balanceOf = (name: string) => Number(books.accounts.find((account) => account.name === name)?.balance ?? 0);
  expect(balanceOf(`suspense/${walletOf(stage, 0).address}`)).toBe(count * Number(DEPOSIT));
  expect(books.vaultEvents.filter(({ status }) => status === "final")).toHaveLength(events.length);
  const { breakers } = await stage.admin.call("query", internal.breakers.control.status, {});
  expect(breakers).toEqual([]);
  const held = events.reduce((sum, { kind }) => sum + (kind === "withdrawal" ? WITHDRAWN : 0n), 0n);
  expect(-balanceOf("vault")).toBe(balanceOf(`suspense/${rounds.provider}`) + count * Number(DEPOSIT));
  expect(held).toBe(BigInt(ends.paid) * WITHDRAWN);
}

const met = new Set<string>();
const recoveriesMs: number[] = [];
const calls = { paid: 0, revoked: 0 };

async function playAll(phases: Phase[], seed: number, first: number): Promise<void> {
  const rounds = await Rounds.open();
  try {
    for (const [n, phase] of phases.entries()) {
      await rounds.play(phase).catch((error) => {
        throw new Error(`Round ${first + n + 1} of seed ${seed}, killed at "${phase.name}": ${error}`, {
          cause: error,
        });
      });
      met.add(phase.name);
    }
    await judge(rounds);
    recoveriesMs.push(...rounds.recoveriesMs);
    calls.paid += rounds.ends.paid;
    calls.revoked += rounds.ends.revoked;
  } finally {
    await rounds.close();
  }
}

test("killed at every phase, and nothing is lost or done twice", { timeout: 600 * MINUTES }, async () => {
  const [seed, owed] = [trialSeed(), runsOf("kills")];
  const phases = drawPhases(owed, seed);
  for (let from = 0; from < owed; from += ROUNDS_OF_A_STAGE) {
    await playAll(phases.slice(from, from + ROUNDS_OF_A_STAGE), seed, from);
  }
  const slowestMs = Math.max(...recoveriesMs);
  tally("kills", { done: recoveriesMs.length, also: { phases: met.size, ...calls, slowestRecoveryMs: slowestMs } });
  expect(met.size).toBe(Math.min(owed, PHASES.length));
});
