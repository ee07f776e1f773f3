/** Risk tiers and the terms that capital meets in them. */
import type { PolicyRules } from "./policies";
import { accept, type Outcome, refuse } from "./refusal";
import { MAX_AMOUNT, type Token } from "./tokens";

export const TIERS = ["Conservative", "Balanced", "Aggressive"] as const;
export type Tier = (typeof TIERS)[number];

/** The smallest commitment, and the smallest position that may stay behind, base units: below it fees eat the money. */
export const MINIMUM_POSITION: Record<Token, bigint> = { STX: 1_000_000n, sBTC: 10_000n };

/** What a tier asks of capital in one token. */
export interface TierTerms {
  /** The most capital that the tier takes, base units; null: any. */
  capacityLimit: bigint | null;
  /** The smallest commitment, and the smallest position that may stay behind, base units. */
  minimumPosition: bigint;
  /** How long capital stays once it has arrived, seconds of block time. */
  minimumHoldSeconds: number;
}

const DAY = 86_400;
const STX = 1_000_000n;
const SBTC = 100_000_000n;

/**
 * The terms of a new deployment; an operator can change each (`convex/tiers`). Capacity falls with risk, as losses of one
 * tier must stay small beside the pool. Only Aggressive capital has to stay for a day: what its policies cover is sold on
 * the strength of it, and it must not leave at the first move of the market.
 */
export const DEFAULT_TERMS: Record<Tier, Record<Token, TierTerms>> = {
  Conservative: {
    STX: { capacityLimit: 20_000_000n * STX, minimumPosition: MINIMUM_POSITION.STX, minimumHoldSeconds: 0 },
    sBTC: { capacityLimit: 400n * SBTC, minimumPosition: MINIMUM_POSITION.sBTC, minimumHoldSeconds: 0 },
  },
  Balanced: {
    STX: { capacityLimit: 10_000_000n * STX, minimumPosition: MINIMUM_POSITION.STX, minimumHoldSeconds: 0 },
    sBTC: { capacityLimit: 200n * SBTC, minimumPosition: MINIMUM_POSITION.sBTC, minimumHoldSeconds: 0 },
  },
  Aggressive: {
    STX: { capacityLimit: 5_000_000n * STX, minimumPosition: MINIMUM_POSITION.STX, minimumHoldSeconds: DAY },
    sBTC: { capacityLimit: 100n * SBTC, minimumPosition: MINIMUM_POSITION.sBTC, minimumHoldSeconds: DAY },
  },
};

/**
 * What all tiers have in common. Cover of less than a day is a bet on the next tick. Down to half of the strike a policy
 * pays in full: below that the token that it pays in is what has failed. Of a premium 10% builds the insurance that stands
 * behind every shortfall, 5% runs the service. 2% of the strike is what a day's move can cost whoever stands behind a policy
 * that is not in the money yet. The penalty is more than any margin call costs to answer, and less than being left behind.
 */
const COMMON_RULES = {
  minSeconds: DAY,
  floor: 500_000,
  insuranceShare: 100_000,
  feeShare: 50_000,
  floorRate: 20_000,
  penalty: 50_000,
};

/** What differs by token. Volatility is what calm years had: realised figures take over when the market is not calm. */
const TOKEN_RULES = {
  STX: { minimumBacking: MINIMUM_POSITION.STX, volatility: 900_000 },
  sBTC: { minimumBacking: MINIMUM_POSITION.sBTC, volatility: 600_000 },
};

/**
 * How policies are written behind each tier by a new deployment; an operator can change all of it (`convex/tiers`).
 * Conservative capital stands in full behind what it covers, so it can never fall short, needs no buffers, and may sell for
 * longer. The others lock a part (a fall by a third for Balanced, by a fifth for Aggressive, from a strike at the price),
 * keep the rest of the capital free to add to it, and are paid more for that. The less is locked, the nearer to the strike
 * capital falls short, and the more of a policy's worth is then still time: so Aggressive keeps larger buffers, is called
 * earlier and sells for shorter, that what is left covers the mark at which others take over.
 */
export const DEFAULT_RULES: Record<Tier, Record<Token, PolicyRules>> = rulesByToken({
  Conservative: {
    ...COMMON_RULES,
    maxUtilization: 900_000,
    initialMargin: 1_000_000,
    minStrike: 500_000,
    maxStrike: 1_000_000,
    maxSeconds: 90 * DAY,
    loading: 150_000,
    warningBuffer: 0,
    marginCallBuffer: 0,
    liquidationBuffer: 0,
  },
  Balanced: {
    ...COMMON_RULES,
    maxUtilization: 600_000,
    initialMargin: 500_000,
    minStrike: 600_000,
    maxStrike: 1_050_000,
    maxSeconds: 60 * DAY,
    loading: 250_000,
    warningBuffer: 300_000,
    marginCallBuffer: 150_000,
    liquidationBuffer: 50_000,
  },
  Aggressive: {
    ...COMMON_RULES,
    maxUtilization: 500_000,
    initialMargin: 250_000,
    minStrike: 700_000,
    maxStrike: 1_100_000,
    maxSeconds: 30 * DAY,
    loading: 400_000,
    warningBuffer: 400_000,
    marginCallBuffer: 200_000,
    liquidationBuffer: 100_000,
  },
});

function rulesByToken(
  rules: Record<Tier, Omit<PolicyRules, "minimumBacking" | "volatility">>,
): Record<Tier, Record<Token, PolicyRules>> {
  const ofTier = (tier: Tier): Record<Token, PolicyRules> => ({
    STX: { ...rules[tier], ...TOKEN_RULES.STX },
    sBTC: { ...rules[tier], ...TOKEN_RULES.sBTC },
  });
  return { Conservative: ofTier("Conservative"), Balanced: ofTier("Balanced"), Aggressive: ofTier("Aggressive") };
}

/** Longer than a market stays upset; a mistyped hold must not trap what arrives under it. */
const LONGEST_HOLD_SECONDS = 30 * DAY;

/** Refuses TERMS_OUT_OF_RANGE {field, min, max}. A capacity of 0 closes the tier to new capital; nobody has to leave. */
export function checkTerms(terms: TierTerms): Outcome<TierTerms> {
  const ranges = [
    { field: "capacityLimit", value: terms.capacityLimit ?? 0n, min: 0n, max: MAX_AMOUNT },
    { field: "minimumPosition", value: terms.minimumPosition, min: 1n, max: MAX_AMOUNT },
    { field: "minimumHoldSeconds", value: terms.minimumHoldSeconds, min: 0, max: LONGEST_HOLD_SECONDS },
  ];
  for (const { field, value, min, max } of ranges) {
    if (value >= min && value <= max && (typeof value === "bigint" || Number.isInteger(value))) continue;
    const message = `\`${field}\` must be a whole number from ${min} to ${max}.`;
    return refuse("TERMS_OUT_OF_RANGE", message, { field, min, max });
  }
  return accept(terms);
}

/**
 * How much more capital a tier takes, base units, given what is in it and what is held for commitments. Without a limit it
 * ends where the books do, so that no sum of promises is more than they can hold.
 */
export function tierRoom(capacityLimit: bigint | null, taken: { capital: bigint; held: bigint }): bigint {
  const room = (capacityLimit ?? MAX_AMOUNT) - taken.capital - taken.held;
  return room > 0n ? room : 0n;
}

/** 100% of utilisation. */
const UTILIZATION_SCALE = 1_000_000n;

/** The part of a tier's capital that is locked, in millionths, rounded up: what is almost full never looks free. */
export function utilization(locked: bigint, capital: bigint): number {
  return capital === 0n ? 0 : Number((locked * UTILIZATION_SCALE + capital - 1n) / capital);
}

/** The pockets of a position that its tier's metrics are a fold of. */
export interface PositionBalances {
  available: bigint;
  reserved: bigint;
  locked: bigint;
}

/** What something that happened to one position adds to its tier's metrics; negative where it takes away. */
export interface TierChange {
  capital: bigint;
  locked: bigint;
  /** 1 when the position is no longer empty, -1 when it has become empty. */
  providers: number;
  /** Yield credited. What leaves a position's yield was accrued all the same, so this is never negative. */
  yieldAccrued: bigint;
}

const capitalOf = ({ available, reserved, locked }: PositionBalances) => available + reserved + locked;
const counted = (capital: bigint) => (capital > 0n ? 1 : 0);

/** The change of a tier by one of its positions that went from one state to another, while yield was credited to it. */
export function tierChange(before: PositionBalances, after: PositionBalances, yieldAccrued: bigint): TierChange {
  return {
    capital: capitalOf(after) - capitalOf(before),
    locked: after.locked - before.locked,
    providers: counted(capitalOf(after)) - counted(capitalOf(before)),
    yieldAccrued,
  };
}

/** What two changes of one tier come to. */
export function addTierChanges(a: TierChange | undefined, b: TierChange): TierChange {
  if (a === undefined) return b;
  return {
    capital: a.capital + b.capital,
    locked: a.locked + b.locked,
    providers: a.providers + b.providers,
    yieldAccrued: a.yieldAccrued + b.yieldAccrued,
  };
}

export function parseTier(text: string): Outcome<Tier> {
  const tier = TIERS.find((known) => known === text);
  return tier
    ? accept(tier)
    : refuse("UNKNOWN_TIER", `There is no tier "${text}". Use "Conservative", "Balanced" or "Aggressive".`);
}
