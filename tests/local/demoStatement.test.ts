/** The demo's table: every unit has its reason, and a unit that has none, or comes from nowhere, is a fault. */
import { expect, test } from "vitest";
import { type Posting, unbalanced } from "../../src/local/demo/journal";
import { between, WEEK } from "../../src/local/demo/series";
import { boughtBy, faultsOf, type Row, reasonsOf, totalOf } from "../../src/local/demo/statement";
import type { VaultEvent } from "../../src/stacks/vaultEvents";

const token = "sBTC" as const;
const posting = (entryId: string, account: string, amount: bigint, provider: string | null = null): Posting => ({
  entryId,
  account,
  token,
  amount,
  owner: provider === null ? null : { provider, tier: "Aggressive" },
});

const JOURNAL: Posting[] = [
  posting("deposit:1", "vault", -100n),
  posting("deposit:1", "position/e/available", 100n, "Eve"),
  posting("backing:5", "position/e/available", -60n, "Eve"),
  posting("backing:5", "position/e/reserved", 60n, "Eve"),
  posting("premium:2", "vault", -20n),
  posting("premium:2", "premium/5", 20n),
  posting("earning:5:9", "premium/5", -10n),
  posting("earning:5:9", "position/e/yield", 8n, "Eve"),
  posting("earning:5:9", "insurance", 2n),
  posting("transfer:5:1", "position/e/locked", -60n, "Eve"),
  posting("transfer:5:1", "position/e/available", 13n, "Eve"),
  posting("transfer:5:1", "position/f/locked", 60n, "Finn"),
  posting("transfer:5:1", "position/f/available", -16n, "Finn"),
  posting("transfer:5:1", "insurance", 3n),
  posting("settlement:4", "vault", 45n),
  posting("settlement:4", "position/f/locked", -60n, "Finn"),
  posting("settlement:4", "position/f/available", 15n, "Finn"),
];
const of = (provider: string) => reasonsOf(JOURNAL, token, ({ owner }) => owner?.provider === provider);

test("what comes from a wallet is no gain, what moves between one's own accounts neither, all else has its reason", () => {
  expect([...of("Eve")]).toEqual([
    ["premiums earned", 8n],
    ["penalty", -3n],
    ["mark paid", -44n],
  ]);
  expect([...of("Finn")]).toEqual([
    ["mark received", 44n],
    ["payouts borne", -45n],
  ]);
  expect(of("Ivan").size).toBe(0);
  const words = { earning: "share of premiums", transfer: "penalties" };
  expect([...reasonsOf(JOURNAL, token, ({ account }) => account === "insurance", words)]).toEqual([
    ["share of premiums", 2n],
    ["penalties", 3n],
  ]);
});

test("a buyer's gains are what the vault's events say, of that buyer and token", () => {
  const common = { token, balance: 0n, locked: 0n, policyId: 5n };
  const premium = { kind: "premium", lock: 1n, coverage: 1n, releaseAfter: 1n, ...common } as const;
  const events: VaultEvent[] = [
    { ...premium, sequence: 2n, amount: 20n, buyer: "Ivan" },
    { ...premium, sequence: 3n, amount: 7n, buyer: "Gus" },
    { kind: "settlement", unlocked: 60n, ...common, sequence: 4n, amount: 45n, buyer: "Ivan" },
  ];
  expect([...boughtBy(events, token, "Ivan")]).toEqual([
    ["premiums paid", -20n],
    ["payouts received", 45n],
  ]);
  expect(boughtBy(events, "STX", "Ivan").size).toBe(0);
});

test("rows are whole only if each agrees with what was seen and all of a token come to nothing", () => {
  const row = (name: string, gain: bigint, seen: bigint | null): Row => {
    const reasons = new Map([["a reason", gain]]);
    return { name, token, reasons, gain: totalOf(reasons), seen };
  };
  const rows = [row("Eve", -39n, -39n), row("Finn", 39n, null)];
  expect(faultsOf(rows)).toEqual([]);
  expect(faultsOf([row("Eve", -39n, -38n), row("Finn", 39n, null)])).toEqual([
    "Eve's sBTC: -39 by the entries, -38 by wallet and books",
  ]);
  expect(faultsOf([row("Eve", -39n, -39n), row("Finn", 40n, null)])).toEqual([
    "all gains of sBTC come to 1, not to nothing",
  ]);
});

test("an entry that does not balance is found by its id", () => {
  expect(unbalanced(JOURNAL)).toEqual([]);
  expect(unbalanced([...JOURNAL, posting("earning:6:1", "fees", 1n)])).toEqual(["earning:6:1"]);
});

test("the week is the one that is told, and on the way from one close to the next no price is beyond either", () => {
  expect(WEEK.map(({ closeUsdMicros }) => closeUsdMicros.BTC)).toEqual(
    [792364n, 790973n, 791143n, 497079n, 556371n, 520037n, 539231n].map((cents) => cents * 10_000n),
  );
  const [from, to] = [7_911_430_000n, 4_970_790_000n];
  const way = [0, 1, 2, 3].map((part) => between(from, to, { part, parts: 3 }));
  expect([way[0], way[3]]).toEqual([from, to]);
  expect(way).toEqual([...way].sort((one, other) => Number(other - one)));
});
