import { expect, test } from "vitest";
import {
  accountName,
  depositEntry,
  makeEntry,
  reserveEntry,
  unreserveEntry,
  withdrawalEntry,
} from "../../src/domain/ledger";
import { describeFailure, prove } from "../../src/domain/proof";

const credited = (entry: ReturnType<typeof makeEntry>) =>
  Object.fromEntries(entry.postings.map(({ account, amount }) => [accountName(account), amount]));

const POSITION = { kind: "position" as const, positionId: "p" };
const SUSPENSE = { kind: "suspense" as const };
const WITHDRAWAL = { authorizationId: 9n, provider: "ST2", token: "STX" as const, amount: 5n, source: POSITION };

test("an unbalanced or empty entry is a bug, not an entry", () => {
  expect(() => makeEntry("x", "STX", [{ account: { kind: "vault" }, amount: 1n }])).toThrow("does not balance");
  expect(() => makeEntry("x", "STX", [{ account: { kind: "vault" }, amount: 0n }])).toThrow("does not balance");
});

test("a deposit credits its commitment and leaves the rest in suspense", () => {
  const deposit = { sequence: 7n, token: "sBTC" as const, amount: 100n, depositor: "ST1" };
  expect(credited(depositEntry(deposit, { positionId: "p", amount: 60n }))).toEqual({
    vault: -100n,
    "position/p/available": 60n,
    "suspense/ST1": 40n,
  });
  expect(credited(depositEntry(deposit, { positionId: "p", amount: 100n }))).toEqual({
    vault: -100n,
    "position/p/available": 100n,
  });
  expect(depositEntry(deposit, null).id).toBe("deposit:7");
});

test("a withdrawal that is not ours is a breach of its withdrawer", () => {
  const withdrawal = { sequence: 8n, token: "STX" as const, amount: 5n, withdrawer: "ST2" };
  expect(credited(withdrawalEntry(withdrawal, null))).toEqual({ vault: 5n, "breach/ST2": -5n });
  expect(credited(withdrawalEntry(withdrawal, WITHDRAWAL))).toEqual({ vault: 5n, "position/p/reserved": -5n });
  const ofSuspense = { ...WITHDRAWAL, source: SUSPENSE };
  expect(credited(withdrawalEntry(withdrawal, ofSuspense))).toEqual({ vault: 5n, "reserved/ST2": -5n });
});

test.each([
  [POSITION, "position/p/available", "position/p/reserved"],
  [SUSPENSE, "suspense/ST2", "reserved/ST2"],
])("reserving and returning %o undo each other under different ids", (source, free, reserve) => {
  const reserved = reserveEntry({ ...WITHDRAWAL, source });
  const returned = unreserveEntry({ ...WITHDRAWAL, source });
  expect(credited(reserved)).toEqual({ [free]: -5n, [reserve]: 5n });
  expect(credited(returned)).toEqual({ [free]: 5n, [reserve]: -5n });
  expect(reserved.id).not.toBe(returned.id);
});

test("the proof holds with a surplus and fails with a deficit or a drift of one unit", () => {
  const locks = { counted: 30n, booked: 35n, pending: -5n };
  const exact = { token: "STX" as const, held: 100n, counted: 100n, booked: 90n, pending: 10n, locks };
  expect(prove(exact)).toMatchObject({ holds: true, surplus: 0n });
  expect(prove({ ...exact, held: 101n })).toMatchObject({ holds: true, surplus: 1n });
  const deficit = prove({ ...exact, held: 99n });
  expect(deficit).toMatchObject({ holds: false, surplus: -1n });
  expect(describeFailure(deficit)).toContain("holds 99");
  const drift = prove({ ...exact, booked: 91n });
  expect(drift).toMatchObject({ holds: false, surplus: 0n });
  expect(describeFailure(drift)).toContain("the books say 91");
  const lock = prove({ ...exact, locks: { ...locks, counted: 31n } });
  expect(lock).toMatchObject({ holds: false, surplus: 0n });
  expect(describeFailure(lock)).toBe(
    "The vault counts 31 base units of STX as locked; the books say 35, with -5 not final yet.",
  );
});
