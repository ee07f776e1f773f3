/** Rules while they are being changed: what was typed, judged by the domain's own check at once. */
import type { PolicyRules } from "../../../domain/policies";
import { checkRules } from "../../../domain/policyRules";
import type { Refusal } from "../../../domain/refusal";
import type { Token } from "../../../domain/tokens";
import { RULE_NAMES, RULES, type RuleName, readRule, typedRule, unitOf } from "./ruleWords";

/** What was typed into a field; null: it is as in force. */
export type RuleTexts = Record<RuleName, string | null>;

export const NOTHING_TYPED = Object.fromEntries(RULE_NAMES.map((name) => [name, null])) as RuleTexts;

export interface RulesDraft {
  changes: Partial<PolicyRules>;
  /** By field; "" is of no single one. */
  problems: Partial<Record<RuleName, string>>;
}

/** The domain's sentence with the page's names, and its limits in the units that are typed. */
function problemOf({ code, message, field, min, max }: Refusal, token: Token): string {
  const name = field as RuleName;
  if (code === "RULES_OUT_OF_RANGE" && typeof min !== "string" && typeof max !== "string" && min !== undefined) {
    const shown = (value: number | bigint) =>
      `${typedRule(name, value, token)}${unitOf(name, token) === "%" ? "%" : ""}`;
    return `It must be from ${shown(min)} to ${shown(max ?? min)}.`;
  }
  return message.replace(/`(\w+)`/g, (_, rule: RuleName) => `“${RULES[rule]?.label ?? rule}”`);
}

export function draftRules(present: PolicyRules, texts: RuleTexts, token: Token): RulesDraft {
  const problems: RulesDraft["problems"] = {};
  const changes: Partial<Record<RuleName, number | bigint>> = {};
  for (const name of RULE_NAMES) {
    const text = texts[name];
    if (text === null) continue;
    const read = readRule(name, text, token);
    if (typeof read === "string") problems[name] = read;
    else if (read !== present[name]) changes[name] = read;
  }
  const checked = checkRules({ ...present, ...(changes as Partial<PolicyRules>) });
  if (!checked.ok) {
    const field = checked.refusal.field as RuleName;
    problems[field] ??= problemOf(checked.refusal, token);
  }
  return { changes: changes as Partial<PolicyRules>, problems };
}
