import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_AMOUNT, parseAmount, TOKENS } from "../../src/domain/tokens";
import { isPlain, isUnfinished, readableAmount, readTyped } from "../../src/web/amounts/typing";
import { readableDuration } from "../../src/web/amounts/words";

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

test.each([
  ["1,000.5 STX", 1_000_500_000n],
  [" 1000.5 ", 1_000_500_000n],
  ["1,000", 1_000_000_000n],
  ["1 234 567.25", 1_234_567_250_000n],
  ["1\u202f000 stx", 1_000_000_000n],
  ["1'000", 1_000_000_000n],
  ["5STX", 5_000_000n],
  ["1,5", "AMOUNT_NOT_A_NUMBER"],
  ["0,001", "AMOUNT_NOT_A_NUMBER"],
  ["1,0000", "AMOUNT_NOT_A_NUMBER"],
  ["1.000,5", "AMOUNT_NOT_A_NUMBER"],
  ["1,000 000", "AMOUNT_NOT_A_NUMBER"],
  ["1e6", "AMOUNT_NOT_A_NUMBER"],
  ["-5", "AMOUNT_NOT_A_NUMBER"],
  ["five", "AMOUNT_NOT_A_NUMBER"],
  ["STX", "AMOUNT_NOT_A_NUMBER"],
  ["5 sBTC", "OTHER_TOKEN"],
  ["1.0000001 STX", "AMOUNT_TOO_PRECISE"],
  ["\u0000<script>", "AMOUNT_NOT_A_NUMBER"],
] as const)("%j is read as %s", (text, expected) => {
  const read = readTyped(text, "STX");
  expect(read.ok ? read.value : read.refusal.code).toBe(expected);
});

test("what pages show can be pasted back, with its token", () => {
  fc.assert(
    fc.property(fc.bigInt(1n, MAX_AMOUNT), fc.constantFrom(...TOKENS), (amount, token) => {
      expect(readTyped(`${readableAmount(amount, token)} ${token}`, token)).toEqual({ ok: true, value: amount });
    }),
  );
});

test("plain digits need no word of how they were read", () => {
  expect(["1", "1.5", " 2 ", ".", ""].map(isPlain)).toEqual([true, true, true, true, true]);
  expect(["1,000", "1 STX"].map(isPlain)).toEqual([false, false]);
});

test.each([
  [0, "0 seconds"],
  [86_400, "1 day"],
  [90 * 86_400, "90 days"],
  [129_660, "1 day 12 hours"],
  [45.9, "45 seconds"],
])("%i seconds read as %s", (seconds, shown) => {
  expect(readableDuration(seconds)).toBe(shown);
});
