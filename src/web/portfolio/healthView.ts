/**
 * A position's health moved forward to the price of now, by the code that decides it in the books. The status itself is
 * what the books have: only a good price, judged there, changes it.
 */
import { type Missing, missingCapital } from "../../domain/cure";
import { collateralization, type HealthStatus, statusAt, type Triggers, triggersOf } from "../../domain/health";
import { type PolicyRules, WHOLE } from "../../domain/policies";
import type { Position } from "./portfolioData";

export type HealthFacts = Pick<
  Position,
  | "token"
  | "tier"
  | "available"
  | "healthStatus"
  | "collateralizationRatio"
  | "triggerPriceUsdMicros"
  | "betterAtUsdMicros"
  | "dueAt"
  | "isStuck"
  | "exposures"
  | "asOf"
>;

export type HealthRules = Pick<PolicyRules, "warningBuffer" | "marginCallBuffer" | "liquidationBuffer" | "floorRate">;

/** A price at which the status changes. */
export interface Turn {
  priceUsdMicros: bigint;
  becomes: HealthStatus;
  /** From the price of now, by it, millionths: negative is below. Null without a price. */
  away: number | null;
}

export interface HealthView {
  status: HealthStatus;
  /** Millionths: capital by what its policies need before a margin call; null: they need nothing, or no price is known. */
  ratio: number | null;
  worse: Turn | null;
  better: Turn | null;
  /** The prices of the three states by nothing but the need; null while the tier's rules are not known. */
  triggers: Triggers | null;
  /** What it lacks; null where it lacks nothing, or that can't be told. */
  missing: Missing | null;
  /** What it would be at the price of now, where the books don't have it yet. */
  coming: HealthStatus | null;
}

/** @param price good, micro-dollars; null: there is none */
export function viewHealth(facts: HealthFacts, rules: HealthRules | null, price: bigint | null): HealthView {
  const { healthStatus: status, exposures, available } = facts;
  const triggers = rules && exposures.length > 0 ? triggersOf(exposures, available, rules) : null;
  const at = (known: bigint) => (triggers ? statusAt(status, triggers, known) : status);
  /** @param usual what follows by itself, where the rules are not known or have just changed */
  const turn = (priceUsdMicros: bigint | null, usual: HealthStatus): Turn | null => {
    if (priceUsdMicros === null) return null;
    const told = at(priceUsdMicros);
    const becomes = told === status ? usual : told;
    return { priceUsdMicros, becomes, away: price === null ? null : awayFrom(priceUsdMicros, price) };
  };
  const now = price === null ? status : at(price);
  const ratio = rules && price !== null ? collateralization(exposures, available, price, rules) : null;
  return {
    status,
    ratio: ratio ?? facts.collateralizationRatio,
    worse: turn(facts.triggerPriceUsdMicros, worseThan(status)),
    better: turn(facts.betterAtUsdMicros, "Healthy"),
    triggers,
    missing:
      rules && price !== null && status !== "Healthy" ? missingCapital(exposures, available, price, rules) : null,
    coming: now === status ? null : now,
  };
}

function worseThan(status: HealthStatus): HealthStatus {
  return status === "Healthy" ? "Warning" : status === "Warning" ? "MarginCall" : "Liquidating";
}

/** For reading only: a price by another one. */
function awayFrom(at: bigint, price: bigint): number {
  return Number(((at - price) * BigInt(WHOLE)) / price);
}
