/** How the CLI reads and shows prices and times, and what it says of policies and proofs. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDollars, showDollars } from "../../src/cli/words/dollars";
import { parseDuration, parseMoment, showDuration, showMoment } from "../../src/cli/words/moments";
import { type Policy, payoutsOf, policyInWords, type Quote, quoteInWords } from "../../src/cli/words/policies";
import { differencesOf, failuresOf, type ProofRow } from "../../src/cli/words/proof";
import { showRate } from "../../src/cli/words/rates";
import type { Outcome } from "../../src/domain/refusal";

const read = <T>(outcome: Outcome<T>) => (outcome.ok ? outcome.value : outcome.refusal.code);

test("a price that is shown is read as itself, and has at least its cents", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }), (usdMicros) => {
      const shown = showDollars(usdMicros);
      expect(shown).toMatch(/^\$(0|[1-9]\d*)\.\d{2,6}$/);
      expect(read(parseDollars(shown))).toBe(usdMicros);
    }),
  );
  expect(showDollars(8_300_500_000n)).toBe("$8300.50");
  expect(showDollars(123_456n)).toBe("$0.123456");
  expect(read(parseDollars("8300.5"))).toBe(8_300_500_000n);
});

test.each([
  ["", "PRICE_NOT_A_NUMBER"],
  ["-1", "PRICE_NOT_A_NUMBER"],
  ["1e3", "PRICE_NOT_A_NUMBER"],
  ["1,000", "PRICE_NOT_A_NUMBER"],
  ["$", "PRICE_NOT_A_NUMBER"],
  ["1.1234567", "PRICE_TOO_PRECISE"],
  ["0", "PRICE_OUT_OF_RANGE"],
  ["9223372036854.775808", "PRICE_OUT_OF_RANGE"],
])('"%s" is no price: %s', (text, code) => {
  expect(read(parseDollars(text))).toBe(code);
});

test("a duration is the sum of its parts", () => {
  const part = fc.tuple(fc.integer({ min: 1, max: 900 }), fc.constantFrom("d", "h", "m", "s"));
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
      let seconds = 0;
      for (const [count, unit] of parts) {
        if (unit === "d") seconds += count * 24 * 60 * 60;
        else if (unit === "h") seconds += count * 60 * 60;
        else if (unit === "m") seconds += count * 60;
        else seconds += count;
      }
      expect(read(parseDuration(parts.map(([count, unit]) => `${count}${unit}`).join("")))).toBe(seconds);
    }),
  );
  expect(showDuration(86_400 + 12 * 3_600 + 5)).toBe("1d 12h");
  expect(showDuration(0)).toBe("0s");
});

test.each([
  ["", "NOT_A_DURATION"],
  ["30", "NOT_A_DURATION"],
  ["1.5h", "NOT_A_DURATION"],
  ["-1h", "NOT_A_DURATION"],
  ["1w", "NOT_A_DURATION"],
  ["0d", "DURATION_OUT_OF_RANGE"],
  ["11575d", "DURATION_OUT_OF_RANGE"],
  ["99999999999999999999d", "DURATION_OUT_OF_RANGE"],
])('"%s" is no duration: %s', (text, code) => {
  expect(read(parseDuration(text))).toBe(code);
});

test("a moment is one of RFC 3339 with its zone, or so long after now, in whole seconds", () => {
  const now = Date.UTC(2026, 0, 31, 12, 0, 0, 999);
  expect(read(parseMoment("2026-01-31T12:00:00Z", now))).toBe(Date.UTC(2026, 0, 31, 12));
  expect(read(parseMoment("2026-01-31T12:00:00+02:00", now))).toBe(Date.UTC(2026, 0, 31, 10));
  expect(read(parseMoment("1d", now))).toBe(Date.UTC(2026, 1, 1, 12));
  expect(showMoment(now)).toBe("2026-01-31 12:00:00 UTC");
  for (const text of ["2026-01-31", "2026-01-31T12:00:00", "2026-13-31T12:00:00Z", "2026-01-31T12:00:00.5Z", "soon"]) {
    expect(read(parseMoment(text, now))).toBe("NOT_A_MOMENT");
  }
  expect(read(parseMoment("0s", now))).toBe("DURATION_OUT_OF_RANGE");
});

test("rates are rounded down to a hundredth of a percent", () => {
  expect([1_000_000, 572_599, 99, 0].map(showRate)).toEqual(["100%", "57.25%", "0%", "0%"]);
});

/** Half an sBTC at 8,000 dollars: down to 4,000 it pays in full, which is half an sBTC. */
const quote: Quote = {
  underlying: "BTC",
  tier: "Balanced",
  token: "sBTC",
  strikeUsdMicros: 8_000_000_000n,
  quantity: 50_000_000n,
  expiresAt: Date.UTC(2026, 0, 31),
  premium: 1_500_000n,
  fairValue: 1_200_000n,
  lock: 25_000_000n,
  coverage: 50_000_000n,
  floorPriceUsdMicros: 4_000_000_000n,
  breakEvenUsdMicros: 7_766_990_291n,
  volatility: 600_000,
  priceUsdMicros: 8_000_000_000n,
  pricePublishedAt: 0,
  asOf: 0,
};

test("a quote says what it pays: in full down to the floor, below it no more tokens", () => {
  const [below, floor, half] = payoutsOf(quote);
  expect(below).toMatchObject({ priceUsdMicros: 7_200_000_000n, payout: 5_555_555n, worthUsdMicros: 399_999_960n });
  // Half of the fall from 8,000 to 4,000, in dollars.
  expect(floor).toMatchObject({ payout: 50_000_000n, worthUsdMicros: 2_000_000_000n });
  expect(half).toMatchObject({ payout: 50_000_000n, worthUsdMicros: 1_000_000_000n });
  const words = quoteInWords(quote).join("\n");
  for (const fact of ["0.5 sBTC", "$8000.00", "2026-01-31", "0.015 sBTC", "$7766.990291", "$4000.00", "60%"]) {
    expect(words).toContain(fact);
  }
});

test("a policy's outcome says what was paid, and what of it was missing", () => {
  const policy = { ...quote, status: "settled" } as unknown as Policy;
  const outcome = { priceUsdMicros: 4_000_000_000n, payout: 50_000_000n, missing: 0n };
  expect(policyInWords({ ...policy, outcome })).toBe("settled: 0.5 sBTC at $4000.00");
  const short = policyInWords({ ...policy, outcome: { ...outcome, missing: 10_000_000n } });
  expect(short).toBe("settled: 0.4 sBTC at $4000.00, 0.1 sBTC less than owed");
  expect(policyInWords({ ...policy, status: "active", outcome: null })).toBe("active: covered");
});

const proof: ProofRow = {
  token: "STX",
  holds: true,
  held: 120n,
  counted: 100n,
  booked: 90n,
  pending: 10n,
  locks: { counted: 40n, booked: 30n, pending: 10n },
  surplus: 20n,
  sequence: 7n,
  blockHeight: 12,
  asOf: 0,
};
const seen = { token: "STX" as const, held: 120n, counted: 100n, locked: 40n, sequence: 7n };

test("a proof that the chain bears out has no differences; each figure that it doesn't is one", () => {
  expect(failuresOf([proof])).toEqual([]);
  expect(failuresOf([])).toHaveLength(1);
  expect(failuresOf([proof, { ...proof, holds: false, held: 99n }])).toEqual([
    "The vault holds 99 base units of STX but counts 100.",
  ]);
  expect(differencesOf([proof], [seen])).toEqual([]);
  expect(differencesOf([], [seen])).toEqual(["The backend proves nothing about STX."]);
  expect(differencesOf([proof], [{ ...seen, held: 119n }])).toHaveLength(1);
  expect(differencesOf([proof], [{ ...seen, locked: 41n }])).toHaveLength(2);
  expect(differencesOf([proof], [{ ...seen, sequence: 8n }])).toHaveLength(1);
  // One that agrees with the chain and still does not add up is not believed for saying that it holds.
  expect(differencesOf([{ ...proof, booked: 89n }], [seen])).toHaveLength(1);
  expect(differencesOf([{ ...proof, held: 99n }], [{ ...seen, held: 99n }])).toHaveLength(1);
  expect(differencesOf([{ ...proof, locks: { ...proof.locks, booked: 29n } }], [seen])).toHaveLength(1);
});
