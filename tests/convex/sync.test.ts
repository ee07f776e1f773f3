import { beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import { localDeployment } from "../../src/stacks/deployment";
import {
  ALICE,
  apply,
  as,
  type Backend,
  BOB,
  DEPLOYER,
  leaseOf,
  openBackend,
  PaperVault,
  settle,
  sync,
} from "./backend";

let backend: Backend;
let vault: PaperVault;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.spyOn(console, "warn").mockImplementation(() => {});
  backend = await openBackend();
  vault = new PaperVault();
});

const books = () =>
  backend.run(async (ctx) => ({
    cursor: (await ctx.db.query("chainMirror").unique())?.cursor,
    entries: (await ctx.db.query("entries").take(1_000)).map((entry) => entry.entryId),
    events: (await ctx.db.query("vaultEvents").take(1_000)).map((row) => `${row.status} ${row.sequence}`),
  }));

const breaker = (capability: "sync" | "commit" | "withdraw") =>
  backend.run(async (ctx) => {
    const row = await ctx.db
      .query("breakers")
      .withIndex("by_capability", (q) => q.eq("capability", capability))
      .unique();
    return row?.tripped ? row.reason : null;
  });

const accountOf = (name: string) =>
  backend.run(async (ctx) => {
    const row = await ctx.db
      .query("accounts")
      .withIndex("by_name_and_token", (q) => q.eq("name", name).eq("token", "STX"))
      .unique();
    return row?.balance;
  });

const proofs = async () =>
  Object.fromEntries((await backend.query(api.liquidity.getProof, {})).map((p) => [p.token, p]));

test("events become final in the order of their sequence, once, however often they are seen", async () => {
  vault.control("launched");
  vault.deposit(ALICE, "STX", 100n, 0n);
  vault.mine();
  vault.deposit(BOB, "STX", 200n, 0n);
  await sync(backend, vault);
  expect(await books()).toEqual({
    cursor: 2n,
    entries: ["deposit:2"],
    events: ["final 1", "final 2", "pending 3"],
  });
  const sameLook = vault.observation(0n);
  await apply(backend, sameLook);
  await settle(backend, vault);
  await sync(backend, vault);
  expect(await books()).toMatchObject({ cursor: 3n, entries: ["deposit:2", "deposit:3"] });
  expect((await books()).events).toEqual(["final 1", "final 2", "final 3"]);
});

test("an event that a reorganisation took back is orphaned and never booked; its replacement is", async () => {
  vault.deposit(ALICE, "STX", 100n, 0n);
  await sync(backend, vault);
  vault.orphan(1);
  vault.mine();
  vault.deposit(BOB, "STX", 300n, 0n);
  await sync(backend, vault);
  expect((await books()).events).toEqual(["orphaned 1", "pending 1"]);
  await settle(backend, vault);
  expect((await books()).events).toEqual(["orphaned 1", "final 1"]);
  expect(await as(backend, ALICE).query(api.liquidity.getProviderPortfolio, {})).toMatchObject({ suspense: [] });
  expect(await as(backend, BOB).query(api.liquidity.getProviderPortfolio, {})).toMatchObject({
    suspense: [{ token: "STX", amount: 300n }],
  });
  expect((await proofs()).STX).toMatchObject({ holds: true, counted: 300n, booked: 300n, pending: 0n });
});

test("a look with a gap changes nothing", async () => {
  vault.deposit(ALICE, "STX", 100n, 0n);
  vault.deposit(ALICE, "STX", 200n, 0n);
  const look = vault.observation(0n);
  await expect(apply(backend, { ...look, events: look.events.slice(1) })).rejects.toThrow("gap");
  expect((await books()).events).toEqual([]);
});

test("a look that ends before the vault's last event proves nothing yet", async () => {
  vault.deposit(ALICE, "STX", 100n, 0n);
  vault.deposit(ALICE, "STX", 200n, 0n);
  vault.mine();
  const look = vault.observation(0n);
  await apply(backend, { ...look, events: look.events.slice(0, 1) });
  expect(await proofs()).toEqual({});
  await sync(backend, vault);
  expect((await proofs()).STX).toMatchObject({ holds: true, booked: 300n, sequence: 2n });
});

test("the proof counts what is pending, and shows a surplus", async () => {
  vault.deposit(ALICE, "STX", 100n, 0n);
  vault.mine();
  vault.deposit(ALICE, "STX", 50n, 0n);
  vault.surplus.STX = 7n;
  await sync(backend, vault);
  expect((await proofs()).STX).toMatchObject({
    holds: true,
    held: 157n,
    counted: 150n,
    booked: 100n,
    pending: 50n,
    surplus: 7n,
  });
});

test("a deficit of one unit stops commitments and withdrawals, and says so", async () => {
  vault.deposit(ALICE, "sBTC", 100n, 0n);
  vault.surplus.sBTC = -1n;
  await settle(backend, vault);
  expect((await proofs()).sBTC).toMatchObject({ holds: false, surplus: -1n });
  expect(await breaker("withdraw")).toContain("holds 99 base units of sBTC but counts 100");
  expect(await breaker("commit")).not.toBeNull();
  expect(await breaker("sync")).toBeNull();
});

async function failedPoll(observation: ReturnType<PaperVault["observation"]>) {
  const lease = await leaseOf(backend);
  const error = await backend.mutation(internal.sync.loop.finishCycle, { lease, observation }).then(
    () => null,
    (thrown) => thrown,
  );
  const { failureOf } = await import("../../convex/sync/loop");
  await backend.mutation(internal.sync.loop.failCycle, { lease, error: String(error), failure: failureOf(error) });
}

const startOf = async () => backend.query(internal.sync.loop.start, { lease: await leaseOf(backend) });

test("counters that the books contradict halt sync, and nothing of that look is kept", async () => {
  vault.deposit(ALICE, "STX", 100n, 0n);
  await settle(backend, vault);
  vault.deposit(ALICE, "STX", 100n, 0n);
  vault.mine();
  const look = vault.observation(1n);
  const [wrong] = look.events;
  if (wrong?.event.kind !== "deposit") throw new Error("the look holds one deposit");
  wrong.event.balance += 1n;
  await failedPoll(look);
  expect(await breaker("sync")).toContain("After event 2 the vault counts 201 STX, the books 200.");
  expect(await books()).toMatchObject({ cursor: 1n, entries: ["deposit:1"], events: ["final 1"] });
  expect(await startOf()).toEqual({ kind: "halted" });
  await backend.mutation(internal.breakers.control.resetBreaker, {
    capability: "sync",
    actor: "Ada",
    reason: "mended",
  });
  expect(await startOf()).toMatchObject({ kind: "look", booked: 1n });
});

test("a reorganisation below finality halts sync", async () => {
  vault.deposit(ALICE, "STX", 100n, 0n);
  await settle(backend, vault);
  vault.orphan(1);
  await failedPoll(vault.observation(0n));
  expect(await breaker("sync")).toContain("reorganisation below finality");
  expect(await breaker("withdraw")).not.toBeNull();
});

test("a look that was under way when sync was halted books nothing", async () => {
  await settle(backend, vault);
  const before = await books();
  vault.deposit(ALICE, "STX", 100n, 0n);
  vault.mine(vault.finality);
  const halt = { capability: "sync" as const, actor: "Ada", reason: "a look at the node" };
  await backend.mutation(internal.breakers.control.tripBreaker, halt);
  await apply(backend, vault.observation(0n));
  expect(await books()).toEqual(before);
  await backend.mutation(internal.breakers.control.resetBreaker, halt);
  await settle(backend, vault);
  expect((await books()).events).toEqual(["final 1"]);
});

test("a failing node slows the loop down and trips nothing", async () => {
  await apply(backend, vault.observation(0n));
  for (let n = 0; n < 3; n += 1) {
    const failure = { kind: "retry" as const, afterMs: 0 };
    await backend.mutation(internal.sync.loop.failCycle, { lease: "test", error: "ApiError: 503", failure });
  }
  const loop = await backend.run((ctx) => ctx.db.query("syncLoop").unique());
  expect(loop).toMatchObject({ failures: 3, lastError: "ApiError: 503" });
  expect((loop?.dueAt ?? 0) - Date.now()).toBeGreaterThan(7_000);
  expect(await breaker("sync")).toBeNull();
});

test("only the loop that holds the lease writes; the watchdog replaces a dead one and leaves a live one", async () => {
  await backend.mutation(internal.sync.loop.watch, {});
  const first = await backend.run((ctx) => ctx.db.query("syncLoop").unique());
  await backend.mutation(internal.sync.loop.watch, {});
  expect(await backend.run((ctx) => ctx.db.query("syncLoop").unique())).toEqual(first);
  await backend.run(async (ctx) => ctx.db.patch("syncLoop", first?._id as never, { dueAt: Date.now() - 60_001 }));
  await backend.mutation(internal.sync.loop.watch, {});
  const second = await backend.run((ctx) => ctx.db.query("syncLoop").unique());
  expect(second?.lease).not.toBe(first?.lease);

  vault.deposit(ALICE, "STX", 100n, 0n);
  const observation = vault.observation(0n);
  await backend.mutation(internal.sync.loop.finishCycle, { lease: first?.lease ?? "", observation });
  expect((await books()).events).toEqual([]);
  await backend.mutation(internal.sync.loop.finishCycle, { lease: second?.lease ?? "", observation });
  expect((await books()).events).toEqual(["pending 1"]);
});

test("tokens that were sent to the vault directly, once counted, wait in the vault's own suspense account", async () => {
  vault.add({ kind: "surplus", amount: 70n, ...vault.move("STX", 70n) });
  await settle(backend, vault);
  expect((await proofs()).STX).toMatchObject({ holds: true, counted: 70n, booked: 70n });
  const { vaultContract } = localDeployment(DEPLOYER);
  expect(await accountOf(`suspense/${vaultContract}`)).toBe(70n);
  expect(await breaker("withdraw")).toBeNull();
});

test("a policy that this backend did not sell is booked, and stops what could make it worse", async () => {
  const policy = { policyId: 5n, lock: 40n, coverage: 50n, releaseAfter: 1n };
  vault.deposit(BOB, "STX", 100n, 0n);
  vault.add({ kind: "premium", buyer: ALICE, ...policy, amount: 10n, ...vault.move("STX", 10n) });
  vault.add({ kind: "lock", policies: [{ policyId: 5n, amount: 10n }], amount: 10n, ...vault.move("STX", 0n) });
  vault.add({ kind: "settlement", policyId: 5n, buyer: ALICE, unlocked: 50n, amount: 30n, ...vault.move("STX", -30n) });
  vault.add({ kind: "release", policies: [], amount: 0n, ...vault.move("STX", 0n) });
  await sync(backend, vault);
  expect((await proofs()).STX).toMatchObject({ holds: true, counted: 80n, booked: 0n, pending: 80n });
  await settle(backend, vault);
  expect((await proofs()).STX).toMatchObject({ holds: true, counted: 80n, booked: 80n, pending: 0n });
  expect([await accountOf("premium/5"), await accountOf(`breach/${ALICE}`)]).toEqual([10n, -30n]);
  for (const capability of ["commit", "withdraw"] as const) {
    expect(await breaker(capability)).toMatch("bought policy 5, and this backend sold no such policy");
  }
});

test.each(["lock", "release"] as const)("a %s of unknown policies alone stops it too", async (kind) => {
  vault.add({ kind, policies: [{ policyId: 5n, amount: 0n }], amount: 0n, ...vault.move("sBTC", 0n) });
  await settle(backend, vault);
  const did = { lock: "The lock of policy 5 was raised", release: "Policy 5 was released" };
  expect(await breaker("withdraw")).toMatch(did[kind]);
});
