/** Breakers: what stops, who stopped it and why, and that the trail of it stays small. */
import { beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import { type Capability, requireClosed, trip } from "../../convex/breakers/model";
import { ALICE, as, type Backend, openBackend, PaperVault, settle, sync } from "./backend";

let backend: Backend;
let vault: PaperVault;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.spyOn(console, "warn").mockImplementation(() => {});
  backend = await openBackend();
  vault = new PaperVault();
  await sync(backend, vault);
});

const CAPABILITIES = ["commit", "withdraw", "policies", "settle", "sync"] as const;
const STX = { token: "STX", tier: "Balanced" };
const ADA = { actor: "Ada", reason: "looked into" };

const refusal = (code: string, facts: Record<string, unknown> = {}) =>
  expect.objectContaining({ data: expect.objectContaining({ code, ...facts }) });

const stopped = async () => (await backend.query(internal.breakers.control.status, {})).breakers;

const acts = async () => {
  const paginationOpts = { numItems: 100, cursor: null };
  const { page } = await backend.query(internal.audit.trail.list, { paginationOpts });
  return page.map(({ act, actor, reason, facts }) => ({ act, actor, reason, capability: facts.capability }));
};

const tripped = (capability: Capability, reason: string) =>
  backend.run(async (ctx) => {
    await trip(ctx, capability, reason);
    return null;
  });

const isClosed = (capability: Capability) =>
  backend.run(async (ctx) => {
    await requireClosed(ctx, capability);
    return null;
  });

test.each(CAPABILITIES)("%s is stopped and reset by hand, with a name and a reason each time", async (capability) => {
  await isClosed(capability);
  await backend.mutation(internal.breakers.control.tripBreaker, { capability, actor: "Bob", reason: "an upgrade" });
  await expect(isClosed(capability)).rejects.toEqual(refusal("STOPPED", { capability }));
  expect(await stopped()).toMatchObject([{ capability, reason: "an upgrade", laterReasons: [] }]);
  for (const other of CAPABILITIES) if (other !== capability) await isClosed(other);
  await backend.mutation(internal.breakers.control.resetBreaker, { capability, ...ADA });
  await isClosed(capability);
  expect(await stopped()).toEqual([]);
  expect(await acts()).toEqual([
    { act: "breakers.reset", ...ADA, capability },
    { act: "breakers.trip", actor: "Bob", reason: "an upgrade", capability },
  ]);
});

test.each([{ actor: "" }, { reason: " " }, { reason: "r".repeat(1_001) }])("%o changes nothing", async (wrong) => {
  const change = { capability: "withdraw" as const, ...ADA, ...wrong };
  const code = expect.stringMatching(/^ACT_/) as unknown as string;
  await expect(backend.mutation(internal.breakers.control.tripBreaker, change)).rejects.toEqual(refusal(code));
  expect(await stopped()).toEqual([]);
  await tripped("withdraw", "a thief");
  await expect(backend.mutation(internal.breakers.control.resetBreaker, change)).rejects.toEqual(refusal(code));
  expect(await stopped()).toMatchObject([{ capability: "withdraw", reason: "a thief" }]);
  expect(await acts()).toHaveLength(1);
});

test("the first reason is kept, later ones go into the trail, each once and not for ever", async () => {
  for (let n = 0; n < 3; n += 1) {
    await tripped("commit", "the first");
    await tripped("commit", "the second");
  }
  expect(await stopped()).toMatchObject([{ reason: "the first", laterReasons: ["the second"] }]);
  expect((await acts()).map(({ actor, reason }) => `${actor}: ${reason}`)).toEqual([
    "backend: the second",
    "backend: the first",
  ]);
  for (let n = 0; n < 60; n += 1) await tripped("commit", `It is ${n} now.`);
  expect(await acts()).toHaveLength(21);
  await backend.mutation(internal.breakers.control.resetBreaker, { capability: "commit", ...ADA });
  await tripped("commit", "It is 59 now.");
  expect(await stopped()).toMatchObject([{ reason: "It is 59 now.", laterReasons: [] }]);
  expect((await acts()).slice(0, 2)).toMatchObject([{ act: "breakers.trip" }, { act: "breakers.reset" }]);
});

test("a reason of any length trips", async () => {
  await tripped("sync", `The vault printed ${"ff".repeat(100_000)}`);
  const [breaker] = await stopped();
  expect(breaker?.reason).toHaveLength(1_000);
  expect(breaker?.reason).toMatch(/^The vault printed ff.* …$/);
});

test("a breaker that is reset while its cause persists trips again at the next look, and fills no trail meanwhile", async () => {
  vault.deposit(ALICE, "STX", 100n, 0n);
  vault.surplus.STX = -1n;
  for (let n = 0; n < 4; n += 1) await settle(backend, vault);
  expect((await stopped()).map(({ capability }) => capability)).toEqual(["commit", "withdraw", "policies", "settle"]);
  expect(await acts()).toHaveLength(4);
  await backend.mutation(internal.breakers.control.resetBreaker, { capability: "withdraw", ...ADA });
  await isClosed("withdraw");
  vault.mine();
  await sync(backend, vault);
  await expect(isClosed("withdraw")).rejects.toEqual(refusal("STOPPED"));
  expect(await acts()).toHaveLength(6);
  vault.surplus.STX = 0n;
  vault.mine();
  await sync(backend, vault);
  for (const capability of ["commit", "withdraw"] as const) {
    await backend.mutation(internal.breakers.control.resetBreaker, { capability, ...ADA });
  }
  await settle(backend, vault);
  expect((await stopped()).map(({ capability }) => capability)).toEqual(["policies", "settle"]);
});

test("resetting sync wakes the loop: a new lease looks at once", async () => {
  await sync(backend, vault);
  const failure = { kind: "halt" as const, reason: "an odd event" };
  await backend.mutation(internal.sync.loop.failCycle, { lease: "test", error: "odd", failure });
  expect((await stopped()).map(({ capability }) => capability).sort()).toEqual([...CAPABILITIES].sort());
  expect(await backend.query(internal.sync.loop.start, { lease: "test" })).toEqual({ kind: "halted" });
  await backend.mutation(internal.breakers.control.resetBreaker, { capability: "sync", ...ADA });
  const loop = await backend.run((ctx) => ctx.db.query("syncLoop").unique());
  expect(await backend.query(internal.sync.loop.start, { lease: loop?.lease ?? "" })).toMatchObject({ kind: "look" });
  expect(loop).toMatchObject({ failures: 0 });
  expect(loop?.lease).not.toBe("test");
  expect(loop?.dueAt).toBeLessThanOrEqual(Date.now());
});

test("what is stopped: no commitment, no signature; a deposit is booked all the same", async () => {
  const commit = (amount: bigint) => as(backend, ALICE).action(api.liquidity.requestCommitCapital, { ...STX, amount });
  const withdraw = () => as(backend, ALICE).action(api.liquidity.requestWithdrawal, { ...STX, amount: 1_000_000n });
  const { reference } = await commit(5_000_000n);
  // A halted sync would book nothing at all.
  for (const capability of CAPABILITIES.filter((one) => one !== "sync")) {
    await backend.mutation(internal.breakers.control.tripBreaker, { capability, actor: "Bob", reason: "test" });
  }
  vault.deposit(ALICE, "STX", 5_000_000n, reference);
  await settle(backend, vault);
  const { positions } = await as(backend, ALICE).query(api.liquidity.getProviderPortfolio, {});
  expect(positions).toMatchObject([{ available: 5_000_000n }]);
  await expect(commit(5_000_000n)).rejects.toEqual(refusal("STOPPED", { capability: "commit" }));
  await expect(withdraw()).rejects.toEqual(refusal("STOPPED", { capability: "withdraw" }));
  expect(await backend.run(async (ctx) => (await ctx.db.query("withdrawals").take(1)).length)).toBe(0);
  await backend.mutation(internal.breakers.control.resetBreaker, { capability: "withdraw", ...ADA });
  await withdraw();
  await expect(commit(5_000_000n)).rejects.toEqual(refusal("STOPPED"));
});
