/** What is wrong with a wish is said at its field, by the domain's rules, with a way to mend it. */
import { expect, test } from "vitest";
import { refuse } from "../../../src/domain/refusal";
import { flawsOf } from "../../../src/web/policies/flaws";
import { strikeAt } from "../../../src/web/policies/strikes";
import { checkDraft, expiryOf, localMinute, type WishDraft, wishOf } from "../../../src/web/policies/wish";
import { DAY, draft, known, NOW, rules } from "./policy";

const wishFor = (change: Partial<WishDraft>) => {
  const wanted = { ...draft, ...change };
  return wishOf(wanted, checkDraft(wanted, known));
};
const flawsFor = (change: Partial<WishDraft>, refusal: ReturnType<typeof refuse>["refusal"] | null = null) => {
  const wanted = { ...draft, ...change };
  return flawsOf(wanted, { checked: checkDraft(wanted, known), refusal, rules });
};

test("what is typed is read exactly", () => {
  expect(wishFor({})).toEqual({
    ...{ underlying: "STX", tier: "Balanced", strikeUsdMicros: 1_450_000n, quantity: 1_000_000_000n },
    until: { days: 7 },
  });
  expect(wishFor({ quantityText: " 1,000.000001 ", strikeText: "$1.450001 USD" })).toMatchObject({
    ...{ strikeUsdMicros: 1_450_001n, quantity: 1_000_000_001n },
  });
});

test.each<[Partial<WishDraft>, "quantity" | "strike" | "until", RegExp]>([
  [{ quantityText: "a lot" }, "quantity", /in digits/],
  [{ quantityText: "1.0000001" }, "quantity", /at most 6 decimals/],
  [{ quantityText: "-5" }, "quantity", /in digits/],
  [{ quantityText: "0.1 BTC" }, "quantity", /not of BTC/],
  [{ quantityText: "0.5" }, "quantity", /policies on 1\.999999 STX or more/],
  [{ strikeText: "1e3" }, "strike", /US dollars in digits/],
  [{ strikeText: "1.4500001" }, "strike", /at most 6 decimals/],
  [{ strikeText: "2" }, "strike", /from \$0\.90 to \$1\.575 now/],
  [{ until: "moment", untilText: "" }, "until", /Choose a day/],
  [{ until: "moment", untilText: localMinute(NOW + 70 * DAY) }, "until", /^Balanced sells from .* to /],
])("refused at its field: %o", (change, field, message) => {
  const flaws = flawsFor(change);
  expect(flaws[field]?.message).toMatch(message);
  expect(Object.values(flaws).filter((flaw) => flaw !== null)).toHaveLength(1);
  expect(wishFor(change)).toBeNull();
});

test("nothing typed yet is no mistake, and no wish", () => {
  expect(flawsFor({ quantityText: "", strikeText: "0." })).toMatchObject({ quantity: null, strike: null });
  expect(wishFor({ quantityText: "" })).toBeNull();
});

test("each way out of a refusal is one that is taken", () => {
  for (const change of [
    { strikeText: "2" },
    { strikeText: "0.1" },
    { quantityText: "0.5" },
    { until: "moment" as const, untilText: localMinute(NOW + 70 * DAY) },
    { until: "moment" as const, untilText: localMinute(NOW + DAY / 2) },
  ]) {
    const [flaw] = Object.values(flawsFor(change)).filter((found) => found !== null);
    expect([change, flaw?.remedy]).toEqual([change, expect.objectContaining({ label: expect.any(String) })]);
    expect(wishFor({ ...change, ...flaw?.remedy?.change })).not.toBeNull();
  }
});

test("what only the service knows comes to the field too: the largest quantity whose lock fits", () => {
  const { refusal } = refuse("TIER_UNAVAILABLE", "Balanced can lock at most 30 STX.", { max: 30_000_000n });
  const { tier } = flawsFor({}, refusal);
  // A lock is half of the coverage, and the coverage the quantity: 60 STX.
  expect(tier?.remedy).toEqual({ label: "Use 60 STX, the largest that fits", change: { quantityText: "60" } });
  const none = flawsFor({}, refuse("TIER_UNAVAILABLE", "Takes none.", { max: 0n }).refusal);
  expect(none.tier).toEqual({ message: "Takes none.", remedy: null });
});

test("strikes by the price are ones that people would type, and never above it", () => {
  expect(strikeAt(60_123_456_789n, 100n)).toBe("60123");
  expect(strikeAt(1_234_567n, 90n)).toBe("1.1111");
});

test("a policy for days ends a whole second after the chain's time, not after this machine's", () => {
  expect(expiryOf({ days: 7 }, NOW + 1_234)).toBe(NOW + 1_000 + 7 * DAY);
  expect(expiryOf({ at: NOW }, NOW + 1_234)).toBe(NOW);
});
