/**
 * Statements of random journals, cut at every moment: they chain, they lack nothing and add nothing, and with what is nobody's
 * they come to what the vault holds. The model folds amounts by owner and account name, and knows nothing of statements.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Account, accountName, makeEntry, ownerOf, POCKETS, type Posting } from "../../src/domain/ledger";
import {
  type Balance,
  checksums,
  drawUp,
  foldMovements,
  joined,
  movementsOf,
  type OwnPosting,
  type Statement,
  statementFault,
  totalOf,
} from "../../src/domain/statements";
import { TIERS, type Tier } from "../../src/domain/tiers";
import { TOKENS, type Token } from "../../src/domain/tokens";

const WHO = ["ALICE", "BOB"];
/** A position a provider, tier and token. */
const POSITIONS = WHO.flatMap((who) =>
  TOKENS.flatMap((token) => TIERS.map((tier) => ({ who, token, tier, id: `${who}-${tier}-${token}` }))),
);
const PROVIDERS = new Map(POSITIONS.map(({ id, who }) => [id, who]));
const tiersOf = (who: string) =>
  new Map<string, Tier>(POSITIONS.filter((one) => one.who === who).map(({ id, tier }) => [id, tier]));

interface Row extends OwnPosting {
  owner: string | null;
}

const accountOf = (token: Token): fc.Arbitrary<Account> =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant("position" as const),
        positionId: fc.constantFrom(...POSITIONS.filter((one) => one.token === token).map(({ id }) => id)),
        pocket: fc.constantFrom(...POCKETS),
      }),
    },
    fc.record({
      kind: fc.constantFrom("suspense" as const, "reserved" as const, "breach" as const),
      principal: fc.constantFrom(...WHO),
    }),
    fc.constantFrom<Account>(
      { kind: "insurance" },
      { kind: "fees" },
      { kind: "premium", policyId: 7n },
      { kind: "cover", policyId: 7n },
      { kind: "exiting", account: "fees" },
    ),
  );

/** One entry of a token: credits and debits, balanced by the vault's account, which is not always touched. */
const entry = fc.constantFrom(...TOKENS).chain((token) =>
  fc.record({
    token: fc.constant(token),
    cause: fc.constantFrom("deposit", "withdrawal", "earning", "transfer", "settlement", "reserve", "unheard of"),
    /** Seconds since the one before: many entries have the same time. */
    wait: fc.constantFrom(0, 0, 0, 1, 50),
    credits: fc.array(fc.tuple(accountOf(token), fc.bigInt(-1_000n, 1_000n)), { minLength: 1, maxLength: 5 }),
  }),
);

function journal(entries: (typeof entry extends fc.Arbitrary<infer T> ? T : never)[]): Row[] {
  let at = 1_000;
  return entries.flatMap(({ token, cause, wait, credits }, n) => {
    at += wait;
    const sum = credits.reduce((total, [, amount]) => total + amount, 0n);
    const postings: Posting[] = [
      ...credits.map(([account, amount]) => ({ account, amount })),
      { account: { kind: "vault" }, amount: -sum },
    ];
    if (postings.every(({ amount }) => amount === 0n)) return [];
    const made = makeEntry(`${cause}:${n}`, token, postings);
    return made.postings.map(({ account, amount }) => ({
      at,
      entryId: made.id,
      account: accountName(account),
      token,
      amount,
      owner: ownerOf(account, PROVIDERS),
    }));
  });
}

/** What a statement is made of, in the simplest way. */
function statementOf(rows: Row[], who: string, { from, to }: { from: number; to: number }): Statement {
  const tiers = tiersOf(who);
  const own = rows.filter(({ owner }) => owner === who);
  const opening = foldMovements(
    [],
    movementsOf(
      own.filter(({ at }) => at < from),
      tiers,
    ),
  );
  const inside = movementsOf(
    own.filter(({ at }) => at >= from && at < to),
    tiers,
  );
  const caused = inside.map((movement) => ({ ...movement, txId: null, penalty: 0n }));
  return {
    provider: who,
    from: from * 1_000,
    to: to * 1_000,
    status: "final",
    asOf: to * 1_000,
    ...drawUp(opening, caused),
  };
}

/** The model's fold: an owner's balances by the names of pockets, from the postings' own names. */
function naive(rows: Row[], who: string, before: number): Record<string, bigint> {
  const sums: Record<string, bigint> = {};
  for (const { account, token, amount, owner, at } of rows) {
    if (owner !== who || at >= before) continue;
    const [kind, id = "", pocket] = account.split("/");
    const place =
      kind === "position"
        ? `position ${id.split("-")[1]} ${pocket}`
        : `${kind === "breach" ? "breach" : "suspense"} ${kind === "reserved" ? "reserved" : "available"}`;
    sums[`${token} ${place}`] = (sums[`${token} ${place}`] ?? 0n) + amount;
  }
  return Object.fromEntries(Object.entries(sums).filter(([, sum]) => sum !== 0n));
}

function byPocket(balances: Balance[]): Record<string, bigint> {
  const pockets = balances.flatMap(({ token, account, tier, available, reserved, locked, earned }) =>
    Object.entries({ available, reserved, locked, yield: earned }).map(
      ([pocket, amount]) => [`${token} ${account}${tier ? ` ${tier}` : ""} ${pocket}`, amount] as const,
    ),
  );
  return Object.fromEntries(pockets.filter(([, amount]) => amount !== 0n));
}

const sum = (amounts: bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);

test("cut at every moment, statements chain, are whole, and with what is nobody's come to the vault", () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 25 }), (entries) => {
      const rows = journal(entries);
      const [first, end] = [999, (rows.at(-1)?.at ?? 1_000) + 1];
      const cuts = [...new Set(rows.flatMap(({ at }) => [at, at + 1]))];
      for (const who of WHO) {
        const all = statementOf(rows, who, { from: first, to: end });
        expect(all.opening).toEqual([]);
        expect(statementFault(all)).toBe(null);
        expect(byPocket(all.closing)).toEqual(naive(rows, who, end));
        for (const cut of cuts) {
          const [one, other] = [
            statementOf(rows, who, { from: first, to: cut }),
            statementOf(rows, who, { from: cut, to: end }),
          ];
          expect(other.opening).toEqual(one.closing);
          expect(
            [...one.lines, ...other.lines].map(({ entryId, account, tier }) => `${entryId} ${account} ${tier}`),
          ).toEqual(all.lines.map(({ entryId, account, tier }) => `${entryId} ${account} ${tier}`));
          expect(byPocket(one.closing)).toEqual(naive(rows, who, cut));
          expect([statementFault(one), statementFault(other)]).toEqual([null, null]);
          expect(other.closing).toEqual(all.closing);
        }
        // Every posting is in exactly one line, and none of anybody else's.
        const own = rows.filter(({ owner }) => owner === who);
        for (const id of new Set(rows.map(({ entryId }) => entryId))) {
          const lines = all.lines.filter(({ entryId }) => entryId === id);
          expect(sum(lines.map(({ amount }) => amount))).toBe(
            sum(own.filter(({ entryId }) => entryId === id).map(({ amount }) => amount)),
          );
          const places = lines.map(({ account, tier }) => `${account} ${tier}`);
          expect(new Set(places).size).toBe(places.length);
        }
      }
      for (const token of TOKENS) {
        const vault = -sum(
          rows.filter((row) => row.account === "vault" && row.token === token).map(({ amount }) => amount),
        );
        const nobodys = sum(
          rows
            .filter((row) => row.owner === null && row.account !== "vault" && row.token === token)
            .map(({ amount }) => amount),
        );
        const owed = WHO.map((who) =>
          statementOf(rows, who, { from: first, to: end })
            .closing.filter((balance) => balance.token === token)
            .map(totalOf),
        );
        expect(sum(owed.flat()) + nobodys).toBe(vault);
      }
    }),
    { numRuns: 60 },
  );
});

const POSITION = "ALICE-Balanced-STX";
const posting = (at: number, entryId: string, account: string, amount: bigint): Row => ({
  at,
  entryId,
  account,
  token: "STX",
  amount,
  owner: "ALICE",
});
const HISTORY: Row[] = [
  posting(1_000, "deposit:1", `position/${POSITION}/available`, 500n),
  posting(1_000, "deposit:1", "suspense/ALICE", 20n),
  posting(1_010, "reserve:77", `position/${POSITION}/available`, -100n),
  posting(1_010, "reserve:77", `position/${POSITION}/reserved`, 100n),
  posting(1_020, "earning:9:1020", `position/${POSITION}/yield`, 7n),
  posting(1_030, "withdrawal:2", `position/${POSITION}/reserved`, -100n),
  posting(1_030, "withdrawal:3", "breach/ALICE", -3n),
];

test("a line says what it was, by how much the balance changed, and what each pocket did", () => {
  const { opening, lines, closing } = statementOf(HISTORY, "ALICE", { from: 1_010, to: 1_031 });
  const position = { token: "STX", account: "position", tier: "Balanced" };
  expect(opening).toEqual([
    { ...position, available: 500n, reserved: 0n, locked: 0n, earned: 0n },
    { token: "STX", account: "suspense", tier: null, available: 20n, reserved: 0n, locked: 0n, earned: 0n },
  ]);
  expect(lines).toMatchObject([
    {
      ...position,
      at: 1_010_000,
      kind: "reserved for withdrawal",
      amount: 0n,
      balance: 500n,
      available: -100n,
      reserved: 100n,
    },
    { ...position, at: 1_020_000, kind: "premium earned", amount: 7n, balance: 507n, earned: 7n, note: "policy 9" },
    {
      ...position,
      at: 1_030_000,
      kind: "withdrawal",
      amount: -100n,
      balance: 407n,
      reserved: -100n,
      note: "event 2 of the vault",
    },
    { account: "breach", tier: null, kind: "unauthorised withdrawal", amount: -3n, balance: -3n },
  ]);
  expect(closing.map(totalOf)).toEqual([407n, 20n, -3n]);
  expect(checksums({ opening, lines, closing })[0]).toEqual({
    token: "STX",
    opening: 520n,
    movements: -96n,
    closing: 424n,
  });
});

test("a period is from its beginning to just before its end", () => {
  const kinds = (from: number, to: number) =>
    statementOf(HISTORY, "ALICE", { from, to }).lines.map(({ entryId }) => entryId);
  expect(kinds(1_010, 1_020)).toEqual(["reserve:77"]);
  expect(kinds(1_011, 1_021)).toEqual(["earning:9:1020"]);
  expect(kinds(1, 1_000)).toEqual([]);
});

describe("a statement that does not add up is found out", () => {
  const right = statementOf(HISTORY, "ALICE", { from: 1_010, to: 1_031 });
  const [line, ...lines] = right.lines as [Statement["lines"][number], ...Statement["lines"]];
  test.each<[string, Partial<Statement>]>([
    ["a line left out", { lines }],
    ["a line twice", { lines: [line, ...right.lines] }],
    ["an amount", { lines: [{ ...line, amount: 1n }, ...lines] }],
    ["a pocket", { lines: [{ ...line, available: -99n }, ...lines] }],
    ["pockets that cancel out", { lines: [{ ...line, available: -101n, locked: 1n }, ...lines] }],
    ["a balance", { lines: [{ ...line, balance: 501n }, ...lines] }],
    ["another opening", { opening: [] }],
    ["an account left out", { closing: right.closing.slice(1) }],
    ["a closing by a unit", { closing: right.closing.map((one) => ({ ...one, locked: one.locked + 1n })) }],
    ["a line of another time", { to: line.at }],
  ])("%s", (_, change) => {
    expect(statementFault(right)).toBe(null);
    expect(statementFault({ ...right, ...change })).not.toBe(null);
  });
});

test("pages become one statement, and pages of different ones don't", () => {
  const whole = statementOf(HISTORY, "ALICE", { from: 1_000, to: 1_031 });
  const caused = (rows: Row[]) =>
    movementsOf(rows, tiersOf("ALICE")).map((movement) => ({ ...movement, txId: null, penalty: 0n }));
  const first = drawUp([], caused(HISTORY.slice(0, 4)));
  const second = drawUp(first.closing, caused(HISTORY.slice(4)));
  expect(
    joined([
      { ...whole, ...first },
      { ...whole, ...second },
    ]),
  ).toEqual(whole);
  expect(
    joined([
      { ...whole, ...first },
      { ...whole, ...second, status: "provisional" },
    ]).status,
  ).toBe("provisional");
  expect(() => joined([whole, { ...whole, provider: "BOB" }])).toThrow("different statements");
});
