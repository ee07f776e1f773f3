/** The audit of what stands behind policies: nothing is found in all of a policy's life, and each kind of difference is. */
import { beforeEach, expect, test, vi } from "vitest";
import { internal } from "../../convex/_generated/api";
import type { Doc } from "../../convex/_generated/dataModel";
import { ALICE, type Backend, BOB } from "./backend";
import { Desk, PRICE } from "./policyDesk";
import { HOUR } from "./withdrawing";

const CAROL = "ST2JHG361ZXG51QTKY2NQCVBPPRRE2KZB1HR05NNC";
const BALANCED = { token: "STX", tier: "Balanced" } as const;
const CAPITAL = 1_000_000_000n;

let desk: Desk;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
  desk = await Desk.open();
  for (const who of [ALICE, CAROL]) await desk.scene.deposited(who, CAPITAL, BALANCED);
  await desk.price("STX");
});

type Writing = Parameters<Parameters<Backend["run"]>[0]>[0];

const run = () => desk.backend.action(internal.audit.job.run, { untilDone: false });
const result = () => desk.backend.query(internal.audit.job.result, {});
const reasons = async () => {
  const { breakers } = await desk.backend.query(internal.breakers.control.status, {});
  return breakers.filter(({ capability }) => capability === "withdraw").flatMap((b) => [b.reason, ...b.laterReasons]);
};

async function expectInOrder(policies: number) {
  await run();
  expect(await reasons()).toEqual([]);
  expect(await result()).toMatchObject({ differences: 0, wrongSums: [], checked: { policies } });
}

test("all of a policy's life is in order: quoted, lapsed, bought, raised, exercised, settled, released", async () => {
  await desk.request(desk.wanted("STX", "Balanced"));
  await expectInOrder(1);
  desk.vault.mine(100);
  await desk.scene.settle();
  await expectInOrder(1);
  await desk.price("STX");
  const first = await desk.bought(desk.wanted("STX", "Balanced"));
  await desk.scene.request(ALICE, 1_000_000n);
  await expectInOrder(2);
  await desk.exercise(first);
  await desk.price("STX", (PRICE.STX * 11n) / 20n);
  await expectInOrder(2);
  await desk.serve();
  await expectInOrder(2);
  await desk.price("STX");
  desk.vault.mine(2 * HOUR);
  await desk.price("STX");
  const second = await desk.bought(desk.wanted("STX", "Balanced"), CAROL);
  await desk.expires(second);
  await desk.price("STX", PRICE.STX * 2n);
  desk.vault.mine(10);
  await desk.price("STX", PRICE.STX * 2n);
  await desk.serve();
  expect([(await desk.policy(first)).status, (await desk.policy(second)).status]).toEqual(["settled", "released"]);
  await expectInOrder(3);
});

const first = async <Table extends "policies" | "positions" | "backings" | "tierMetrics" | "lockTotals">(
  { db }: Writing,
  table: Table,
) => (await db.query(table as "policies").first()) as unknown as Doc<Table>;
const premiumOf = async ({ db }: Writing) => {
  const accounts = await db.query("accounts").take(99);
  return accounts.find(({ name }) => name.startsWith("premium/")) as Doc<"accounts">;
};

/** What is planted, what is told, and after how many passes: a sum over many documents takes a second one. */
const PLANTED: [what: string, plant: (ctx: Writing) => Promise<unknown>, told: RegExp, passes: 1 | 2][] = [
  ...(["quantity", "coverage", "locked"] as const).map((field): (typeof PLANTED)[number] => [
    `a backing with a unit less ${field}`,
    async (ctx) => {
      const backing = await first(ctx, "backings");
      await ctx.db.patch("backings", backing._id, { [field]: backing[field] - 1n });
    },
    { quantity: /its backings protect/, coverage: /its backings cover/, locked: /what is locked behind it/ }[field],
    1,
  ]),
  [
    "a backing that waits for a lock that nobody asked for",
    async (ctx) => ctx.db.patch("backings", (await first(ctx, "backings"))._id, { reserved: 1n }),
    /Policy \d+: what is reserved for it should come to 0, but comes to 1\./,
    1,
  ],
  [
    "a backing that is gone",
    async (ctx) => ctx.db.delete("backings", (await first(ctx, "backings"))._id),
    /Position \S+: the number of its policies should come to 0, but comes to 1\./,
    1,
  ],
  [
    "a policy whose lock is being raised by nobody",
    async (ctx) => {
      const policy = await first(ctx, "policies");
      await ctx.db.patch("policies", policy._id, { lockTarget: policy.lockTarget + 5n });
    },
    /what is reserved for it should come to 5, but comes to 0\./,
    1,
  ],
  [
    "a premium that counts as earned, and is not",
    async (ctx) => ctx.db.patch("policies", (await first(ctx, "policies"))._id, { earned: 7n }),
    /its premium that is not earned should come to/,
    1,
  ],
  [
    "a premium's account that is gone",
    async (ctx) => ctx.db.delete("accounts", (await premiumOf(ctx))._id),
    /its premium that is not earned should come to \d+, but comes to 0\./,
    1,
  ],
  [
    "insurance behind a policy that does not know of it",
    async (ctx) => {
      const { policyId } = await first(ctx, "policies");
      await ctx.db.insert("accounts", { name: `cover/${policyId}`, token: "STX", balance: 3n });
    },
    /what is locked behind it should come to (\d+), but comes to/,
    1,
  ],
  [
    "a position that backs a policy more",
    async (ctx) => ctx.db.patch("positions", (await first(ctx, "positions"))._id, { policies: 2 }),
    /Position \S+: the number of its policies should come to 1, but comes to 2\./,
    1,
  ],
  [
    "a tier that counts a policy more",
    async (ctx) => {
      const rows = await ctx.db.query("tierMetrics").take(9);
      const row = rows.find(({ activePolicyCount }) => activePolicyCount > 0);
      await ctx.db.patch("tierMetrics", row?._id as never, { activePolicyCount: 2 });
    },
    /Balanced STX shows 2 policies, but there are 1\./,
    1,
  ],
  [
    "what is locked in all, a unit too low",
    async (ctx) => {
      const row = await first(ctx, "lockTotals");
      await ctx.db.patch("lockTotals", row._id, { backed: row.backed - 1n });
    },
    /backed STX should come to \d+, but comes to \d+\./,
    2,
  ],
  ...(["takesPolicies", "utilization", "freeForPolicies"] as const).map((field): (typeof PLANTED)[number] => [
    `a position that allocation would find by a wrong ${field}`,
    async (ctx) => {
      const wrong = { takesPolicies: false, utilization: 1, freeForPolicies: 1n }[field];
      await ctx.db.patch("positions", (await first(ctx, "positions"))._id, { [field]: wrong });
    },
    /standings Balanced STX should come to 2, but comes to 1\./,
    2,
  ]),
];

test.each(PLANTED)("%s is found, told and stops what moves money", async (_what, plant, told, passes) => {
  await desk.bought(desk.wanted("STX", "Balanced"), BOB);
  await expectInOrder(1);
  await desk.backend.run(async (ctx) => void (await plant(ctx)));
  await run();
  if (passes === 2) {
    expect(await reasons()).toEqual([]);
    await run();
  }
  expect(await reasons()).toContainEqual(expect.stringMatching(told));
  expect((await result())?.differences).toBeGreaterThan(0);
  expect(Object.keys(await desk.stopped()).sort()).toEqual(["commit", "policies", "settle", "withdraw"]);
});
