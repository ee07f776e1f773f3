/**
 * Random entries over random accounts, in random batches and repeated at random, beside a model that keeps nothing but the
 * list of what was moved. What the books store must be what adding that list up gives.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { applyEntry, Books } from "../../convex/ledger/model";
import { openPosition } from "../../convex/positions/model";
import { type Account, accountName, type Entry, makeEntry } from "../../src/domain/ledger";
import { TIERS } from "../../src/domain/tiers";
import { TOKENS } from "../../src/domain/tokens";
import { ALICE, type Backend, BOB, openBackend } from "./backend";

/** Positions are named by their owner and tier until the database has given them ids. */
type Drawn = { from: number; to: number; amount: bigint; token: 0 | 1 };
const OWNERS = [ALICE, BOB];

const drawn: fc.Arbitrary<Drawn> = fc.record({
  from: fc.nat(9),
  to: fc.nat(9),
  amount: fc.oneof(fc.bigInt(1n, 5n), fc.bigInt(1n, 10n ** 15n)),
  token: fc.constantFrom(0, 1),
});
/** Batches of entries by their number; a number that comes again is a repeat. */
const batches = fc.array(fc.array(fc.nat(19), { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 6 });
const story = fc.record({ entries: fc.array(drawn, { minLength: 20, maxLength: 20 }), batches });

/** Ten accounts of a token: the vault, suspense, breach, a premium, and six pockets that may be overdrawn by none. */
async function accountsOf(backend: Backend): Promise<Account[][]> {
  return Promise.all(
    TOKENS.map((token) =>
      backend.run(async (ctx) => {
        const positions: Account[] = [];
        for (const provider of OWNERS) {
          for (const tier of TIERS) {
            const positionId = await openPosition(ctx, { provider, tier, token });
            positions.push({ kind: "position", positionId, pocket: "available" });
          }
        }
        return [
          { kind: "vault" },
          { kind: "suspense", principal: ALICE },
          { kind: "breach", principal: BOB },
          { kind: "premium", policyId: 7n },
          ...positions,
        ] satisfies Account[];
      }),
    ),
  );
}

const isPosition = (account: Account | undefined) => account?.kind === "position";

/** Money only comes into positions here, so that no order of entries can overdraw one. */
function entryOf({ from, to, amount, token }: Drawn, n: number, accounts: Account[][]): Entry {
  const own = accounts[token] as Account[];
  const source = own[from % 4] as Account;
  const target = own[to] as Account;
  const rest = own[(from + 1) % 4] as Account;
  return makeEntry(`random:${n}`, TOKENS[token], [
    { account: source, amount: -amount * 2n },
    { account: target, amount },
    { account: rest, amount },
  ]);
}

/** The model: every entry that was ever asked for, once; a balance is the sum of what names it. */
function summed(booked: Entry[], account: Account, token: string): bigint {
  return booked
    .filter((entry) => entry.token === token)
    .flatMap(({ postings }) => postings)
    .filter((posting) => accountName(posting.account) === accountName(account))
    .reduce((sum, { amount }) => sum + amount, 0n);
}

async function stored(backend: Backend, account: Account, token: "STX" | "sBTC"): Promise<bigint> {
  return backend.run(async (ctx) => {
    if (account.kind === "position") {
      const position = await ctx.db.get("positions", account.positionId as never);
      return (position as { available: bigint } | null)?.available ?? 0n;
    }
    const row = await ctx.db
      .query("accounts")
      .withIndex("by_name_and_token", (q) => q.eq("name", accountName(account)).eq("token", token))
      .unique();
    return row?.balance ?? 0n;
  });
}

async function expectFold(backend: Backend, booked: Entry[], accounts: Account[][]) {
  for (const [n, token] of TOKENS.entries()) {
    let whole = 0n;
    for (const account of accounts[n] as Account[]) {
      const balance = await stored(backend, account, token);
      expect([accountName(account), token, balance]).toEqual([
        accountName(account),
        token,
        summed(booked, account, token),
      ]);
      whole += balance;
    }
    expect([token, whole]).toEqual([token, 0n]);
  }
  const { entries, postings, tiers } = await backend.run(async (ctx) => ({
    entries: (await ctx.db.query("entries").take(100)).map(({ entryId }) => entryId),
    postings: (await ctx.db.query("postings").take(1_000)).length,
    tiers: await ctx.db.query("tierMetrics").take(10),
  }));
  expect(entries.toSorted()).toEqual(booked.map(({ id }) => id).toSorted());
  expect(postings).toBe(booked.reduce((sum, entry) => sum + entry.postings.length, 0));
  for (const [n, token] of TOKENS.entries()) {
    const inTiers = tiers.filter((row) => row.token === token).reduce((sum, row) => sum + row.totalCapital_virtual, 0n);
    const inPositions = (accounts[n] as Account[]).filter(isPosition);
    expect([token, inTiers]).toEqual([
      token,
      inPositions.reduce((sum, account) => sum + summed(booked, account, token), 0n),
    ]);
  }
}

test("whatever the batches and repeats, the books are the sum of each entry once", async () => {
  await fc.assert(
    fc.asyncProperty(story, async ({ entries: drawnEntries, batches: numbers }) => {
      const backend = await openBackend();
      const accounts = await accountsOf(backend);
      const entries = drawnEntries.map((one, n) => entryOf(one, n, accounts));
      const booked = new Map<string, Entry>();
      for (const batch of numbers) {
        const asked = batch.map((n) => entries[n] as Entry);
        const isNew = await backend.run(async (ctx) => {
          const books = new Books(ctx);
          const answers: boolean[] = [];
          for (const entry of asked) {
            answers.push(await books.book(entry, 1));
            const vault = [...booked.values(), ...asked.slice(0, answers.length)];
            const once = [...new Map(vault.map((each) => [each.id, each])).values()];
            expect(await books.total(entry.token)).toBe(-summed(once, { kind: "vault" }, entry.token));
          }
          await books.writeBalances();
          return answers;
        });
        const expected = asked.map(({ id }, n) => !booked.has(id) && asked.findIndex((each) => each.id === id) === n);
        expect(isNew).toEqual(expected);
        for (const entry of asked) booked.set(entry.id, entry);
      }
      await expectFold(backend, [...booked.values()], accounts);
    }),
    { numRuns: 12 },
  );
});

test("a batch that fails in the middle leaves nothing, whatever it had booked", async () => {
  await fc.assert(
    fc.asyncProperty(story, fc.nat(19), async ({ entries: drawnEntries }, failsAt) => {
      const backend = await openBackend();
      const accounts = await accountsOf(backend);
      const entries = drawnEntries.map((one, n) => entryOf(one, n, accounts));
      const [first, ...others] = entries as [Entry, ...Entry[]];
      await backend.run(async (ctx) => void (await applyEntry(ctx, first, 1)));
      const position = (accounts[0] as Account[]).find(isPosition) as Account;
      const overdraft = makeEntry("overdraft", "STX", [
        { account: position, amount: -(10n ** 18n) },
        { account: { kind: "vault" }, amount: 10n ** 18n },
      ]);
      const failing = backend.run(async (ctx) => {
        const books = new Books(ctx);
        for (const entry of others.toSpliced(failsAt, 0, overdraft)) await books.book(entry, 1);
        await books.writeBalances();
      });
      await expect(failing).rejects.toThrow("would hold -");
      await expectFold(backend, [first], accounts);
    }),
    { numRuns: 6 },
  );
});
