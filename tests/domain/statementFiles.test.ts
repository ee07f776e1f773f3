/** Statements as files: what a spreadsheet and a program read back is what was meant. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { fileNameOf, statementCsv, statementJson, titleOf } from "../../src/domain/statementFiles";
import { drawUp, type Statement } from "../../src/domain/statements";
import { describeEntry, type Effect, sequenceOf } from "../../src/domain/statementWords";

const place = { token: "sBTC" as const, account: "position" as const, tier: "Aggressive" as const };
const none = { available: 0n, reserved: 0n, locked: 0n, earned: 0n };

function statement(movements: { entryId: string; available: bigint; penalty?: bigint; txId?: string }[]): Statement {
  const caused = movements.map(({ entryId, available, penalty = 0n, txId = null }, n) => ({
    ...place,
    ...none,
    at: 1_800_000_000 + n,
    entryId,
    available,
    txId: txId as string | null,
    penalty,
  }));
  const drawn = drawUp([{ ...place, ...none, available: 123_456_789n, locked: 1n }], caused);
  return {
    provider: "ST1",
    from: 1_799_971_200_000,
    to: 1_800_057_600_000,
    status: "provisional",
    asOf: 1_800_000_500_000,
    ...drawn,
  };
}

/** A reader of RFC 4180, written for this test. */
function cells(csv: string): string[][] {
  const rows: string[][] = [[]];
  let [cell, isQuoted] = ["", false];
  for (let n = 0; n < csv.length; n++) {
    const [char, next] = [csv[n] as string, csv[n + 1]];
    if (isQuoted && char === '"' && next === '"') [cell, n] = [`${cell}"`, n + 1];
    else if (char === '"') isQuoted = !isQuoted;
    else if (isQuoted) cell += char;
    else if (char === ",") [cell] = ["", rows.at(-1)?.push(cell)];
    else if (char === "\r" && next === "\n") {
      rows.at(-1)?.push(cell);
      rows.push([]);
      [cell, n] = ["", n + 1];
    } else cell += char;
  }
  return rows.slice(0, -1);
}

test("CSV: a header, what it is, accounts before and after, lines and a check", () => {
  const csv = statementCsv(
    statement([
      { entryId: "transfer:k7", available: -1_000_000n, penalty: 50_000n },
      { entryId: "deposit:3", available: 5n, txId: "0xab" },
    ]),
  );
  const [header, title, ...rows] = cells(csv);
  expect(header?.slice(0, 8)).toEqual(["row", "time", "kind", "token", "account", "tier", "amount", "balance"]);
  expect(title?.at(-1)).toBe(
    "Statement of ST1 from 2027-01-15T00:00:00Z until 2027-01-16T00:00:00Z (not included), UTC, by block time. Provisional as of 2027-01-15T08:08:20Z: entries of this period may still come.",
  );
  const position = ["sBTC", "position", "Aggressive"];
  expect(rows).toEqual([
    [
      "opening",
      "2027-01-15T00:00:00Z",
      "",
      ...position,
      "",
      "1.2345679",
      "1.23456789",
      "0",
      "0.00000001",
      "0",
      "",
      "",
      "",
      "",
    ],
    [
      "line",
      "2027-01-15T08:00:00Z",
      "mark and penalty paid",
      ...position,
      "-0.01",
      "1.2245679",
      "-0.01",
      "0",
      "0",
      "0",
      "-1000000",
      "transfer:k7",
      "",
      "backing k7: mark 0.0095 sBTC, penalty 0.0005 sBTC",
    ],
    [
      "line",
      "2027-01-15T08:00:01Z",
      "deposit",
      ...position,
      "0.00000005",
      "1.22456795",
      "0.00000005",
      "0",
      "0",
      "0",
      "5",
      "deposit:3",
      "0xab",
      "event 3 of the vault",
    ],
    [
      "closing",
      "2027-01-16T00:00:00Z",
      "",
      ...position,
      "",
      "1.22456795",
      "1.22456794",
      "0",
      "0.00000001",
      "0",
      "",
      "",
      "",
      "",
    ],
    ["check", "", "", "STX", "", "", "0", "0", "", "", "", "", "0", "", "", "0 + 0 = 0 STX"],
    [
      "check",
      "",
      "",
      "sBTC",
      "",
      "",
      "-0.00999995",
      "1.22456795",
      "",
      "",
      "",
      "",
      "-999995",
      "",
      "",
      "1.2345679 + -0.00999995 = 1.22456795 sBTC",
    ],
  ]);
});

test("CSV: whatever a text holds, it is one cell again, and no formula", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }).filter((text) => !/^[a-z]+:\d+$/.test(text)),
      (text) => {
        const rows = cells(statementCsv(statement([{ entryId: text, available: 1n }])));
        expect(new Set(rows.map((row) => row.length))).toEqual(new Set([16]));
        const found = rows.find(([row]) => row === "line")?.[13] as string;
        expect([text, `'${text}`]).toContain(found);
        expect(found).not.toMatch(/^[=+@\t\r]/);
        if (found.startsWith("-")) expect(found).toMatch(/^-\d+(\.\d+)?$/);
      },
    ),
    {
      examples: [
        ["=1+1"],
        ["@SUM(A1)"],
        ["-1+1"],
        ["-1"],
        ["+1"],
        ['a"b,c\r\nd'],
        ["\tx"],
        ["\rx"],
        ["__proto__:1"],
        ["constructor:x"],
      ],
    },
  );
});

test("JSON: base units as strings, times in words, and a check", () => {
  const document = JSON.parse(statementJson(statement([{ entryId: "deposit:3", available: 5n, txId: "0xab" }])));
  expect(document).toMatchObject({
    provider: "ST1",
    period: { from: "2027-01-15T00:00:00Z", to: "2027-01-16T00:00:00Z" },
    status: "provisional",
    asOf: "2027-01-15T08:08:20Z",
    opening: [{ ...place, balance: "123456790", available: "123456789", locked: "1" }],
    lines: [
      {
        ...place,
        at: "2027-01-15T08:00:00Z",
        entryId: "deposit:3",
        kind: "deposit",
        amount: "5",
        balance: "123456795",
        txId: "0xab",
      },
    ],
    closing: [{ balance: "123456795" }],
    checksums: [
      { token: "STX", movements: "0" },
      { token: "sBTC", opening: "123456790", movements: "5", closing: "123456795" },
    ],
  });
});

test("a final statement says that it is final", () => {
  expect(titleOf({ ...statement([]), status: "final" })).toMatch(/by block time\. Final\.$/);
});

test("a file is called by its period", () => {
  expect(fileNameOf(statement([]), "csv")).toBe("statement-2027-01-15-2027-01-16.csv");
  expect(fileNameOf({ from: 1_800_000_000_000, to: 1_800_057_600_000 }, "json")).toBe(
    "statement-2027-01-15T080000Z-2027-01-16.json",
  );
});

const effect = { token: "STX" as const, account: "position" as const, amount: 1n, penalty: 0n };

const CALLED: [string, Partial<Effect>, string, string][] = [
  ["deposit:1", { account: "suspense" }, "deposit", "event 1 of the vault; no commitment claims it"],
  [
    "withdrawal:2",
    { account: "breach", amount: -1n },
    "unauthorised withdrawal",
    "event 2 of the vault; owed to the vault",
  ],
  ["settlement:3", { amount: -1n }, "payout borne", "event 3 of the vault"],
  ["settlement:3", { amount: 0n }, "lock released", "event 3 of the vault"],
  ["settlement:3", { account: "breach" }, "unauthorised settlement", "event 3 of the vault; owed to the vault"],
  ["raise:12:400", {}, "set aside to raise lock", "policy 12"],
  ["earning:12:rest", {}, "premium earned", "policy 12"],
  ["transfer:k", { amount: -1n }, "mark paid", "backing k"],
  ["transfer:k", {}, "mark received", "backing k"],
  ["unreserve:5", {}, "withdrawal not paid", "authorisation 5 expired or was revoked"],
  ["correction:k", { account: "breach" }, "breach made good", "correction k by an admin"],
  ["correction:k", { amount: -1n }, "taken for a breach", "correction k by an admin"],
  ["novelty:k:1", {}, "novelty", "k:1"],
  ["constructor:1", {}, "constructor", "1"],
  ["odd", {}, "odd", ""],
];

test("an entry is called by its cause, and an unknown one by its own words", () => {
  for (const [entryId, change, kind, note] of CALLED)
    expect([entryId, describeEntry({ ...effect, entryId, ...change })]).toEqual([entryId, { kind, note }]);
});

test("only an event of the vault has a number there", () => {
  expect(
    ["deposit:7", "withdrawal:7", "settlement:7", "lock:7", "release:7", "premium:7", "surplus:7"].map(sequenceOf),
  ).toEqual(Array(7).fill(7n));
  expect(
    ["reserve:7", "earning:7:8", "deposit:x", "deposit", "backing:7", "insured surplus:7"].map(sequenceOf),
  ).toEqual(Array(6).fill(null));
});
