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
  expect(credited(withdrawalEntry(withdrawal, "p"))).toEqual({ vault: 5n, "position/p/reserved": -5n });
});

test("reserving and returning undo each other under different ids", () => {
  const reserved = reserveEntry(9n, "STX", "p", 5n);
  const returned = unreserveEntry(9n, "STX", "p", 5n);
  expect(credited(reserved)).toEqual({ "position/p/available": -5n, "position/p/reserved": 5n });
  expect(credited(returned)).toEqual({ "position/p/available": 5n, "position/p/reserved": -5n });
  expect(reserved.id).not.toBe(returned.id);
});

test("the proof holds with a surplus and fails with a deficit or a drift of one unit", () => {
  const exact = { token: "STX" as const, held: 100n, counted: 100n, booked: 90n, pending: 10n };
  expect(prove(exact)).toMatchObject({ holds: true, surplus: 0n });
  expect(prove({ ...exact, held: 101n })).toMatchObject({ holds: true, surplus: 1n });
  const deficit = prove({ ...exact, held: 99n });
  expect(deficit).toMatchObject({ holds: false, surplus: -1n });
  expect(describeFailure(deficit)).toContain("holds 99");
  const drift = prove({ ...exact, booked: 91n });
  expect(drift).toMatchObject({ holds: false, surplus: 0n });
  expect(describeFailure(drift)).toContain("the books say 91");
});
