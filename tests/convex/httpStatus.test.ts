/** `/stats` and `/health`: what they make of the books, and when somebody is woken. */
import { beforeEach, expect, test, vi } from "vitest";
import { internal } from "../../convex/_generated/api";
import { ALICE, openBackend } from "./backend";
import { ask, told } from "./httpRequests";
import { Desk, PRICE } from "./policyDesk";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "Date"], now: Date.UTC(2026, 10, 22) });
});

const SBTC = { token: "sBTC", tier: "Balanced" } as const;
const author = { actor: "Ada", reason: "a reason of the operators' own" };

/** At the second of the newest block. */
async function market() {
  const desk = await Desk.open();
  await desk.scene.deposited(ALICE, 200_000_000n, SBTC);
  await desk.price("BTC");
  await desk.price("STX");
  vi.setSystemTime(desk.now * 1_000);
  return desk;
}

test("the figures are those of the books, and worth what the believed price says", async () => {
  const desk = await market();
  await desk.bought(desk.wanted("BTC", "Balanced"));
  vi.setSystemTime(desk.now * 1_000 + 7_900);
  const stats = (await told(desk.backend, "/stats")) as unknown as {
    pool: { token: string; total: string; locked: string; insurance: string; totalUsdMicros: string | null }[];
    tiers: { tier: string; token: string; totalLocked: string; utilization: number }[];
  };
  const { pool, tiers } = stats;
  const proofs = (await told(desk.backend, "/v1/proof")).items;
  expect(pool.map(({ token, total }) => [token, total])).toEqual(proofs.map(({ token, held }) => [token, held]));
  const total = BigInt(pool[1]?.total ?? 0n);
  expect(pool[1]?.totalUsdMicros).toBe(String((total * PRICE.BTC) / 100_000_000n));
  expect(pool[0]).toMatchObject({ token: "STX", total: "0", totalUsdMicros: "0" });
  const [own] = tiers.filter(({ utilization }) => utilization > 0);
  expect(own).toMatchObject({ ...SBTC, totalLocked: pool[1]?.locked });
  expect(stats).toMatchObject({ activePolicyCount: 1, proofHolds: true, lagSeconds: 7 });
  // Five minutes later nobody would decide by that price.
  vi.setSystemTime(Date.now() + 301_000);
  expect((await told(desk.backend, "/stats")).pool).toMatchObject([{ totalUsdMicros: null }, { totalUsdMicros: null }]);
});

test("before the first look there are figures of nothing, and health says that nothing is known", async () => {
  const backend = await openBackend();
  expect(await told(backend, "/stats")).toMatchObject({ proofHolds: false, asOf: null, lagSeconds: null });
  const { status, body } = await ask(backend, "/health");
  expect([status, body.status]).toEqual([503, "failing"]);
  expect(body.checks).toContainEqual({ name: "sync", status: "failing", detail: "The chain has not been read yet." });
});

test("monitors are told of what needs somebody by 503, of what heals by itself by degraded, and of no reasons", async () => {
  const desk = await market();
  const { backend } = desk;
  const health = async () => {
    const { status, body, text } = await ask(backend, "/health");
    expect(text).not.toContain(author.reason);
    const checks = body.checks as { name: string; status: string }[];
    const wrong = checks.filter((check) => check.status !== "ok");
    return [status, body.status, ...wrong.map(({ name, status: how }) => `${name} ${how}`)];
  };
  const OK = [200, "ok"];
  expect(await health()).toEqual(OK);

  const change = { capability: "withdraw" as const, ...author };
  await backend.mutation(internal.breakers.control.tripBreaker, change);
  expect(await health()).toEqual([503, "failing", "breakers failing"]);
  expect((await ask(backend, "/health")).text).toContain("Stopped: withdraw.");
  await backend.mutation(internal.breakers.control.resetBreaker, change);
  expect(await health()).toEqual(OK);

  await backend.mutation(internal.breakers.control.tripBreaker, { ...change, capability: "sync" });
  expect(await health()).toEqual([503, "failing", "sync failing", "breakers failing"]);
  await backend.mutation(internal.breakers.control.resetBreaker, { ...change, capability: "sync" });

  const proved = (holds: boolean) =>
    backend.run(async (ctx) => {
      const row = await ctx.db
        .query("proofs")
        .withIndex("by_token", (q) => q.eq("token", "STX"))
        .unique();
      if (row) await ctx.db.patch("proofs", row._id, { holds });
    });
  await proved(false);
  expect(await health()).toEqual([503, "failing", "proof failing"]);
  await proved(true);

  await backend.mutation(internal.outbox.control.pause, author);
  expect(await health()).toEqual([200, "degraded", "outbox degraded"]);
  await backend.run(async (ctx) => {
    const lane = await ctx.db.query("outboxLanes").unique();
    if (lane) await ctx.db.patch("outboxLanes", lane._id, { alarm: "Nothing is left for fees.", paused: null });
  });
  expect(await health()).toEqual([503, "failing", "outbox failing"]);
  // Also while the keys are out, as after a restore.
  const key = process.env.SERVICE_PRIVATE_KEY ?? "";
  backend.setEnvironment({ SERVICE_PRIVATE_KEY: "" });
  expect(await health()).toEqual([503, "failing", "outbox failing"]);
  backend.setEnvironment({ SERVICE_PRIVATE_KEY: key });
  await backend.run(async (ctx) => {
    const lane = await ctx.db.query("outboxLanes").unique();
    if (lane) await ctx.db.patch("outboxLanes", lane._id, { alarm: null });
  });

  vi.setSystemTime(desk.now * 1_000 + 600_999);
  expect(await health()).toEqual([200, "degraded", "prices degraded"]);
  vi.setSystemTime(desk.now * 1_000 + 601_000);
  expect(await health()).toEqual([503, "failing", "sync failing", "prices degraded"]);
  vi.setSystemTime(desk.now * 1_000);
  await backend.mutation(internal.breakers.restore.begin, author);
  expect(await health()).toEqual([200, "degraded", "breakers degraded"]);
});
