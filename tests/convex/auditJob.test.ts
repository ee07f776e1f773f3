/** The audit of the books: it finds each kind of difference, and none where there is none, while the books move on. */
import fc from "fast-check";
import { beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import type { Doc } from "../../convex/_generated/dataModel";
import { passRow, recordPage, requirePass } from "../../convex/audit/passes/model";
import { readPage } from "../../convex/audit/passes/page";
import { ALICE, as, type Backend, BOB, openBackend, PaperVault, settle, sync } from "./backend";
import { operatorsTold } from "./operatorsTold";

let backend: Backend;
let vault: PaperVault;

async function open() {
  backend = await openBackend();
  vault = new PaperVault();
  await sync(backend, vault);
}

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
  await open();
});

type Writing = Parameters<Parameters<Backend["run"]>[0]>[0];

const run = () => backend.action(internal.audit.job.run, { untilDone: false });
const result = () => backend.query(internal.audit.job.result, {});
const reasons = async () => {
  const { breakers } = await backend.query(internal.breakers.control.status, {});
  return breakers.filter(({ capability }) => capability === "withdraw").flatMap((b) => [b.reason, ...b.laterReasons]);
};

async function deposited(who: string, token: "STX" | "sBTC", amount: bigint) {
  const request = { token, tier: "Balanced", amount };
  const { reference } = await as(backend, who).action(api.liquidity.requestCommitCapital, request);
  vault.deposit(who, token, amount, reference);
  await settle(backend, vault);
}

const withdraw = (who: string, amount: bigint) =>
  as(backend, who).action(api.liquidity.requestWithdrawal, { token: "STX", tier: "Balanced", amount });

/** Deposits, suspense, a paid and an open withdrawal, a breach. */
async function history() {
  await deposited(ALICE, "STX", 9_000_000n);
  await deposited(BOB, "STX", 5_000_000n);
  await deposited(BOB, "sBTC", 50_000n);
  vault.deposit(ALICE, "STX", 700n, 0n);
  const { authorization } = await withdraw(ALICE, 2_000_000n);
  vault.withdraw(ALICE, "STX", 2_000_000n, authorization.id);
  await settle(backend, vault);
  await withdraw(BOB, 1_000_000n);
}

test("books in order: everything is checked, nothing is found", async () => {
  await history();
  await run();
  expect(await result()).toMatchObject({ differences: 0, wrongSums: [] });
  const counted = await backend.run(async (ctx) => ({
    accounts: (await ctx.db.query("accounts").take(99)).length,
    positions: (await ctx.db.query("positions").take(99)).length,
    policies: 0,
    entries: (await ctx.db.query("entries").take(99)).length,
    postings: (await ctx.db.query("postings").take(99)).length,
  }));
  expect(counted).toMatchObject({ positions: 3, entries: 7 });
  expect((await result())?.checked).toEqual(counted);
  expect(await reasons()).toEqual([]);
});

test("an empty backend is in order", async () => {
  await run();
  expect(await result()).toMatchObject({ differences: 0, checked: { accounts: 0, positions: 0, entries: 0 } });
});

const position = async ({ db }: Writing) => (await db.query("positions").first()) as Doc<"positions">;
const accountNamed = async ({ db }: Writing, name: string) =>
  (await db
    .query("accounts")
    .withIndex("by_name_and_token", (q) => q.eq("name", name).eq("token", "STX"))
    .unique()) as Doc<"accounts">;
const postingsOf = ({ db }: Writing, account: string) =>
  db
    .query("postings")
    .withIndex("by_account_and_token", (q) => q.eq("account", account).eq("token", "STX"))
    .take(9);

/** What is planted, what is told, and after how many passes: a sum over many documents takes a second one. */
const PLANTED: [what: string, plant: (ctx: Writing) => Promise<unknown>, told: RegExp, passes: number][] = [
  [
    "a position with a unit too many",
    async (ctx) => ctx.db.patch("positions", (await position(ctx))._id, { available: 7_000_001n }),
    /^The audit of the books: position\/.*\/available shows 7000001 base units of STX, but its postings come to 7000000\.$/,
    1,
  ],
  [
    "a position with yield that nobody credited",
    async (ctx) => ctx.db.patch("positions", (await position(ctx))._id, { accruedYield: 1n }),
    /yield shows 1 base units of STX, but its postings come to 0/,
    1,
  ],
  [
    "an account with a unit too few",
    async (ctx) => {
      const { _id, balance } = await accountNamed(ctx, `suspense/${ALICE}`);
      await ctx.db.patch("accounts", _id, { balance: balance - 1n });
    },
    /suspense\/\S+ shows 699 base units of STX, but its postings come to 700/,
    1,
  ],
  [
    "a vault's account that holds more",
    async (ctx) => {
      const { _id, balance } = await accountNamed(ctx, "vault");
      await ctx.db.patch("accounts", _id, { balance: balance - 1n });
    },
    /vault shows -12000701 base units of STX, but its postings come to -12000700/,
    1,
  ],
  [
    "a posting of another amount",
    async (ctx) => {
      const [posting] = await postingsOf(ctx, "vault");
      await ctx.db.patch("postings", posting?._id as never, { amount: -9_000_001n });
    },
    /Entry deposit:1 sums to -1 base units of STX, not to 0/,
    1,
  ],
  [
    "an entry without postings",
    async (ctx) => {
      for (const { _id } of await postingsOf(ctx, `suspense/${ALICE}`)) await ctx.db.delete("postings", _id);
      const entries = await ctx.db.query("entries").take(99);
      const lonely = entries.find(({ entryId }) => entryId === "deposit:4");
      const left = await ctx.db
        .query("postings")
        .withIndex("by_entry_id", (q) => q.eq("entryId", lonely?.entryId ?? ""))
        .take(9);
      for (const { _id } of left) await ctx.db.delete("postings", _id);
    },
    /Entry deposit:4 has no postings/,
    1,
  ],
  [
    "an entry of two tokens",
    async (ctx) => {
      const [posting] = await postingsOf(ctx, `suspense/${ALICE}`);
      await ctx.db.patch("postings", posting?._id as never, { token: "sBTC" });
    },
    /Entry deposit:4 is of STX, but has a posting of sBTC/,
    1,
  ],
  [
    "money out of nothing: a posting and its balance",
    async (ctx) => {
      const { _id, balance } = await accountNamed(ctx, `suspense/${ALICE}`);
      await ctx.db.patch("accounts", _id, { balance: balance + 5n });
      const [posting] = await postingsOf(ctx, `suspense/${ALICE}`);
      await ctx.db.patch("postings", posting?._id as never, { amount: 705n });
    },
    /Entry deposit:4 sums to 5 base units of STX, not to 0/,
    1,
  ],
  [
    "postings that belong to no entry",
    async (ctx) => {
      const stray = { entryId: "stray", account: "vault", token: "STX" as const };
      await ctx.db.insert("postings", { ...stray, amount: 3n });
      await ctx.db.insert("postings", { ...stray, amount: -3n });
    },
    /postings should come to 14, but comes to 16/,
    2,
  ],
  [
    "an account that is gone",
    async (ctx) => ctx.db.delete("accounts", (await accountNamed(ctx, `suspense/${ALICE}`))._id),
    /owed STX should come to 12000700, but comes to 12000000/,
    2,
  ],
  [
    "a total of what is authorised that is too low",
    async (ctx) => {
      const row = await ctx.db.query("authorisedTotals").first();
      await ctx.db.patch("authorisedTotals", row?._id as never, { amount: 999_999n });
    },
    /999999 base units of STX count as authorised, but open withdrawals come to 1000000/,
    1,
  ],
  [
    "an open withdrawal that is taken for paid",
    async (ctx) => {
      const open_ = (await ctx.db.query("withdrawals").take(9)).find(({ status }) => status === "authorised");
      await ctx.db.patch("withdrawals", open_?._id as never, { status: "paid" });
    },
    /1000000 base units of STX count as authorised, but open withdrawals come to 0/,
    1,
  ],
  [
    "less authorised than is reserved, and a withdrawal of as much",
    async (ctx) => {
      const row = await ctx.db.query("authorisedTotals").first();
      await ctx.db.patch("authorisedTotals", row?._id as never, { amount: 999_999n });
      const open_ = (await ctx.db.query("withdrawals").take(9)).find(({ status }) => status === "authorised");
      await ctx.db.patch("withdrawals", open_?._id as never, { amount: 999_999n });
    },
    /what is reserved of it should come to 999999, but comes to 1000000/,
    1,
  ],
  ...(
    [
      ["totalCapital_virtual", /capital Balanced STX should come to 42, but comes to 12000000/],
      ["totalLocked_virtual", /locked Balanced STX should come to 42, but comes to 0/],
      ["providerCount", /providers Balanced STX should come to 42, but comes to 2/],
    ] as const
  ).map(([field, told]): (typeof PLANTED)[number] => [
    `a tier's metrics with a wrong ${field}`,
    async (ctx) => {
      const rows = await ctx.db.query("tierMetrics").take(9);
      const row = rows.find(({ token }) => token === "STX");
      await ctx.db.patch("tierMetrics", row?._id as never, { [field]: field === "providerCount" ? 42 : 42n });
    },
    told,
    2,
  ]),
];

test.each(PLANTED)("%s is found, told and stops what moves money", async (_what, plant, told, passes) => {
  await history();
  await run();
  expect(await reasons()).toEqual([]);
  await backend.run(async (ctx) => {
    await plant(ctx);
    return null;
  });
  await run();
  if (passes === 2) {
    expect(await reasons()).toEqual([]);
    expect((await result())?.wrongSums).not.toEqual([]);
    await run();
  }
  expect(await reasons()).toContainEqual(expect.stringMatching(told));
  expect(new Set(await operatorsTold(backend))).toEqual(new Set(["audit.difference"]));
  expect((await result())?.differences).toBeGreaterThan(0);
  await expect(withdraw(ALICE, 1_000_000n)).rejects.toThrow();
  const { breakers } = await backend.query(internal.breakers.control.status, {});
  expect(breakers.map(({ capability }) => capability)).toEqual(["commit", "withdraw", "policies", "settle"]);
  // The same again is no news.
  await run();
  const all = await reasons();
  await run();
  expect(await reasons()).toEqual(all);
});

/** One page with narrow limits, so that a small history takes many. Says whether the pass is over. */
async function smallPage(limits: { documents: number; reads: number; postings: number }): Promise<boolean> {
  return backend.run(async (ctx) => {
    const pass = await requirePass(ctx);
    const page = await readPage(ctx, pass, limits);
    await recordPage(ctx, { step: pass.step, ...page });
    // A pass of books that moved on is exact too, not only one that nothing disturbed.
    if (page.isLast)
      expect(await ctx.db.query("auditResults").unique()).toMatchObject({ differences: 0, wrongSums: [] });
    return page.isLast;
  });
}

const limits = fc.record({
  documents: fc.integer({ min: 1, max: 4 }),
  reads: fc.integer({ min: 9, max: 20 }),
  postings: fc.integer({ min: 1, max: 9 }),
});
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("page" as const), limits }) },
  fc.record({
    kind: fc.constantFrom("deposit" as const, "stray" as const),
    who: fc.nat(1),
    amount: fc.integer({ min: 1, max: 9 }),
  }),
  fc.record({ kind: fc.constantFrom("withdraw" as const), who: fc.nat(1), amount: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ kind: fc.constantFrom("pay" as const, "expire" as const) }),
);

test("random histories with pages in between: nothing is found, whatever moved meanwhile", {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
      await open();
      const open_: { who: string; amount: bigint; id: bigint }[] = [];
      for (const action of steps) {
        if (action.kind === "page") await smallPage(action.limits);
        if (action.kind === "deposit")
          await deposited([ALICE, BOB][action.who] as string, "STX", BigInt(action.amount) * 1_000_000n);
        if (action.kind === "stray") {
          vault.deposit([ALICE, BOB][action.who] as string, "STX", BigInt(action.amount), 0n);
          await settle(backend, vault);
        }
        if (action.kind === "withdraw") {
          const who = [ALICE, BOB][action.who] as string;
          const amount = BigInt(action.amount) * 1_000_000n;
          const asked = await withdraw(who, amount).catch(() => null);
          if (asked && !open_.some(({ id }) => id === asked.authorization.id))
            open_.push({ who, amount, id: asked.authorization.id });
        }
        if (action.kind === "pay") {
          const paid = open_.shift();
          if (paid) vault.withdraw(paid.who, "STX", paid.amount, paid.id);
          await settle(backend, vault);
        }
        if (action.kind === "expire") {
          open_.length = 0;
          vault.mine(400);
          await settle(backend, vault);
        }
      }
      const everything = { documents: 2, reads: 16, postings: 5 };
      // The pass under way, and one of the books as they are now.
      for (let passes = 0; passes < 2; ) if (await smallPage(everything)) passes += 1;
      expect(await result()).toMatchObject({ differences: 0, wrongSums: [] });
      expect(await reasons()).toEqual([]);
    }),
    { numRuns: 12 },
  );
});

test("a page is recorded once, whoever read it too", async () => {
  await history();
  await backend.mutation(internal.audit.job.begin, {});
  const page = await backend.query(internal.audit.job.look, {});
  if (page === null) throw new Error("a pass is under way");
  await backend.mutation(internal.audit.job.record, { ...page, isLast: false });
  await backend.mutation(internal.audit.job.record, {
    ...page,
    isLast: false,
    faults: ["told by a page that is late"],
  });
  expect(await reasons()).toEqual([]);
  expect(await backend.run(async (ctx) => (await passRow(ctx))?.step)).toBe(page.step + 1);
});

test("an operator has all of it done at once, with a name and a reason", async () => {
  backend = await openBackend();
  await expect(backend.mutation(internal.audit.job.start, { actor: "", reason: "x" })).rejects.toThrow();
  await backend.finishScheduled(() => vi.advanceTimersByTime(1_000));
  expect(await result()).toBeNull();
  await backend.run(async (ctx) => {
    await ctx.db.insert("accounts", { name: "fees", token: "STX", balance: 1n });
    await ctx.db.insert("authorisedTotals", { token: "sBTC", amount: 7n });
    return null;
  });
  await backend.mutation(internal.audit.job.start, { actor: "Ada", reason: "before the upgrade" });
  await backend.finishScheduled(() => vi.advanceTimersByTime(1_000));
  // The pass that confirms a sum follows by itself.
  expect(await reasons()).toEqual([
    expect.stringContaining("fees shows 1 base units of STX, but its postings come to 0."),
    expect.stringContaining("7 base units of sBTC count as authorised, but open withdrawals come to 0."),
    expect.stringContaining("reserved sBTC should come to 7, but comes to 0."),
  ]);
});
