/**
 * A policy is a cash-settled put: its buyer is owed (strike - price) x quantity / price of the underlying's own token, at
 * most the coverage, if the price is below the strike when it is exercised or expires.
 *
 * Prices are bigint micro-dollars for one whole unit of the underlying; quantities, premiums, locks and coverages are base
 * units of its token; rates are whole millionths.
 */
import type { Tier } from "./tiers";
import type { Token } from "./tokens";

export const UNDERLYINGS = ["BTC", "STX"] as const;
/** What a policy protects the price of. */
export type Underlying = (typeof UNDERLYINGS)[number];

/** What a policy's premium, collateral and payout are in: the underlying itself, on Stacks. */
export const TOKEN_OF: Record<Underlying, Token> = { BTC: "sBTC", STX: "STX" };
export const UNDERLYING_OF: Record<Token, Underlying> = { sBTC: "BTC", STX: "STX" };

/** 100%, in millionths. */
export const WHOLE = 1_000_000;

/** What a put pays for: the part of a policy that does not change, of which a backing has its share. */
export interface Put {
  strikeUsdMicros: bigint;
  /** Base units protected. */
  quantity: bigint;
  /** The most that it may ever hold and pay, base units. */
  coverage: bigint;
}

/** A policy as its buyer and its backings know it. */
export interface PolicyTerms extends Put {
  underlying: Underlying;
  tier: Tier;
  /** Down to this price the coverage pays in full. */
  floorPriceUsdMicros: bigint;
  premium: bigint;
  /** Locked at its sale, base units. */
  lock: bigint;
  /** Unix seconds of block time. */
  expiresAt: number;
}

/** How the tier writes policies in one token; rates in millionths. Defaults and what they mean: `tiers.ts`. */
export interface PolicyRules {
  /** The least that one position puts behind one policy, base units of lock. */
  minimumBacking: bigint;
  /** Of one position: reserved and locked by total, at most, once a policy is allocated. */
  maxUtilization: number;
  /** Lock at the sale, by coverage. */
  initialMargin: number;
  /** Of the price when the policy is sold. */
  minStrike: number;
  maxStrike: number;
  /** The floor price by the strike. */
  floor: number;
  minSeconds: number;
  maxSeconds: number;
  /** The least annual volatility that policies are priced with. */
  volatility: number;
  /** On top of the fair value. */
  loading: number;
  /** Of a premium; the rest is its backings'. */
  insuranceShare: number;
  feeShare: number;
  /** What a position needs above intrinsic value, below which it is no longer Healthy, in MarginCall, and below the hard floor. */
  warningBuffer: number;
  marginCallBuffer: number;
  liquidationBuffer: number;
  /** A position needs at least this part of the strike, whatever the price. */
  floorRate: number;
  /** Of the collateral that a transfer at mark frees, to insurance. */
  penalty: number;
}
