/** What providers, buyers and operators are told of money: each cause once, with its facts, and nobody else of it. */
import { beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import { listNotifications } from "../../convex/notifications/model";
import { ALICE, as, BOB, settle } from "./backend";
import { DAY, Desk, PRICE } from "./policyDesk";
import { HOUR } from "./withdrawing";

const CAROL = "ST2JHG361ZXG51QTKY2NQCVBPPRRE2KZB1HR05NNC";
const ADA = { actor: "Ada", reason: "looked into" };
let desk: Desk;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.spyOn(console, "warn").mockImplementation(() => {});
  desk = await Desk.open();
});

/** The oldest first. */
const told = (whom: string | null) =>
  desk.backend.run(async (ctx) => {
    const { page } = await listNotifications(ctx, whom, { numItems: 100, cursor: null });
    return page.map(({ kind, facts }) => ({ kind, ...facts })).reverse();
  });
const kinds = async (whom: string | null) => (await told(whom)).map(({ kind }) => kind);

/** What settlements have scheduled, of which no test runs the scheduler. */
const tellPayers = async (policyId: bigint) => {
  const sequence = BigInt(desk.vault.events.findIndex(({ event }) => event.kind === "settlement") + 1);
  await desk.backend.mutation(internal.policies.payers.tell, { settled: [{ sequence, policyId }] });
};

test("a deposit: who committed hears what counts, who paid what stands in suspense", async () => {
  const { scene, vault } = desk;
  const commits = (depositor: string) =>
    as(desk.backend, ALICE).action(api.liquidity.requestCommitCapital, {
      ...{ token: "STX", tier: "Balanced", amount: 5_000_000n, depositor },
    });
  vault.deposit(CAROL, "STX", 7_000_000n, (await commits(CAROL)).reference);
  const at = vault.timeOf(vault.height) * 1_000;
  await scene.sync();
  // Not before it is final.
  expect([await told(ALICE), await told(CAROL)]).toEqual([[], []]);
  await scene.settle();
  await scene.sync();
  const { txId } = vault.events[0] as (typeof vault.events)[0];
  expect(await told(ALICE)).toEqual([
    { kind: "deposit.counted", token: "STX", tier: "Balanced", amount: 5_000_000n, depositor: CAROL, txId, at },
  ]);
  expect(await told(CAROL)).toEqual([{ kind: "deposit.suspended", token: "STX", amount: 2_000_000n, txId, at }]);
  await scene.sent(BOB, 3n, "sBTC");
  expect(await told(BOB)).toMatchObject([{ kind: "deposit.suspended", token: "sBTC", amount: 3n }]);
  expect(await told(null)).toEqual([]);
});

test("a commitment that expires, and a withdrawal that is paid, expires or is revoked: its owner hears", async () => {
  const { scene, vault } = desk;
  await scene.deposited(ALICE, 9_000_000n);
  const paid = await scene.request(ALICE, 1_000_000n);
  vault.withdraw(ALICE, "STX", 1_000_000n, paid.authorization.id);
  await scene.settle();
  await scene.request(ALICE, 2_000_000n);
  vault.mine(HOUR + 10);
  await scene.settle();
  const revoked = await scene.request(ALICE, 3_000_000n);
  await scene.cancel(ALICE, revoked.withdrawalId);
  expect(await kinds(ALICE)).toEqual(["deposit.counted", "withdrawal.paid", "withdrawal.expired"]);
  vault.revoke(revoked.authorization.id);
  await scene.settle();
  await as(desk.backend, ALICE).action(api.liquidity.requestCommitCapital, {
    ...{ token: "STX", tier: "Balanced", amount: 5_000_000n },
  });
  vault.mine(DAY + 10);
  await scene.settle();
  await scene.sync();
  expect((await told(ALICE)).slice(1)).toMatchObject([
    { kind: "withdrawal.paid", amount: 1_000_000n, from: "position", withdrawalId: paid.withdrawalId },
    { kind: "withdrawal.expired", amount: 2_000_000n },
    { kind: "withdrawal.revoked", amount: 3_000_000n, authorizationId: revoked.authorization.id },
    { kind: "commitment.expired", token: "STX", tier: "Balanced", amount: 5_000_000n },
  ]);
  expect((await told(ALICE))[1]).toMatchObject({ txId: vault.events[1]?.txId });
  expect(await told(null)).toEqual([]);
});

async function backed() {
  for (const who of [ALICE, CAROL]) await desk.scene.deposited(who, 100_000_000n, { token: "sBTC", tier: "Balanced" });
  await desk.price("BTC");
}

test("a policy that pays: its buyer hears of start, payout and payment, those behind it what they bore", async () => {
  await backed();
  const wanted = desk.wanted("BTC", "Balanced");
  const policyId = await desk.bought(wanted);
  await desk.exercise(policyId);
  await desk.price("BTC", (PRICE.BTC * 3n) / 5n);
  const { outcome, premium, coverage } = await desk.policy(policyId);
  expect(await told(BOB)).toMatchObject([
    {
      kind: "policy.started",
      policyId,
      token: "sBTC",
      tier: "Balanced",
      premium,
      coverage,
      expiresAt: wanted.expiresAt,
    },
    { kind: "policy.payout", policyId, ...outcome, decidedBy: "exercise" },
  ]);
  await desk.serve();
  const payout = outcome?.payout ?? 0n;
  expect((await told(BOB)).slice(2)).toEqual([{ kind: "policy.paid", policyId, token: "sBTC", amount: payout }]);
  const borne = async (who: string) => (await told(who)).filter(({ kind }) => kind === "policy.payoutBorne");
  expect([...(await borne(ALICE)), ...(await borne(CAROL))]).toEqual([]);
  await tellPayers(policyId);
  const parts = [...(await borne(ALICE)), ...(await borne(CAROL))] as unknown as { amount: bigint }[];
  expect(parts).toMatchObject([0, 1].map(() => ({ policyId, token: "sBTC", tier: "Balanced" })));
  expect(parts.reduce((sum, { amount }) => sum + amount, 0n)).toBe(payout);
  for (const who of [ALICE, CAROL]) {
    const { available } = await desk.position(who, wanted);
    expect(await borne(who)).toMatchObject([{ amount: 100_000_000n - available }]);
  }
  expect(await told(null)).toEqual([]);
});

test("the settlement's transaction schedules that those behind it are told", async () => {
  await backed();
  const policyId = await desk.bought(desk.wanted("BTC", "Balanced"));
  await desk.exercise(policyId);
  await desk.price("BTC", (PRICE.BTC * 3n) / 5n);
  const scheduled = async () => {
    const jobs = await desk.backend.run((ctx) => ctx.db.system.query("_scheduled_functions").collect());
    return jobs.flatMap(({ name, args }) => (name.includes("payers") ? args : []));
  };
  expect(await scheduled()).toEqual([]);
  await desk.serve();
  const sequence = BigInt(desk.vault.events.findIndex(({ event }) => event.kind === "settlement") + 1);
  expect(await scheduled()).toEqual([{ settled: [{ sequence, policyId }] }]);
});

test("a policy that pays nothing, and a quote that lapses: the buyer hears, those behind it don't", async () => {
  await backed();
  const policyId = await desk.bought(desk.wanted("BTC", "Balanced"));
  const { policyId: quoted, premium } = await desk.request(desk.wanted("BTC", "Balanced"), CAROL);
  await desk.expires(policyId);
  await desk.price("BTC", PRICE.BTC * 2n);
  desk.vault.mine(10);
  await desk.price("BTC", PRICE.BTC * 2n);
  expect((await told(BOB)).slice(1)).toMatchObject([
    { kind: "policy.worthless", policyId, payout: 0n, missing: 0n, decidedBy: "expiry" },
  ]);
  expect((await told(CAROL)).slice(1)).toEqual([{ kind: "policy.lapsed", policyId: quoted, token: "sBTC", premium }]);
  await desk.serve();
  expect(await kinds(BOB)).toEqual(["policy.started", "policy.worthless"]);
  expect(await kinds(ALICE)).toEqual(["deposit.counted"]);
});

test("a breach: operators hear of it once, with what is stopped, and the next one as well", async () => {
  const { scene, vault } = desk;
  await scene.deposited(ALICE, 9_000_000n);
  vault.withdraw(BOB, "STX", 1_000_000n, 77n);
  await scene.settle();
  await scene.sync();
  vault.withdraw(BOB, "STX", 2_000_000n, 78n);
  await scene.settle();
  expect(await told(null)).toMatchObject([
    { kind: "breach", withdrawer: BOB, amount: 1_000_000n, authorizationId: 77n, stopped: "withdraw" },
    { kind: "breach", withdrawer: BOB, amount: 2_000_000n, authorizationId: 78n, stopped: "" },
  ]);
  expect(await told(BOB)).toEqual([]);
});

test("a proof that fails at every look is told once", async () => {
  const { scene, vault } = desk;
  await scene.deposited(ALICE, 9_000_000n);
  vault.surplus.STX = -5n;
  for (let look = 0; look < 4; look += 1) await settle(desk.backend, vault);
  expect(await told(null)).toMatchObject([
    { kind: "proof.failed", token: "STX", held: 8_999_995n, stopped: "commit, withdraw, policies, settle" },
  ]);
});

test("a policy that nobody here sold, and one that was ended though nobody decided it", async () => {
  await backed();
  const policyId = await desk.bought(desk.wanted("BTC", "Balanced"));
  const foreign = { policyId: 5n, buyer: BOB, amount: 10n, lock: 7n, coverage: 9n, releaseAfter: 1n };
  desk.vault.add({ kind: "premium", ...foreign, ...desk.vault.move("STX", 10n) });
  await desk.scene.settle();
  desk.releases("sBTC", [{ policyId, amount: desk.lockOf(policyId) }]);
  await desk.scene.settle();
  expect(await told(null)).toMatchObject([
    { kind: "policy.foreign", policyId: 5n, stopped: "commit, withdraw, policies, settle" },
    { kind: "policy.undecided", policyId, stopped: "" },
  ]);
});

test("a halted sync, a breaker by hand and a restore: once each, and not again while it is so", async () => {
  const row = await desk.backend.run((ctx) => ctx.db.query("syncLoop").unique());
  const halt = { lease: row?.lease ?? "", error: "odd", failure: { kind: "halt" as const, reason: "odd" } };
  for (let n = 0; n < 2; n += 1) await desk.backend.mutation(internal.sync.loop.failCycle, halt);
  const trip = { capability: "withdraw" as const, ...ADA };
  await desk.backend.mutation(internal.breakers.control.tripBreaker, trip);
  await desk.backend.mutation(internal.breakers.control.resetBreaker, trip);
  await desk.backend.mutation(internal.breakers.control.tripBreaker, trip);
  await desk.backend.mutation(internal.breakers.restore.begin, ADA);
  expect(await told(null)).toEqual([
    { kind: "sync.halted", reason: "odd", stopped: "sync, commit, withdraw, policies, settle" },
    { kind: "breakers.tripped", ...ADA, stopped: "withdraw" },
    { kind: "restore.begun", ...ADA },
  ]);
});
