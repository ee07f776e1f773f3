/**
 * Statements of real histories: they come to the portfolio, they hold each posting of their provider once and nothing of
 * anybody else's, and adjacent periods chain. Refusals, pages, what is final when, and documents from before statements.
 */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import type { Doc } from "../../convex/_generated/dataModel";
import { ACTIVITY_KINDS } from "../../src/domain/activity";
import { joined, type Statement, statementFault, totalOf } from "../../src/domain/statements";
import type { Token } from "../../src/domain/tokens";
import { ALICE, as, type Backend, BOB, openBackend } from "./backend";
import { CAROL, Market } from "./healthDesk";
import { activity } from "./recentActivity";
import { HOUR, refusal, Scene } from "./withdrawing";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
});

const text = (seconds: number) => new Date(seconds * 1_000).toISOString();

/** All pages of one statement. */
async function statement(backend: Backend, who: string, from: number, to: number): Promise<Statement> {
  const period = { from: text(from), to: text(to) };
  const pages: Statement[] = [];
  for (let cursor: string | null = null, isDone = false; !isDone; isDone = cursor === null) {
    const answer: { page: Statement; cursor: string | null } = await as(backend, who).action(
      api.statements.getStatement,
      { ...period, cursor },
    );
    if (pages.length > 0) expect(answer.page.opening).toEqual(pages.at(-1)?.closing);
    pages.push(answer.page);
    ({ cursor } = answer);
  }
  const whole = joined(pages as [Statement, ...Statement[]]);
  for (const one of [...pages, whole]) expect(statementFault(one)).toBe(null);
  return whole;
}

const postings = (backend: Backend) => backend.run((ctx) => ctx.db.query("postings").take(5_000));
const sum = (amounts: bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);

/** What the statement's closing is, and what the portfolio and the debts of breaches are, by the same words. */
async function expectPortfolio(backend: Backend, who: string, { closing }: Statement) {
  const { positions, suspense } = await as(backend, who).query(api.liquidity.getProviderPortfolio, {});
  const owed = await backend.run((ctx) =>
    ctx.db
      .query("accounts")
      .withIndex("by_name_and_token", (q) => q.eq("name", `breach/${who}`))
      .take(2),
  );
  const expected = [
    ...positions.map(({ token, tier, available, reserved, locked, accruedYield }) =>
      [token, tier, available, reserved, locked, accruedYield].join(),
    ),
    ...suspense.map(({ token, amount, reserved }) => [token, "suspense", amount, reserved, 0n, 0n].join()),
    ...owed.map(({ token, balance }) => [token, "breach", balance, 0n, 0n, 0n].join()),
  ];
  const found = closing
    .filter((one) => [one.available, one.reserved, one.locked, one.earned].some((amount) => amount !== 0n))
    .map(({ token, account, tier, available, reserved, locked, earned }) =>
      [token, tier ?? account, available, reserved, locked, earned].join(),
    );
  const isAny = (line: string) => !/,0,0,0,0$/.test(line);
  expect(found.sort()).toEqual(expected.filter(isAny).sort());
}

/** Every posting whose account is this provider's, by a rule of its own, is in exactly one line; and no other is. */
async function expectOwnPostings(backend: Backend, who: string, { lines }: Statement) {
  const positions = await backend.run((ctx) => ctx.db.query("positions").take(100));
  const mine = new Map(
    positions.filter(({ provider }) => provider === who).map(({ _id, tier }) => [_id as string, tier]),
  );
  const folded = new Map<string, bigint>();
  for (const { account, entryId, amount } of await postings(backend)) {
    const [kind = "", id = ""] = account.split("/");
    const isMine = kind === "position" ? mine.has(id) : id === who;
    if (!isMine) continue;
    const name = `${entryId} ${kind === "position" ? mine.get(id) : kind === "breach" ? "breach" : "suspense"}`;
    folded.set(name, (folded.get(name) ?? 0n) + amount);
  }
  const found = lines.map(({ entryId, tier, account, amount }) => [`${entryId} ${tier ?? account}`, amount] as const);
  expect(new Map(found)).toEqual(folded);
  expect(found).toHaveLength(folded.size);
}

/** The statement's lines by pages of any size, filtered or not: each line once, the newest first, whatever is cut where. */
async function expectActivity(backend: Backend, who: string, { lines }: Statement) {
  const sorted = (some: Omit<Statement["lines"][number], "balance">[]) =>
    [...some].sort((a, b) => b.at - a.at || `${a.entryId} ${a.tier}`.localeCompare(`${b.entryId} ${b.tier}`));
  const wanted = sorted(lines.map(({ balance: _, ...line }) => line));
  for (const size of [1, 4, 100]) {
    const found = await activity(backend, who, size);
    expect(found.map(({ at }) => at)).toEqual(wanted.map(({ at }) => at));
    expect(sorted(found)).toEqual(wanted);
  }
  const sbtc = wanted.filter(({ token }) => token === "sBTC");
  expect(sorted(await activity(backend, who, 3, { token: "sBTC" }))).toEqual(sbtc);
  const kinds = await Promise.all(ACTIVITY_KINDS.map((kind) => activity(backend, who, 9, { kind })));
  expect(sorted(kinds.flat())).toEqual(wanted);
  for (const line of kinds[ACTIVITY_KINDS.indexOf("earning")] ?? [])
    expect(line.entryId).toMatch(/^(earning|collect):/);
}

/** A market with everything that happens to capital; Alice's position is taken over by Carol's. */
async function wholeLife(): Promise<Market> {
  const market = await Market.open();
  const { desk } = market;
  const { scene } = desk;
  await market.deposited(ALICE, 6_000_000n);
  await market.bought();
  await market.falls(680);
  await desk.serve();
  await market.settle();
  await market.deposited(CAROL, 100_000_000n);
  await market.falls(640);
  await scene.deposited(ALICE, 9_000_000n, { token: "STX", tier: "Balanced" });
  await scene.deposited(BOB, 7_000_000n, { token: "STX", tier: "Balanced" });
  await scene.sent(ALICE, 3_000_000n);
  await as(scene.backend, ALICE).action(api.liquidity.assignSuspense, {
    token: "STX",
    tier: "Conservative",
    amount: 2_000_000n,
  });
  await as(scene.backend, ALICE).action(api.liquidity.moveCapital, {
    token: "STX",
    fromTier: "Balanced",
    toTier: "Conservative",
    amount: 3_000_000n,
  });
  const { authorization } = await scene.request(ALICE, 1_000_000n);
  scene.vault.withdraw(ALICE, "STX", 1_000_000n, authorization.id);
  await scene.settle();
  const open = await scene.request(BOB, 1_000_000n);
  expect(open.authorization.id).toBeGreaterThan(0n);
  desk.vault.mine(HOUR + 1);
  await scene.settle();
  await as(scene.backend, ALICE).action(api.policies.collectYield, { token: "sBTC", tier: "Aggressive" });
  const [{ policyId }] = (await scene.backend.run((ctx) => ctx.db.query("policies").take(1))) as [Doc<"policies">];
  await desk.price("BTC", 38_000_000_000n);
  await desk.exercise(policyId);
  await market.falls(630);
  await desk.serve();
  await desk.serve();
  expect(await desk.policy(policyId)).toMatchObject({ status: "settled" });
  scene.vault.withdraw(BOB, "STX", 500n, 987_654n);
  await scene.settle();
  await desk.scene.expectExactBooks();
  return market;
}

test("the whole life of capital: each one's statement comes to its portfolio, entry by entry and in any pieces", async () => {
  const { desk } = await wholeLife();
  const { backend, vault } = desk;
  const [first, end] = [vault.timeOf(0), vault.timeOf(vault.height) + 1];
  const owed = new Map<Token, bigint>();
  for (const who of [ALICE, BOB, CAROL]) {
    const all = await statement(backend, who, first, end);
    expect(all.opening).toEqual([]);
    await expectPortfolio(backend, who, all);
    await expectOwnPostings(backend, who, all);
    await expectActivity(backend, who, all);
    for (const balance of all.closing) owed.set(balance.token, (owed.get(balance.token) ?? 0n) + totalOf(balance));

    // Cut at each of its own moments, and just behind it.
    const moments = [...new Set(all.lines.map(({ at }) => at / 1_000))];
    for (const cut of moments.flatMap((at, n) => (n % 3 === 0 ? [at, at + 1] : [at])).filter((at) => at > first)) {
      const [one, other] = [await statement(backend, who, first, cut), await statement(backend, who, cut, end)];
      expect(other.opening).toEqual(one.closing);
      expect([...one.lines, ...other.lines]).toEqual(all.lines);
    }
  }
  // What is nobody's makes up the rest of what the vault holds.
  const rows = await postings(backend);
  for (const token of ["STX", "sBTC"] as const) {
    const ofToken = rows.filter((row) => row.token === token);
    const nobodys = ofToken.filter(({ owner, account }) => owner === undefined && account !== "vault");
    const held = -sum(ofToken.filter(({ account }) => account === "vault").map(({ amount }) => amount));
    expect(sum(nobodys.map(({ amount }) => amount)) + (owed.get(token) ?? 0n)).toBe(held);
  }

  const kinds = (lines: Statement["lines"]) => new Set(lines.map(({ kind }) => kind));
  const alice = await statement(backend, ALICE, first, end);
  for (const kind of [
    ...["deposit", "suspense assigned", "move between tiers", "reserved for withdrawal", "withdrawal"],
    ...["set aside for policy", "locked for policy", "set aside to raise lock", "lock raised", "premium earned"],
    ...["mark and penalty paid", "earnings collected"],
  ])
    expect(kinds(alice.lines)).toContain(kind);
  const carol = await statement(backend, CAROL, first, end);
  expect([...kinds(carol.lines)]).toEqual(expect.arrayContaining(["mark received", "payout borne", "premium earned"]));
  const bob = await statement(backend, BOB, first, end);
  expect([...kinds(bob.lines)]).toEqual(expect.arrayContaining(["withdrawal not paid", "unauthorised withdrawal"]));

  // The penalty is what insurance got, and the mark what Carol got.
  const paid = alice.lines.find(({ kind }) => kind === "mark and penalty paid") as Statement["lines"][number];
  const received = carol.lines.find(({ entryId }) => entryId === paid.entryId) as Statement["lines"][number];
  const penalty =
    rows.find(({ entryId, account }) => entryId === paid.entryId && account === "insurance")?.amount ?? 0n;
  expect(penalty).toBeGreaterThan(0n);
  expect(-paid.amount).toBe(received.amount + penalty);
  expect(paid.note).toContain(`penalty 0.${String(penalty).padStart(8, "0").replace(/0+$/, "")} sBTC`);

  // A line of an event has its transaction, any other none.
  const ofEvents = new Map(vault.events.map(({ event, txId }) => [event.sequence, txId]));
  for (const { entryId, txId } of [...alice.lines, ...carol.lines, ...bob.lines]) {
    const [, sequence] = /^(?:deposit|withdrawal|premium|lock|release|settlement):(\d+)$/.exec(entryId) ?? [];
    expect([entryId, txId]).toEqual([entryId, sequence === undefined ? null : ofEvents.get(BigInt(sequence))]);
  }
});

describe("of a provider with deposits that nothing claims", () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await Scene.open();
  });
  const at = () => scene.vault.timeOf(scene.vault.height);

  test("a period is final once all of it is, and provisional before", async () => {
    scene.vault.deposit(ALICE, "STX", 100n, 0n);
    const time = at();
    await scene.sync();
    // On the chain, but not final: it is not in the books, and may still come.
    expect(await statement(scene.backend, ALICE, time - 99, time + 1)).toMatchObject({
      status: "provisional",
      lines: [],
    });
    expect(await statement(scene.backend, ALICE, time - 99, time - 10)).toMatchObject({ status: "final" });
    await scene.settle();
    expect(await statement(scene.backend, ALICE, time - 99, time)).toMatchObject({ status: "final", lines: [] });
    const late = await statement(scene.backend, ALICE, time - 99, time + 1);
    expect(late).toMatchObject({ status: "provisional", asOf: at() * 1_000, lines: [{ at: time * 1_000 }] });
    await scene.settle();
    expect(await statement(scene.backend, ALICE, time - 99, time + 1)).toEqual({
      ...late,
      status: "final",
      asOf: at() * 1_000,
    });
    // What has a future is provisional; what begins in it is refused.
    expect(await statement(scene.backend, ALICE, time, at() + 86_400)).toMatchObject({ status: "provisional" });
    await expect(statement(scene.backend, ALICE, at() + 1, at() + 2)).rejects.toEqual(
      refusal("PERIOD_IN_FUTURE", { tip: at() * 1_000 }),
    );
  });

  test("while events that are final wait to be booked, only what was booked up to is final", async () => {
    await scene.sent(ALICE, 100n);
    const booked = scene.vault.timeOf(scene.vault.height - 1);
    scene.vault.mine(5);
    await scene.settle();
    const time = at();
    expect(await statement(scene.backend, ALICE, 1, time - 10)).toMatchObject({ status: "final" });
    await scene.backend.run(async (ctx) => {
      const mirror = await ctx.db.query("chainMirror").unique();
      await ctx.db.patch("chainMirror", mirror?._id as never, { complete: false });
    });
    expect(await statement(scene.backend, ALICE, 1, time - 10)).toMatchObject({ status: "provisional" });
    expect(await statement(scene.backend, ALICE, 1, booked)).toMatchObject({ status: "final" });
  });

  test("before there was anything, and for who has nothing, there is nothing", async () => {
    await scene.sent(ALICE, 100n);
    const nothing = { opening: [], lines: [], closing: [] };
    expect(await statement(scene.backend, ALICE, 1, at() - 1_000)).toMatchObject({ ...nothing, status: "final" });
    expect(await statement(scene.backend, BOB, 1, at())).toMatchObject({ ...nothing, provider: BOB });
  });

  test("pages: as many as it takes, and nobody makes up a cursor", async () => {
    const [past, many] = [at() - 10_000, 900];
    // Written past the functions. Three postings an entry, so that a page ends within one; most of one moment, more than a page has.
    await scene.backend.run(async (ctx) => {
      for (let n = 0; n < many; n++) {
        const own = {
          entryId: `reserve:${n}`,
          token: "STX" as const,
          owner: ALICE,
          at: n < 100 ? past : past + (n < 800 ? 10 : 20),
        };
        const amount = 1n + BigInt(n);
        await ctx.db.insert("postings", { ...own, account: `suspense/${ALICE}`, amount: 2n * amount });
        await ctx.db.insert("postings", { ...own, account: `suspense/${ALICE}`, amount: -amount });
        await ctx.db.insert("postings", { ...own, account: `reserved/${ALICE}`, amount: 0n });
      }
    });
    const total = BigInt(many * (many + 1)) / 2n;
    const end = at() + 1;
    const all = await statement(scene.backend, ALICE, 1, end);
    expect(all.lines.map(({ entryId }) => entryId).sort()).toEqual(
      Array.from({ length: many }, (_, n) => `reserve:${n}`).sort(),
    );
    expect(all.lines.every(({ entryId, amount }) => amount === BigInt(entryId.slice(8)) + 1n)).toBe(true);
    expect(all.closing).toMatchObject([{ account: "suspense", available: total }]);

    const ask = (who: string, from: number, cursor: string) =>
      as(scene.backend, who).action(api.statements.getStatement, { from: text(from), to: text(end), cursor });
    const { cursor } = await as(scene.backend, ALICE).action(api.statements.getStatement, {
      from: text(1),
      to: text(end),
    });
    const good = cursor as string;
    await expect(ask(ALICE, 1, good)).resolves.toMatchObject({ page: { status: "provisional" } });
    const [head = "", body = "", code = ""] = good.split(".");
    const forged = Buffer.from(Buffer.from(body, "base64url").toString().replace("suspense", "position")).toString(
      "base64url",
    );
    for (const bad of [
      "",
      "x",
      "..",
      `${head}.${forged}.${code}`,
      `${head}.${body}.`,
      good.slice(0, -6),
      "9".repeat(5_000),
    ])
      await expect(ask(ALICE, 1, bad)).rejects.toEqual(refusal("BAD_CURSOR"));
    await expect(ask(BOB, 1, good)).rejects.toEqual(refusal("BAD_CURSOR"));
    await expect(ask(ALICE, 2, good)).rejects.toEqual(refusal("BAD_CURSOR"));

    // A long opening is folded once, where it is final; whoever asks again reads on from there, and gets the same.
    const checkpoints = () => scene.backend.run((ctx) => ctx.db.query("statementCheckpoints").take(9));
    expect(await checkpoints()).toEqual([]);
    const late = await statement(scene.backend, ALICE, at(), end);
    expect(late.opening).toEqual(all.closing);
    expect(await checkpoints()).toEqual([]);
    scene.vault.mine();
    await scene.settle();
    const kept = await statement(scene.backend, ALICE, end - 1, end);
    expect(kept).toMatchObject({ status: "final", opening: late.opening });
    expect(await checkpoints()).toMatchObject([{ provider: ALICE, before: end - 1, balances: all.closing }]);
    await scene.sent(ALICE, 7n);
    const again = await statement(scene.backend, ALICE, end - 1, at() + 1);
    expect(again.opening).toEqual(all.closing);
    expect(again.lines).toMatchObject([{ amount: 7n, balance: total + 7n }]);
    expect(await checkpoints()).toHaveLength(1);
    const earlier = await statement(scene.backend, ALICE, 1, end - 1);
    expect(earlier).toMatchObject({ opening: [], closing: all.closing });
  });

  test("what is no period is refused, and so is who is not signed in; others' statements can't be asked for", async () => {
    await scene.sent(ALICE, 100n);
    const ask = (from: string, to: string) =>
      as(scene.backend, ALICE).action(api.statements.getStatement, { from, to });
    await expect(ask("yesterday", "2027-01-01")).rejects.toEqual(refusal("PERIOD_UNREADABLE", { which: "beginning" }));
    await expect(ask("2027-01-01", "2027-02-30")).rejects.toEqual(refusal("PERIOD_UNREADABLE", { which: "end" }));
    await expect(ask("2027-01-01", "2027-01-01")).rejects.toEqual(refusal("PERIOD_BACKWARDS"));
    const period = { from: "2027-01-01", to: "2027-02-01" };
    await expect(scene.backend.action(api.statements.getStatement, period)).rejects.toEqual(refusal("NOT_SIGNED_IN"));
  });
});

test("before the chain was read there is no statement", async () => {
  const backend = await openBackend();
  const period = { from: "2027-01-01", to: "2027-02-01" };
  await expect(as(backend, ALICE).action(api.statements.getStatement, period)).rejects.toEqual(refusal("NOT_SYNCED"));
});

test("books from before statements: refused until the migration has run, and then as if they had always been so", async () => {
  const { desk } = await wholeLife();
  const { backend, vault } = desk;
  const end = vault.timeOf(vault.height) + 1;
  const expected = await statement(backend, ALICE, 1, end);
  const rows = await postings(backend);
  await backend.run(async (ctx) => {
    for (const { _id } of await ctx.db.query("postings").take(5_000))
      await ctx.db.patch("postings", _id, { at: undefined, owner: undefined });
  });
  await expect(statement(backend, ALICE, 1, end)).rejects.toEqual(refusal("STATEMENTS_NOT_READY"));
  await expect(activity(backend, ALICE, 100)).rejects.toEqual(refusal("STATEMENTS_NOT_READY"));
  const batch = { cursor: null, batchSize: 50, oneBatchOnly: true };
  await backend.mutation(internal.migrations.addPostingOwners, batch);
  await expect(statement(backend, ALICE, 1, end)).rejects.toEqual(refusal("STATEMENTS_NOT_READY"));
  // Twice over, as a batch may run again.
  for (let runs = 0; runs < 2; runs++)
    await backend.mutation(internal.migrations.addPostingOwners, { ...batch, batchSize: 5_000 });
  expect(await postings(backend)).toEqual(rows);
  expect(await statement(backend, ALICE, 1, end)).toEqual(expected);
});
