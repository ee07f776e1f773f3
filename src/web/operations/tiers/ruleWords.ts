/** The rules of a tier as an admin reads and types them: what each is called, what it means, in which unit. */

import { parseDuration } from "../../../domain/durations";
import type { PolicyRules } from "../../../domain/policies";
import { formatRate, parseRate } from "../../../domain/rates";
import { formatAmount, parseAmount, type Token } from "../../../domain/tokens";

export type RuleName = keyof PolicyRules;
type Unit = "rate" | "duration" | "amount";

interface RuleWords {
  label: string;
  meaning: string;
  unit: Unit;
}

const rate = (label: string, meaning: string): RuleWords => ({ label, meaning, unit: "rate" });
const duration = (label: string, meaning: string): RuleWords => ({ label, meaning, unit: "duration" });

export const RULES: Record<RuleName, RuleWords> = {
  minimumBacking: {
    label: "Minimum backing",
    meaning: "The least that one position puts behind one policy.",
    unit: "amount",
  },
  maxUtilization: rate("Maximum utilisation", "Of one position: reserved and locked by total, at most."),
  initialMargin: rate("Initial margin", "Lock at the sale, by coverage."),
  minStrike: rate("Lowest strike", "Of the price when the policy is sold."),
  maxStrike: rate("Highest strike", "Of the price when the policy is sold."),
  floor: rate("Floor", "The floor price by the strike."),
  minSeconds: duration("Shortest policy", "Such as 1h or 1d."),
  maxSeconds: duration("Longest policy", "Such as 30d or 8w."),
  volatility: rate("Least volatility", "Annual, that policies are priced with."),
  loading: rate("Loading", "On top of the fair value."),
  insuranceShare: rate("Insurance's share", "Of a premium."),
  feeShare: rate("Fees' share", "Of a premium."),
  warningBuffer: rate("Warning buffer", "Above intrinsic value: below it a position is no longer Healthy."),
  marginCallBuffer: rate("Margin call buffer", "Above intrinsic value: below it a position is in a margin call."),
  liquidationBuffer: rate("Liquidation buffer", "Above intrinsic value: below it is below the hard floor."),
  floorRate: rate("Least need", "A position needs at least this part of the strike, whatever the price."),
  penalty: rate("Penalty", "Of the collateral that a transfer at mark frees, to insurance."),
};
export const RULE_NAMES = Object.keys(RULES) as RuleName[];

const SPANS = [
  ["w", 604_800],
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
] as const;

/** Seconds as they are typed, exactly: 5184000 is "60d". */
export function typedDuration(seconds: number): string {
  const [unit, size] = SPANS.find(([name, span]) => name !== "w" && seconds % span === 0) ?? ["s", 1];
  return `${seconds / size}${unit}`;
}

export function unitOf(name: RuleName, token: Token): string {
  return { rate: "%", duration: "", amount: token }[RULES[name].unit];
}

/** A rule's value as it is typed; its unit stands beside it. */
export function typedRule(name: RuleName, value: number | bigint, token: Token): string {
  switch (RULES[name].unit) {
    case "rate":
      return formatRate(Number(value));
    case "duration":
      return typedDuration(Number(value));
    case "amount":
      return formatAmount(BigInt(value), token);
  }
}

/** What was typed; a text: what is wrong with it. */
export function readRule(name: RuleName, text: string, token: Token): number | bigint | string {
  switch (RULES[name].unit) {
    case "rate":
      return parseRate(`${text}%`) ?? `Type a percentage of at most 4 decimals, such as 12.5, not “${text}”.`;
    case "duration":
      return parseDuration(text) ?? `Type a duration such as 15m, 12h or 30d, not “${text}”.`;
    case "amount": {
      const parsed = parseAmount(text, token);
      return parsed.ok ? parsed.value : parsed.refusal.message;
    }
  }
}
