/** Sync with more events than one look or one mutation takes, while the chain forks under it. */
import fc from "fast-check";
import { beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import { ALICE, type Backend, BOB, leaseOf, openBackend, PaperVault, settle, sync } from "./backend";

let backend: Backend;
let vault: PaperVault;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.spyOn(console, "warn").mockImplementation(() => {});
  backend = await openBackend();
  vault = new PaperVault();
});

const rows = (status: "pending" | "final" | "orphaned") =>
  backend.run(async (ctx) => {
    const all = await ctx.db
      .query("vaultEvents")
      .withIndex("by_status_and_sequence", (q) => q.eq("status", status))
      .take(2_000);
    return all.map(({ sequence, blockHash }) => `${sequence} ${blockHash}`);
  });

/** What the paper says, in the same words. */
const paper = (from = 0) => vault.events.slice(from).map(({ event, blockHash }) => `${event.sequence} ${blockHash}`);

const entries = () =>
  backend.run(async (ctx) => (await ctx.db.query("entries").take(2_000)).map(({ entryId }) => entryId));

const proof = async () =>
  (await backend.query(api.liquidity.getProof, {})).find(({ token }) => token === "STX") ?? { holds: null };

const status = () => backend.query(api.liquidity.getSyncStatus, {});

function deposits(count: number) {
  for (let n = 0; n < count; n += 1) vault.deposit(n % 2 ? ALICE : BOB, "STX", BigInt(n + 1), 0n);
}

test("more events than a look brings wait, are proved while they wait, and are booked in batches, each once", async () => {
  vault.finality = 6;
  deposits(230);
  vault.mine();
  await sync(backend, vault);
  expect(await rows("pending")).toEqual(paper());
  expect(await entries()).toEqual([]);
  expect(await proof()).toMatchObject({ holds: true, booked: 0n, pending: BigInt((230 * 231) / 2), sequence: 230n });
  expect(await status()).toMatchObject({ watermark: 0n, seen: 230n, tipHeight: 11, finalHeight: 5, halted: null });
  await settle(backend, vault);
  expect(await rows("pending")).toEqual([]);
  expect(await rows("final")).toEqual(paper());
  expect(await entries()).toEqual(vault.events.map(({ event }) => `deposit:${event.sequence}`));
  expect(await proof()).toMatchObject({ holds: true, pending: 0n });
  const asOf = vault.timeOf(vault.height) * 1_000;
  expect(await status()).toEqual({ watermark: 230n, seen: 230n, tipHeight: 17, finalHeight: 11, asOf, halted: null });
});

test("one mutation moves a hundred events at most, and asks for the next at once", async () => {
  deposits(150);
  vault.mine();
  const lease = await leaseOf(backend);
  const cycle = (observation: ReturnType<PaperVault["observation"]> | null) =>
    backend.mutation(internal.sync.loop.finishCycle, { lease, observation });
  vault.finality = 5;
  expect(await cycle(vault.observation(0n))).toEqual({ isDone: false });
  expect(await cycle(vault.observation(100n))).toEqual({ isDone: true });
  expect((await rows("pending")).length).toBe(150);
  vault.mine(5);
  expect(await cycle(vault.observation(150n))).toEqual({ isDone: false });
  expect((await rows("final")).length).toBe(100);
  expect(await backend.query(internal.sync.loop.start, { lease })).toEqual({ kind: "backlog" });
  expect((await backend.run((ctx) => ctx.db.query("syncLoop").unique()))?.dueAt).toBeLessThanOrEqual(Date.now());
  expect(await cycle(null)).toEqual({ isDone: true });
  expect(await rows("final")).toEqual(paper());
});

test("events that are final at first sight never wait", async () => {
  deposits(120);
  vault.mine();
  const lease = await leaseOf(backend);
  await backend.mutation(internal.sync.loop.finishCycle, { lease, observation: vault.observation(0n) });
  expect((await rows("final")).length).toBe(100);
  expect(await rows("pending")).toEqual([]);
  expect(await proof()).toEqual({ holds: null });
  expect((await status()).asOf).toBe(0);
  await sync(backend, vault);
  expect(await rows("final")).toEqual(paper());
  expect(await proof()).toMatchObject({ holds: true });
});

test("a fork that is older than what one step back sees is found over several looks", async () => {
  vault.finality = 20;
  for (let n = 0; n < 25; n += 1) {
    deposits(10);
    if (n % 6 === 0) vault.mine();
  }
  await sync(backend, vault);
  const before = paper();
  vault.orphan(225);
  vault.mine();
  deposits(5);
  await sync(backend, vault);
  expect(await rows("pending")).toEqual(paper());
  expect((await rows("orphaned")).sort()).toEqual(before.slice(25).sort());
  expect(await proof()).toMatchObject({ holds: true, sequence: 30n });
  await settle(backend, vault);
  expect(await rows("final")).toEqual(paper());
});

test("a proof that would fail over events that wait is looked at again before it stops anything", async () => {
  await sync(backend, vault);
  deposits(2);
  const lease = await leaseOf(backend);
  const observation = vault.observation(0n);
  for (const account of observation.accounts) if (account.token === "STX") account.balance += 1n;
  for (const account of observation.accounts) account.held += 1n;
  const { failureOf } = await import("../../convex/sync/loop");
  for (let n = 0; n < 2; n += 1) {
    const error = await backend
      .mutation(internal.sync.loop.finishCycle, { lease, observation })
      .catch((thrown: unknown) => thrown);
    expect(failureOf(error)).toEqual({ kind: "doubt" });
    await backend.mutation(internal.sync.loop.failCycle, { lease, error: "doubt", failure: { kind: "doubt" } });
    expect(await rows("pending")).toEqual([]);
    expect(await backend.run((ctx) => ctx.db.query("breakers").take(9))).toEqual([]);
  }
  await backend.mutation(internal.sync.loop.finishCycle, { lease, observation });
  expect(await proof()).toMatchObject({ holds: false });
  const stopped = await backend.run((ctx) => ctx.db.query("breakers").take(9));
  expect(stopped.map(({ capability }) => capability)).toContain("withdraw");
});

test("an API that asks to be left alone is, and a node that stays behind for long is believed in the end", async () => {
  await sync(backend, vault);
  const lease = await leaseOf(backend);
  const dueIn = async () => ((await backend.run((ctx) => ctx.db.query("syncLoop").unique()))?.dueAt ?? 0) - Date.now();
  const fail = (afterMs: number) =>
    backend.mutation(internal.sync.loop.failCycle, { lease, error: "429", failure: { kind: "retry", afterMs } });
  await fail(90_000);
  expect(await dueIn()).toBeGreaterThan(80_000);
  await fail(10 ** 9);
  expect(await dueIn()).toBeLessThanOrEqual(600_000);

  const behind = () => backend.mutation(internal.sync.loop.finishCycle, { lease, observation: null, isBehind: true });
  const start = () => backend.query(internal.sync.loop.start, { lease });
  await behind();
  expect(await start()).toMatchObject({ kind: "look", tip: { height: vault.height } });
  await backend.run(async (ctx) => {
    const row = await ctx.db.query("syncLoop").unique();
    if (row) await ctx.db.patch("syncLoop", row._id, { behindSince: Date.now() - 600_001 });
  });
  await behind();
  expect(await start()).toMatchObject({ kind: "look", tip: null });
  await sync(backend, vault);
  expect(await start()).toMatchObject({ tip: { height: vault.height } });
  expect(await backend.query(internal.sync.loop.start, { lease: "another" })).toEqual({ kind: "superseded" });
});

/** Once, what a look could not bring waited for the next poll behind a backlog. */
const MORE_THAN_A_LOOK = [
  { kind: "deposits", count: 1 },
  { kind: "sync" },
  { kind: "deposits", count: 84 },
  { kind: "mine", blocks: 1 },
  { kind: "deposits", count: 17 },
] as const;

test("whatever happens above finality, the books end as the paper has it, and nothing is booked twice", async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("deposits" as const), count: fc.integer({ min: 1, max: 60 }) }),
    fc.record({ kind: fc.constant("mine" as const), blocks: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ kind: fc.constant("fork" as const), percent: fc.integer({ min: 0, max: 100 }) }),
    fc.constant({ kind: "sync" as const }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
      backend = await openBackend();
      vault = new PaperVault();
      vault.finality = 2;
      await sync(backend, vault);
      let booked = 0;
      for (const one of steps) {
        if (one.kind === "deposits") deposits(one.count);
        if (one.kind === "mine") vault.mine(one.blocks);
        // A fork of what nobody saw would be none.
        if (one.kind === "sync" || one.kind === "fork") {
          await sync(backend, vault);
          booked = (await rows("final")).length;
          expect(await proof()).toMatchObject({ holds: true });
          expect(await rows("pending")).toEqual(paper(booked));
        }
        if (one.kind === "fork") {
          const gone = Math.floor(((vault.events.length - booked) * one.percent) / 100);
          if (gone > 0) vault.orphan(gone);
          vault.mine();
        }
      }
      await settle(backend, vault);
      expect(await rows("final")).toEqual(paper());
      expect(await rows("pending")).toEqual([]);
      expect(await entries()).toEqual(vault.events.map(({ event }) => `deposit:${event.sequence}`));
      expect(await status()).toMatchObject({ halted: null, watermark: BigInt(vault.events.length) });
    }),
    { numRuns: 8, examples: [[[...MORE_THAN_A_LOOK]]] },
  );
});
