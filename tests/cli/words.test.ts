/** What the CLI says of policies and proofs. */
import { expect, test } from "vitest";
import { type Policy, payoutsOf, policyInWords, type Quote, quoteInWords } from "../../src/cli/words/policies";
import { differencesOf, failuresOf, type ProofRow } from "../../src/cli/words/proof";
import { shownDuration } from "../../src/domain/durations";

test("a duration shows its two largest units", () => {
  expect([86_400 + 12 * 3_600 + 5, 45, 3_600, 0, -1].map(shownDuration)).toEqual(["1d 12h", "45s", "1h", "0s", "0s"]);
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
  for (const fact of ["0.5 sBTC", "8000 USD", "2026-01-31", "0.015 sBTC", "7766.990291 USD", "4000 USD", "60%"]) {
    expect(words).toContain(fact);
  }
});

test("a policy's outcome says what was paid, and what of it was missing", () => {
  const policy = { ...quote, status: "settled" } as unknown as Policy;
  const outcome = { priceUsdMicros: 4_000_000_000n, payout: 50_000_000n, missing: 0n };
  expect(policyInWords({ ...policy, outcome })).toBe("settled: 0.5 sBTC at 4000 USD");
  const short = policyInWords({ ...policy, outcome: { ...outcome, missing: 10_000_000n } });
  expect(short).toBe("settled: 0.4 sBTC at 4000 USD, 0.1 sBTC less than owed");
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
