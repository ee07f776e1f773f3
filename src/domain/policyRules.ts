/** Which rules of a tier are rules: each within its range, and none against another. */

import { type PolicyRules, WHOLE } from "./policies";
import { YEAR_SECONDS } from "./premium";
import { accept, type Outcome, refuse } from "./refusal";
import { MAX_AMOUNT } from "./tokens";

/** Wide enough for any market, narrow enough that a digit too many is noticed. */
const RANGES: Record<Exclude<keyof PolicyRules, "minimumBacking">, { min: number; max: number }> = {
  maxUtilization: { min: 0, max: WHOLE },
  initialMargin: { min: 10_000, max: WHOLE },
  minStrike: { min: 100_000, max: 2 * WHOLE },
  maxStrike: { min: 100_000, max: 2 * WHOLE },
  floor: { min: 50_000, max: 950_000 },
  minSeconds: { min: 3_600, max: YEAR_SECONDS },
  maxSeconds: { min: 3_600, max: YEAR_SECONDS },
  volatility: { min: 100_000, max: 5 * WHOLE },
  loading: { min: 0, max: 5 * WHOLE },
  insuranceShare: { min: 0, max: 500_000 },
  feeShare: { min: 0, max: 500_000 },
  warningBuffer: { min: 0, max: 2 * WHOLE },
  marginCallBuffer: { min: 0, max: 2 * WHOLE },
  liquidationBuffer: { min: 0, max: 2 * WHOLE },
  floorRate: { min: 0, max: 500_000 },
  penalty: { min: 0, max: 500_000 },
};

/** The first of each must not be above the second. */
const ORDERED: [keyof typeof RANGES, keyof typeof RANGES][] = [
  ["minStrike", "maxStrike"],
  ["minSeconds", "maxSeconds"],
  ["liquidationBuffer", "marginCallBuffer"],
  ["marginCallBuffer", "warningBuffer"],
];

/** Refuses RULES_OUT_OF_RANGE {field, min, max}, RULES_CONTRADICT {field, other}. */
export function checkRules(rules: PolicyRules): Outcome<PolicyRules> {
  const { minimumBacking } = rules;
  if (minimumBacking < 1n || minimumBacking > MAX_AMOUNT) return outOfRange("minimumBacking", 1n, MAX_AMOUNT);
  for (const field of Object.keys(RANGES) as (keyof typeof RANGES)[]) {
    const { min, max } = RANGES[field];
    const value = rules[field];
    if (!Number.isInteger(value) || value < min || value > max) return outOfRange(field, min, max);
  }
  for (const [field, other] of ORDERED) {
    if (rules[field] > rules[other]) return contradiction(field, other, `\`${field}\` must not be above \`${other}\`.`);
  }
  if (rules.floor * rules.maxStrike >= WHOLE * WHOLE) {
    const message =
      "The floor price of the highest strike must be below the price at the sale: lower `floor` or `maxStrike`.";
    return contradiction("floor", "maxStrike", message);
  }
  if (!isHealthyAfterSale(rules)) {
    const message =
      "What is locked at a sale must be what the backing needs at the warning buffer: raise `initialMargin`.";
    return contradiction("initialMargin", "warningBuffer", message);
  }
  return accept(rules);
}

function outOfRange(field: string, min: number | bigint, max: number | bigint) {
  const message = `\`${field}\` must be a whole number from ${min} to ${max}.`;
  return refuse("RULES_OUT_OF_RANGE", message, { field, min, max });
}

function contradiction(field: string, other: string, message: string) {
  return refuse("RULES_CONTRADICT", message, { field, other });
}

/**
 * Whether the lock of a sale, at the price of that sale and at the highest strike that the tier allows, is at least what
 * its backing needs to be Healthy. Lower strikes need less. A lock of all the coverage is always enough.
 */
function isHealthyAfterSale(rules: PolicyRules): boolean {
  if (rules.initialMargin === WHOLE) return true;
  const [whole, margin, floor] = [BigInt(WHOLE), BigInt(rules.initialMargin), BigInt(rules.floor)];
  const [strike, buffer, floorRate] = [BigInt(rules.maxStrike), BigInt(rules.warningBuffer), BigInt(rules.floorRate)];
  const intrinsic = strike > whole ? (strike - whole) * (whole + buffer) : 0n;
  const least = floorRate * strike;
  // By quantity, in millionths of millionths: the lock is margin x (1 - floor) / floor.
  return margin * (whole - floor) * whole >= (intrinsic > least ? intrinsic : least) * floor;
}
