import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_AMOUNT, parseAmount, TOKENS } from "../../src/domain/tokens";
import { isUnfinished, readableAmount } from "../../src/web/amounts/typing";
import { checkDeposit, maximumDeposit } from "../../src/web/commitments/depositDraft";
import { checkWithdrawalDraft, maximumWithdrawal } from "../../src/web/withdrawals/withdrawalDraft";

test.each(["", " ", "0", "0.", "0.00", "."])("%j may still become an amount", (text) => {
  expect(isUnfinished(text)).toBe(true);
});

test.each(["1", "0.5", "0.01", "-", "x", "1."])("%j can be judged", (text) => {
  expect(isUnfinished(text)).toBe(false);
});

test("thousands are set apart, decimals are not", () => {
  expect(readableAmount(99_999_994_998_896n, "STX")).toBe("99,999,994.998896");
  expect(readableAmount(1_000_000_000n, "STX")).toBe("1,000");
  expect(readableAmount(999_000_000n, "STX")).toBe("999");
  expect(readableAmount(1n, "sBTC")).toBe("0.00000001");
});

test("a readable amount is the exact amount", () => {
  fc.assert(
    fc.property(fc.bigInt(1n, MAX_AMOUNT), fc.constantFrom(...TOKENS), (amount, token) => {
      const typed = readableAmount(amount, token).replaceAll(",", "");
      expect(parseAmount(typed, token)).toEqual({ ok: true, value: amount });
    }),
  );
});

const codeOf = (outcome: ReturnType<typeof checkDeposit>) => (outcome.ok ? outcome.value : outcome.refusal.code);

test.each([
  ["1", "STX", null, 1_000_000n],
  ["0.999999", "STX", null, "AMOUNT_BELOW_MINIMUM"],
  ["0.0001", "sBTC", 10_000n, 10_000n],
  ["0.00009999", "sBTC", null, "AMOUNT_BELOW_MINIMUM"],
  ["1.0000001", "STX", null, "AMOUNT_TOO_PRECISE"],
  ["1,5", "STX", null, "AMOUNT_NOT_A_NUMBER"],
  ["0.0001", "sBTC", 9_999n, "WALLET_HOLDS_LESS"],
  ["4.99", "STX", 5_000_000n, 4_990_000n],
  ["4.990001", "STX", 5_000_000n, "WALLET_HOLDS_LESS"],
] as const)("depositing %s %s from a wallet with %s: %s", (amountText, token, balance, expected) => {
  expect(codeOf(checkDeposit({ token, amountText }, balance))).toBe(expected);
});

test("the most that can be deposited leaves room for the fee of an STX deposit, and is never below zero", () => {
  expect(maximumDeposit("STX", 5_000_000n)).toBe(4_990_000n);
  expect(maximumDeposit("STX", 5_000n)).toBe(0n);
  expect(maximumDeposit("sBTC", 5_000n)).toBe(5_000n);
});

const position = { token: "STX" as const, available: 8_000_000n, reserved: 2_500_000n, total: 10_500_000n };

test.each([
  ["8", 8_000_000n],
  ["8.000001", "WITHDRAWAL_ABOVE_MAXIMUM"],
  ["2.5", 2_500_000n],
  ["0", "AMOUNT_NOT_POSITIVE"],
])("withdrawing %s of 8 free and 2.5 reserved STX: %s", (text, expected) => {
  expect(codeOf(checkWithdrawalDraft(text, position))).toBe(expected);
});

test("an open withdrawal can be finished even when nothing else is free", () => {
  const drained = { ...position, available: 0n, total: 2_500_000n };
  expect(maximumWithdrawal(drained)).toBe(2_500_000n);
  expect(codeOf(checkWithdrawalDraft("2.5", drained))).toBe(2_500_000n);
  expect(codeOf(checkWithdrawalDraft("2", drained))).toBe("WITHDRAWAL_ABOVE_MAXIMUM");
  expect(maximumWithdrawal(position)).toBe(8_000_000n);
});

test("a withdrawal leaves nothing or at least the minimum", () => {
  const free = { token: "STX" as const, available: 3_000_000n, reserved: 0n, total: 3_000_000n };
  expect(codeOf(checkWithdrawalDraft("2.5", free))).toBe("REMAINDER_BELOW_MINIMUM");
  expect(codeOf(checkWithdrawalDraft("3", free))).toBe(3_000_000n);
});
