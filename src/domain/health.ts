/**
 * What a position needs to stand behind its policies, and at which prices that is more than it has.
 *
 * The need falls as the price of the underlying rises, so each state has one trigger price: the highest at which the
 * position is in it. What is locked behind one policy can't serve another, so a policy never needs less than its lock.
 * Prices in micro-dollars for a whole token, amounts in base units of the token, rates in millionths.
 */
import { type PolicyRules, type Put, WHOLE } from "./policies";

/** A position's share of one policy. */
export interface Exposure extends Put {
  policyId: bigint;
  /** Locked for it of this position, or on the way there. */
  lock: bigint;
  /** Unix seconds of block time. */
  expiresAt: number;
}

export const HEALTH_STATUSES = ["Healthy", "Warning", "MarginCall", "Liquidating"] as const;
export type HealthStatus = (typeof HEALTH_STATUSES)[number];

/** Above every price; what is worse than need be at every price triggers here. */
export const HIGHEST_PRICE = 2n ** 63n - 1n;
/** Below every price: never. */
export const NEVER = 0n;

/** The capital of a position that its policies can count on: what is free, and what stands behind them. */
export function capitalOf(available: bigint, exposures: Exposure[]): bigint {
  return exposures.reduce((sum, { lock }) => sum + lock, available);
}

/** The exposures with one more: shares of one policy are one. */
export function joined(exposures: Exposure[], added: Exposure): Exposure[] {
  const known = exposures.find(({ policyId }) => policyId === added.policyId);
  if (!known) return [...exposures, added];
  const sum = {
    ...known,
    quantity: known.quantity + added.quantity,
    coverage: known.coverage + added.coverage,
    lock: known.lock + added.lock,
  };
  return exposures.map((exposure) => (exposure === known ? sum : exposure));
}

/** One policy's need as a function of the price: min(coverage, max(lock, ceil(max(slope, floor) / price))). */
interface Curve {
  /** (strike - price) x (1 + buffer) x quantity is `atZero` - price x `fall`, in millionths. */
  atZero: bigint;
  fall: bigint;
  /** Floor rate x strike x quantity, in millionths. */
  least: bigint;
  lock: bigint;
  coverage: bigint;
}

const MILLION = BigInt(WHOLE);

type Locked = Put & Pick<Exposure, "lock">;

function curveOf({ strikeUsdMicros, quantity, coverage, lock }: Locked, buffer: number, floorRate: number): Curve {
  const fall = quantity * BigInt(WHOLE + buffer);
  return {
    atZero: strikeUsdMicros * fall,
    fall,
    least: BigInt(floorRate) * strikeUsdMicros * quantity,
    lock,
    coverage,
  };
}

/** Rounded up. */
function needAt({ atZero, fall, least, lock, coverage }: Curve, price: bigint): bigint {
  const slope = atZero - price * fall;
  const worth = slope > least ? slope : least;
  const divisor = price * MILLION;
  const needed = (worth + divisor - 1n) / divisor;
  if (needed >= coverage) return coverage;
  return needed > lock ? needed : lock;
}

const sumAt = (curves: Curve[], price: bigint) => curves.reduce((sum, curve) => sum + needAt(curve, price), 0n);

const curvesOf = (exposures: Exposure[], buffer: number, floorRate: number) =>
  exposures
    .filter(({ quantity, coverage }) => quantity > 0n && coverage > 0n)
    .map((exposure) => curveOf(exposure, buffer, floorRate));

/** What all policies of a position need at a price, base units, each rounded up and none above its coverage. */
export function needOf(exposures: Exposure[], price: bigint, buffer: number, floorRate: number): bigint {
  return sumAt(curvesOf(exposures, buffer, floorRate), price);
}

/** The least lock that one policy needs at a price, whatever it has; rounded up, at most its coverage. */
export function lockNeed(put: Put, price: bigint, buffer: number, floorRate: number): bigint {
  return needAt(curveOf({ ...put, lock: 0n }, buffer, floorRate), price);
}

/** What a position has beyond what its policies need to leave it Healthy; 0 where it has less. */
export function spareOf(
  exposures: Exposure[],
  available: bigint,
  price: bigint,
  { warningBuffer, floorRate }: HealthRules,
): bigint {
  const spare = capitalOf(available, exposures) - needOf(exposures, price, warningBuffer, floorRate);
  return spare > 0n ? spare : 0n;
}

/** The highest price at which one policy needs more than its lock; `NEVER` once that is all it may ever hold. */
export function lockTrigger(exposure: Exposure, buffer: number, floorRate: number): bigint {
  return exposure.lock >= exposure.coverage ? NEVER : reach(curveOf(exposure, buffer, floorRate), exposure.lock);
}

/** The highest price at which a policy's worth asks for more than an amount, if nothing limits it. */
function reach({ atZero, fall, least }: Curve, amount: bigint): bigint {
  const divisor = amount * MILLION;
  const bySlope = (atZero - 1n) / (divisor + fall);
  if (least === 0n) return bySlope;
  const byFloor = divisor === 0n ? HIGHEST_PRICE : (least - 1n) / divisor;
  return byFloor > bySlope ? byFloor : bySlope;
}

/**
 * The highest price at which the capital is less than the need; `NEVER` if it always suffices.
 *
 * It lies between the prices at which all policies need their coverage and at which none needs more than its lock. Between
 * two kinks of the policies' curves the need is linear in 1 / price but for its rounding, so the kinks are searched first,
 * then a line tells the price to within a unit a policy, and what is left is halved.
 */
export function triggerPrice(exposures: Exposure[], capital: bigint, buffer: number, floorRate: number): bigint {
  const curves = curvesOf(exposures, buffer, floorRate);
  if (curves.reduce((sum, { coverage }) => sum + coverage, 0n) <= capital) return NEVER;
  const kinks = curves.flatMap(kinksOf).sort((one, other) => (one < other ? -1 : one > other ? 1 : 0));
  let low = pointAt(curves, kinks[0] || 1n);
  if (low.need <= capital) return NEVER;
  let high = pointAt(curves, smallest([HIGHEST_PRICE, (kinks.at(-1) ?? NEVER) + 1n]));
  if (high.need > capital) return HIGHEST_PRICE;
  const look = (price: bigint) => {
    if (price <= low.price || price >= high.price) return;
    const point = pointAt(curves, price);
    if (point.need > capital) low = point;
    else high = point;
  };
  for (let [from, to] = [0, kinks.length - 1]; from <= to; ) {
    const middle = (from + to) >> 1;
    look(kinks[middle] as bigint);
    if ((kinks[middle] as bigint) <= low.price) from = middle + 1;
    else to = middle - 1;
  }
  const rounding = BigInt(curves.length);
  look(meeting(low, high, capital + rounding));
  look(meeting(low, high, capital - rounding));
  while (high.price - low.price > 1n) look((low.price + high.price) / 2n);
  return low.price;
}

/** The prices at which a policy's need stops to follow one line: at its coverage, its lock, and its floor. */
function kinksOf(curve: Curve): bigint[] {
  const { atZero, fall, least, lock, coverage } = curve;
  return [reach(curve, coverage - 1n), reach(curve, lock), (atZero - least) / fall];
}

interface Point {
  price: bigint;
  need: bigint;
}

const pointAt = (curves: Curve[], price: bigint): Point => ({ price, need: sumAt(curves, price) });
const smallest = (prices: bigint[]) => prices.reduce((least, price) => (price < least ? price : least));
const largest = (prices: bigint[]) => prices.reduce((most, price) => (price > most ? price : most), NEVER);

/** The price between two where a line in 1 / price through both points meets an amount. */
function meeting(low: Point, high: Point, amount: bigint): bigint {
  const divisor = (amount - high.need) * high.price + (low.need - amount) * low.price;
  return divisor <= 0n ? NEVER : ((low.need - high.need) * low.price * high.price) / divisor;
}

/** The highest price at which each state holds, by nothing but the need. */
export interface Triggers {
  warning: bigint;
  marginCall: bigint;
  liquidation: bigint;
}

type HealthRules = Pick<PolicyRules, "warningBuffer" | "marginCallBuffer" | "liquidationBuffer" | "floorRate">;

export function triggersOf(exposures: Exposure[], available: bigint, rules: HealthRules): Triggers {
  const capital = capitalOf(available, exposures);
  const at = (buffer: number) => triggerPrice(exposures, capital, buffer, rules.floorRate);
  return {
    warning: at(rules.warningBuffer),
    marginCall: at(rules.marginCallBuffer),
    liquidation: at(rules.liquidationBuffer),
  };
}

/** A state ends only at a price that is so much above the one that it began at, so that a nervous market changes nothing. */
export const RECOVERY = 20_000;

/** The highest price at which a state that has begun still lasts. */
function lasting(trigger: bigint): bigint {
  return smallest([HIGHEST_PRICE - 1n, (trigger * BigInt(WHOLE + RECOVERY)) / MILLION]);
}

/**
 * The state at a price, after another. A position that is being liquidated stays so until it would not even be called;
 * the rest of a MarginCall, its hour, is the caller's.
 */
export function statusAt(current: HealthStatus, triggers: Triggers, price: bigint): HealthStatus {
  const { warning, marginCall, liquidation } = triggers;
  const called = current === "MarginCall" || current === "Liquidating";
  if (price <= liquidation || (current === "Liquidating" && price <= lasting(marginCall))) return "Liquidating";
  if (price <= (called ? lasting(marginCall) : marginCall)) return "MarginCall";
  return price <= (current === "Healthy" ? warning : lasting(warning)) ? "Warning" : "Healthy";
}

/** The highest price at which the state gets worse, and the lowest at which it gets better (null: it can't). */
export interface Bounds {
  worseAt: bigint;
  betterAt: bigint | null;
}

export function boundsOf(status: HealthStatus, { warning, marginCall, liquidation }: Triggers): Bounds {
  switch (status) {
    case "Healthy":
      return { worseAt: largest([warning, marginCall, liquidation]), betterAt: null };
    case "Warning":
      return { worseAt: largest([marginCall, liquidation]), betterAt: lasting(warning) + 1n };
    case "MarginCall":
      return { worseAt: liquidation, betterAt: lasting(marginCall) + 1n };
    case "Liquidating":
      return { worseAt: NEVER, betterAt: lasting(marginCall) + 1n };
  }
}

/** Capital by need at the margin call's buffer, in millionths, rounded down; null where nothing is needed. */
export function collateralization(
  exposures: Exposure[],
  available: bigint,
  price: bigint,
  rules: HealthRules,
): number | null {
  const need = needOf(exposures, price, rules.marginCallBuffer, rules.floorRate);
  return need === 0n ? null : Number((capitalOf(available, exposures) * MILLION) / need);
}
