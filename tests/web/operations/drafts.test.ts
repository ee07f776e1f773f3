/** Terms and rules as they are typed: exact, in units people use, and judged by the domain's own checks. */
import { expect, test } from "vitest";
import { DEFAULT_RULES } from "../../../src/domain/tiers";
import { draftRules, NOTHING_TYPED as NO_RULES, type RuleTexts } from "../../../src/web/operations/tiers/rulesDraft";
import { RULE_NAMES, readRule, typedRule } from "../../../src/web/operations/tiers/ruleWords";
import { draftTerms, NOTHING_TYPED, type TermTexts } from "../../../src/web/operations/tiers/termsDraft";

const TERMS = { capacityLimit: 10_000_000_000_000n, minimumPosition: 1_000_000n, minimumHoldSeconds: 0 };
const terms = (texts: Partial<TermTexts>) => draftTerms(TERMS, { ...NOTHING_TYPED, ...texts }, "STX");
const RULES = DEFAULT_RULES.Balanced.STX;
const rules = (texts: Partial<RuleTexts>) => draftRules(RULES, { ...NO_RULES, ...texts }, "STX");

test("nothing typed changes nothing", () => {
  expect(terms({})).toEqual({ terms: TERMS, isChanged: false, problems: {} });
  expect(rules({})).toEqual({ changes: {}, problems: {} });
  expect(rules({ loading: "25", maxSeconds: "60d" })).toEqual({ changes: {}, problems: {} });
});

test("terms are read in whole tokens and durations", () => {
  expect(terms({ capacityLimit: "12000000.5", minimumHoldSeconds: "1d" }).terms).toEqual({
    ...TERMS,
    capacityLimit: 12_000_000_500_000n,
    minimumHoldSeconds: 86_400,
  });
  expect(terms({ capacityLimit: "any" }).terms.capacityLimit).toBeNull();
  expect(terms({ capacityLimit: "0" }).terms.capacityLimit).toBe(0n);
  expect(terms({ minimumHoldSeconds: "none" }).isChanged).toBe(false);
});

test.each<[Partial<TermTexts>, RegExp]>([
  [{ capacityLimit: "1e6" }, /digits.*any, for no limit/],
  [{ capacityLimit: "1.1234567" }, /at most 6 decimals/],
  [{ minimumPosition: "" }, /digits/],
  [{ minimumPosition: "0" }, /at least 1 base unit/],
  [{ minimumHoldSeconds: "1 fortnight" }, /duration such as/],
  [{ minimumHoldSeconds: "31d" }, /at most 30d/],
])("terms that are none: %j", (texts, problem) => {
  const [field = ""] = Object.keys(texts);
  expect(terms(texts).problems).toEqual({ [field]: expect.stringMatching(problem) });
});

test("each rule reads back as it is typed", () => {
  for (const name of RULE_NAMES) {
    expect([name, readRule(name, typedRule(name, RULES[name], "STX"), "STX")]).toEqual([name, RULES[name]]);
  }
});

test("only what differs is changed", () => {
  expect(rules({ loading: "30", volatility: "90" }).changes).toEqual({ loading: 300_000 });
  expect(rules({ minimumBacking: "2.5" }).changes).toEqual({ minimumBacking: 2_500_000n });
});

test.each<[Partial<RuleTexts>, string, RegExp]>([
  [{ loading: "abc" }, "loading", /percentage of at most 4 decimals/],
  [{ loading: "12.34567" }, "loading", /percentage/],
  [{ loading: "700" }, "loading", /from 0% to 500%/],
  [{ maxSeconds: "400d" }, "maxSeconds", /from 1h to 365d/],
  [{ minStrike: "110" }, "minStrike", /“Lowest strike” must not be above “Highest strike”/],
  [{ initialMargin: "1" }, "initialMargin", /raise “Initial margin”/],
])("rules that are none: %j", (texts, field, problem) => {
  expect(rules(texts).problems).toEqual({ [field]: expect.stringMatching(problem) });
});
