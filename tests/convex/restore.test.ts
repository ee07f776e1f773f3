/**
 * The rule after a restore: nothing is signed until whatever was signed after the backup is in the books or has expired.
 * A restore is played by going on with a backend that was never told of what the vault has seen since.
 */
import fc from "fast-check";
import { beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import { afterFinal, afterTip, beginRestore, type Restore } from "../../src/domain/restore";
import { ALICE, apply, as, type Backend, leaseOf, openBackend, PaperVault, settle, sync } from "./backend";
import { operatorsTold } from "./operatorsTold";

let backend: Backend;
let vault: PaperVault;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
  backend = await openBackend();
  vault = new PaperVault();
  await sync(backend, vault);
});

const STX = { token: "STX", tier: "Balanced" };
const ADA = { actor: "Ada", reason: "the disk died" };
/** Blocks of the paper vault in an hour. */
const HOUR = 360;

const withdraw = () => as(backend, ALICE).action(api.liquidity.requestWithdrawal, { ...STX, amount: 2_000_000n });
const restoring = async () => (await backend.query(internal.breakers.control.status, {})).restore;
const restored = () => backend.mutation(internal.breakers.restore.begin, ADA);
const refused = (facts: Record<string, unknown> = {}) =>
  expect.objectContaining({ data: expect.objectContaining({ code: "RESTORING", ...facts }) });

async function deposited(amount: bigint) {
  const { reference } = await as(backend, ALICE).action(api.liquidity.requestCommitCapital, { ...STX, amount });
  vault.deposit(ALICE, "STX", amount, reference);
  await settle(backend, vault);
}

const actsNamed = async (act: string) => {
  const paginationOpts = { numItems: 100, cursor: null };
  return (await backend.query(internal.audit.trail.list, { act, paginationOpts })).page;
};

test("no signature until the tip is reached and a final block is an hour past it; then there is one", async () => {
  await deposited(5_000_000n);
  await restored();
  await expect(withdraw()).rejects.toEqual(refused());
  expect(await restoring()).toEqual({ kind: "looking", signedUpTo: 0 });
  vault.mine();
  await sync(backend, vault);
  const tip = vault.timeOf(vault.height);
  expect(await restoring()).toEqual({ kind: "waiting", until: tip + 3_600 });
  await expect(withdraw()).rejects.toEqual(refused({ until: tip + 3_600 }));
  // The tip is an hour later, the final block is one block short of it.
  vault.mine(HOUR);
  await sync(backend, vault);
  await expect(withdraw()).rejects.toEqual(refused());
  vault.mine();
  await sync(backend, vault);
  expect(await restoring()).toBeNull();
  expect((await withdraw()).authorization.signature).toMatch(/^[0-9a-f]{130}$/);
  expect(await actsNamed("restore.begin")).toMatchObject([ADA]);
  expect(await actsNamed("restore.end")).toMatchObject([{ actor: "backend" }]);
  expect(await operatorsTold(backend)).toEqual(["restore.begun", "restore.ended"]);
});

test("looks that began before the restore, or do not reach the tip, do not count", async () => {
  await deposited(5_000_000n);
  const lease = "test";
  vault.mine();
  const before = vault.observation(1n);
  await restored();
  await backend.mutation(internal.sync.loop.finishCycle, { lease, observation: before });
  expect(await restoring()).toEqual({ kind: "looking", signedUpTo: 0 });
  vault.deposit(ALICE, "STX", 1n, 0n);
  vault.deposit(ALICE, "STX", 1n, 0n);
  const look = vault.observation(1n);
  await apply(backend, { ...look, events: look.events.slice(0, 1) });
  expect(await restoring()).toEqual({ kind: "looking", signedUpTo: 0 });
  await sync(backend, vault);
  expect(await restoring()).toMatchObject({ kind: "waiting" });
});

test("what is booked later of a look from before the restore tells nothing of the tip", async () => {
  for (let n = 0; n < 101; n += 1) vault.deposit(ALICE, "STX", 1n, 0n);
  await sync(backend, vault);
  vault.mine();
  await apply(backend, vault.observation(101n));
  const cursor = () => backend.run(async (ctx) => (await ctx.db.query("chainMirror").unique())?.cursor);
  expect(await cursor()).toBe(100n);
  await restored();
  const lease = await leaseOf(backend);
  await backend.mutation(internal.sync.loop.finishCycle, { lease, observation: null });
  expect(await cursor()).toBe(101n);
  expect(await restoring()).toEqual({ kind: "looking", signedUpTo: 0 });
  await sync(backend, vault);
  expect(await restoring()).toMatchObject({ kind: "waiting" });
});

test("a halted sync ends nothing, however much time passes", async () => {
  await deposited(5_000_000n);
  await restored();
  await sync(backend, vault);
  vault.mine(2 * HOUR);
  const row = await backend.run((ctx) => ctx.db.query("syncLoop").unique());
  const failure = { kind: "halt" as const, reason: "an odd event" };
  await backend.mutation(internal.sync.loop.failCycle, { lease: row?.lease ?? "", error: "odd", failure });
  expect(await restoring()).toMatchObject({ kind: "waiting" });
});

test("begun again, it begins anew", async () => {
  await deposited(5_000_000n);
  await restored();
  await sync(backend, vault);
  vault.mine(HOUR);
  await restored();
  await sync(backend, vault);
  expect(await restoring()).toEqual({ kind: "waiting", until: vault.timeOf(vault.height) + 3_600 });
  expect(await actsNamed("restore.begin")).toHaveLength(2);
  await expect(backend.mutation(internal.breakers.restore.begin, { actor: "", reason: "x" })).rejects.toThrow();
  expect(await actsNamed("restore.begin")).toHaveLength(2);
});

test("where the chain went back too, the hour begins at the time that was reached before", async () => {
  await deposited(5_000_000n);
  const signedUpTo = vault.timeOf(vault.height) + 7_200;
  await backend.mutation(internal.breakers.restore.begin, { ...ADA, signedUpTo });
  await sync(backend, vault);
  expect(await restoring()).toEqual({ kind: "waiting", until: signedUpTo + 3_600 });
  // Begun anew without that time, it is not forgotten.
  await restored();
  await sync(backend, vault);
  expect(await restoring()).toEqual({ kind: "waiting", until: signedUpTo + 3_600 });
});

test("a withdrawal signed after the backup is paid: a breach that the operator sees, and no second payment of it", async () => {
  await deposited(2_000_000n);
  await restored();
  await sync(backend, vault);
  // Signed between the backup and the restore; the restored books have never heard of it.
  vault.withdraw(ALICE, "STX", 2_000_000n, 77n);
  await settle(backend, vault);
  const { breakers } = await backend.query(internal.breakers.control.status, {});
  expect(breakers).toMatchObject([{ capability: "withdraw", reason: expect.stringContaining("authorisation 77") }]);
  vault.mine(2 * HOUR);
  await sync(backend, vault);
  expect(await restoring()).toBeNull();
  // The position still shows the capital, so only the breaker keeps it from being paid twice.
  await expect(withdraw()).rejects.toEqual(
    expect.objectContaining({ data: expect.objectContaining({ code: "STOPPED" }) }),
  );
});

/**
 * The rule against a plain statement of it: with looks at any tips and finals, signing is allowed again at the first look
 * whose final block no signature of before the restore can outlive, and not earlier.
 */
test("the rule ends exactly when every signature of before has expired at a final block", () => {
  const looks = fc.array(fc.record({ step: fc.nat(4_000), depth: fc.nat(3_000), hasFinal: fc.boolean() }), {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(looks, fc.nat(10_000), fc.nat(20_000), (steps, start, signedUpTo) => {
      let tip = start;
      let state: Restore | null = beginRestore(null, signedUpTo);
      let firstTip: number | null = null;
      for (const { step, depth, hasFinal } of steps) {
        tip += step;
        const final = hasFinal ? tip - depth : null;
        // Naively: a signature of before the restore was made up to the first tip seen after it, or up to the time named.
        const outlived = (signedAt: number) => final !== null && final - signedAt >= 3_600;
        const isSafe: boolean = firstTip !== null && outlived(firstTip) && outlived(signedUpTo);
        firstTip ??= tip;
        const left: Restore | null = final === null ? state : afterFinal(state, final);
        state = left && afterTip(left, tip);
        expect(state === null).toBe(isSafe);
        if (state === null) return;
      }
    }),
  );
});
