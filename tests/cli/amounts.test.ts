/** What people type: read exactly, or refused in a sentence; never rounded, never guessed. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  amountOf,
  dateOf,
  durationOf,
  idOf,
  momentOf,
  priceOf,
  shownAmount,
  shownPrice,
  switchOf,
  tierOf,
  tokenOf,
} from "../../src/cli/amounts";
import { Failure } from "../../src/cli/errors";
import { DECIMALS, TOKENS } from "../../src/domain/tokens";

const token = fc.constantFrom(...TOKENS);
const amount = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n });

test("what is shown can be typed again, with its unit or without", () => {
  fc.assert(
    fc.property(amount, token, (base, unit) => {
      const shown = shownAmount(base, unit);
      expect(amountOf(shown, unit)).toBe(base);
      expect(amountOf(shown.split(" ")[0] as string, unit)).toBe(base);
    }),
  );
  fc.assert(
    fc.property(amount, (micros) => {
      expect(priceOf(shownPrice(micros))).toBe(micros);
    }),
  );
});

test("an amount is its digits without the point, filled up to the token's decimals", () => {
  const digits = fc.stringMatching(/^\d{1,6}$/);
  fc.assert(
    fc.property(digits, digits, token, (whole, fraction, unit) => {
      const naive = BigInt(whole) * 10n ** BigInt(DECIMALS[unit]) + BigInt(fraction.padEnd(DECIMALS[unit], "0"));
      fc.pre(naive > 0n);
      expect(amountOf(`${whole}.${fraction}`, unit)).toBe(naive);
    }),
  );
});

test.each<[string, () => unknown, string]>([
  ["too many decimals", () => amountOf("1.0000001", "STX"), "AMOUNT_TOO_PRECISE"],
  ["a negative amount", () => amountOf("-5", "STX"), "AMOUNT_NOT_A_NUMBER"],
  ["not a number", () => amountOf("NaN", "sBTC"), "AMOUNT_NOT_A_NUMBER"],
  ["an exponent", () => amountOf("1e3", "STX"), "AMOUNT_NOT_A_NUMBER"],
  ["a separator", () => amountOf("1,000", "STX"), "AMOUNT_NOT_A_NUMBER"],
  ["nothing", () => amountOf("", "STX"), "AMOUNT_NOT_A_NUMBER"],
  ["zero", () => amountOf("0.0", "STX"), "AMOUNT_NOT_POSITIVE"],
  ["more than int64", () => amountOf("9223372036854.775808", "STX"), "AMOUNT_TOO_LARGE"],
  ["another token's amount", () => amountOf("5 STX", "sBTC"), "OTHER_TOKEN"],
  ["another token", () => tokenOf("DOGE"), "UNKNOWN_TOKEN"],
  ["another tier", () => tierOf("Reckless"), "UNKNOWN_TIER"],
  ["another setting", () => switchOf("maybe"), "UNKNOWN_SETTING"],
  ["a price with too many decimals", () => priceOf("1.0000001"), "PRICE_TOO_PRECISE"],
  ["a price of nothing", () => priceOf("0"), "PRICE_OUT_OF_RANGE"],
  ["a negative price", () => priceOf("-1"), "PRICE_NOT_A_NUMBER"],
  ["a duration without a unit", () => durationOf("30"), "DURATION_NOT_UNDERSTOOD"],
  ["no time at all", () => durationOf("0d"), "DURATION_NOT_UNDERSTOOD"],
  ["a day that is none", () => dateOf("2026-02-30"), "DATE_NOT_UNDERSTOOD"],
  ["a moment without its zone", () => dateOf("2026-02-28T12:00"), "DATE_NOT_UNDERSTOOD"],
  ["words for a date", () => momentOf("tomorrow", 0), "DATE_NOT_UNDERSTOOD"],
  ["an id of 0", () => idOf("0"), "ID_NOT_UNDERSTOOD"],
  ["an id beyond int64", () => idOf("9223372036854775808"), "ID_NOT_UNDERSTOOD"],
])("refused: %s", (_, read, code) => {
  expect(read).toThrow(expect.objectContaining({ kind: "usage", code }));
  expect(read).toThrow(Failure);
});

test("letters large and small name the same; dates are UTC, durations count from now", () => {
  expect([tokenOf("SBTC"), tokenOf("stx"), tierOf("balanced"), switchOf("OFF")]).toEqual([
    "sBTC",
    "STX",
    "Balanced",
    false,
  ]);
  expect(dateOf("2026-01-31")).toBe(Date.UTC(2026, 0, 31));
  expect(dateOf("2026-01-31T01:00:00+01:00")).toBe(Date.UTC(2026, 0, 31));
  expect(momentOf("12h", 1_000)).toBe(1_000 + 12 * 3_600_000);
  expect([durationOf("90s"), durationOf("15m"), durationOf("30d"), durationOf("2w")]).toEqual([
    90, 900, 2_592_000, 1_209_600,
  ]);
});
