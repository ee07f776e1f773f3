import fc from "fast-check";
import { expect, test } from "vitest";
import { checkAmount, formatAmount, MAX_AMOUNT, parseAmount, parseToken, TOKENS } from "../../src/domain/tokens";

test("an amount that is shown and typed again is the same amount, to the base unit", () => {
  fc.assert(
    fc.property(fc.bigInt(1n, MAX_AMOUNT), fc.constantFrom(...TOKENS), (amount, token) => {
      expect(parseAmount(formatAmount(amount, token), token)).toEqual({ ok: true, value: amount });
    }),
  );
});

test.each([
  ["1.5", "STX", 1_500_000n],
  ["1.50000000", "sBTC", 150_000_000n],
  ["0.00000001", "sBTC", 1n],
  [" 7. ", "STX", 7_000_000n],
] as const)("%s %s", (text, token, amount) => {
  expect(parseAmount(text, token)).toEqual({ ok: true, value: amount });
});

test.each([
  ["", "AMOUNT_NOT_A_NUMBER"],
  ["1,5", "AMOUNT_NOT_A_NUMBER"],
  ["1e3", "AMOUNT_NOT_A_NUMBER"],
  ["-1", "AMOUNT_NOT_A_NUMBER"],
  ["0x10", "AMOUNT_NOT_A_NUMBER"],
  [".5", "AMOUNT_NOT_A_NUMBER"],
  ["1.2345678", "AMOUNT_TOO_PRECISE"],
  ["0", "AMOUNT_NOT_POSITIVE"],
  ["0.000000", "AMOUNT_NOT_POSITIVE"],
  ["9223372036854.775808", "AMOUNT_TOO_LARGE"],
])("%j is refused: %s", (text, code) => {
  expect(parseAmount(text, "STX")).toMatchObject({ ok: false, refusal: { code } });
});

test("amounts run from 1 to 2^63 - 1", () => {
  expect(checkAmount(1n).ok && checkAmount(MAX_AMOUNT).ok).toBe(true);
  expect(checkAmount(0n)).toMatchObject({ refusal: { code: "AMOUNT_NOT_POSITIVE" } });
  expect(checkAmount(-1n)).toMatchObject({ refusal: { code: "AMOUNT_NOT_POSITIVE" } });
  expect(checkAmount(MAX_AMOUNT + 1n)).toMatchObject({ refusal: { code: "AMOUNT_TOO_LARGE", max: MAX_AMOUNT } });
});

test("a token is named exactly", () => {
  expect(parseToken("sBTC")).toEqual({ ok: true, value: "sBTC" });
  expect(parseToken("SBTC")).toMatchObject({ refusal: { code: "UNKNOWN_TOKEN" } });
});

test("a negative amount keeps its sign and its digits", () => {
  expect(formatAmount(-1n, "STX")).toBe("-0.000001");
  expect(formatAmount(-100_000_000n, "sBTC")).toBe("-1");
});
