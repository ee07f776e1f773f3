/**
 * How much more capital ends what health says of a position at a price that stays as it is. Prices in micro-dollars, amounts
 * in base units.
 */
import { capitalOf, type Exposure, needOf, RECOVERY } from "./health";
import { type PolicyRules, WHOLE } from "./policies";

type CureRules = Pick<PolicyRules, "warningBuffer" | "marginCallBuffer" | "floorRate">;

/** The lowest price that a trigger may not reach, that what began at it has ended at `price`. */
function endedAt(price: bigint): bigint {
  return (price * BigInt(WHOLE) - 1n) / BigInt(WHOLE + RECOVERY) + 1n;
}

/** Base units that a position which is not Healthy lacks; 0 where it lacks none. */
export interface Missing {
  /** With so much more a margin call is over, and so is a liquidation. */
  toEndCall: bigint;
  /** With so much more it is Healthy. */
  toBeHealthy: bigint;
}

/** Each is the least that is enough: with one unit less the state stays as it is. */
export function missingCapital(
  exposures: Exposure[],
  available: bigint,
  price: bigint,
  { warningBuffer, marginCallBuffer, floorRate }: CureRules,
): Missing {
  const capital = capitalOf(available, exposures);
  const short = (buffer: number) => {
    const missing = needOf(exposures, endedAt(price), buffer, floorRate) - capital;
    return missing > 0n ? missing : 0n;
  };
  return { toEndCall: short(marginCallBuffer), toBeHealthy: short(warningBuffer) };
}
