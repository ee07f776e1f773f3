/**
 * Which positions stand behind a policy, and each with how much of it.
 *
 * The least-utilised positions share a policy, so that its risk is spread and evens out over the tier; only if 32 of them
 * can't cover it, the largest free ones are asked. Every share is at least the tier's minimum backing, unless one position
 * takes all. So a lock is possible exactly if so many positions as minimum backings fit into it have room for it together.
 */
import { lockNeed } from "./health";
import { type PolicyRules, type Put, WHOLE } from "./policies";
import { accept, type Outcome, refuse } from "./refusal";
import { splitByShare } from "./shares";
import type { Tier } from "./tiers";
import { formatAmount, type Token } from "./tokens";

/** Of the least-utilised positions, as many are looked at, and a policy is shared by so many where there are. */
export const LEAST_UTILIZED = 32;
const SPREAD = 8;
/** Of the largest free ones; the most backings that a policy can have. */
export const LARGEST = 256;
/** So many policies stand behind one position at most: what health reads of it stays small. */
export const MAX_POLICIES_OF_POSITION = 100;

/** What decides about new policies behind a position. Amounts in base units. */
export interface Taker {
  available: bigint;
  reserved: bigint;
  locked: bigint;
  acceptingPolicies: boolean;
  policies: number;
  healthStatus: "Healthy" | "Warning" | "MarginCall" | "Liquidating";
}

/** Kept with a position, so that an index finds it. */
export interface Standing {
  /** Whether it can take a policy at all. */
  takesPolicies: boolean;
  /** What is reserved or locked of it, in millionths, rounded up. */
  utilization: number;
  /** What it may lock beside what it has, base units, rounded down. */
  freeForPolicies: bigint;
}

/** What the tier's rules let a position do. What an open withdrawal has reserved counts as used. */
export function standingOf(taker: Taker, rules: Pick<PolicyRules, "maxUtilization" | "minimumBacking">): Standing {
  const { available, reserved, locked } = taker;
  const used = reserved + locked;
  const total = available + used;
  const below = (total * BigInt(rules.maxUtilization)) / BigInt(WHOLE) - used;
  const allowed = below < available ? below : available;
  const freeForPolicies = allowed > 0n ? allowed : 0n;
  const isOpen = taker.acceptingPolicies && taker.healthStatus === "Healthy";
  return {
    takesPolicies: isOpen && taker.policies < MAX_POLICIES_OF_POSITION && freeForPolicies >= rules.minimumBacking,
    utilization: total === 0n ? 0 : Number((used * BigInt(WHOLE) + total - 1n) / total),
    freeForPolicies,
  };
}

/** A policy, or what is passed on of one, at a price. */
export interface Offer {
  put: Put;
  lock: bigint;
  priceUsdMicros: bigint;
}

/** Of what health lets go, a policy takes so many millionth parts for each part of its lock, and some units for rounding. */
interface Strain {
  need: bigint;
  rounding: bigint;
}

/**
 * What a share of a policy asks of a position beyond its lock: null where it needs no more than it locks, as each policy
 * does when it is sold. One that has lost in value since asks for more, and its shares may be rounded up.
 */
function strainOf({ put, lock, priceUsdMicros }: Offer, rules: AllocationRules): Strain | null {
  if (put.coverage === lock) return null;
  const need = lockNeed(put, priceUsdMicros, rules.warningBuffer, rules.floorRate);
  const rounding = 2n * (need / put.quantity + 1n) + 1n;
  const least = lock < rules.minimumBacking ? lock : rules.minimumBacking;
  return (lock - need) * least >= rounding * lock ? null : { need: need > lock ? need : lock, rounding };
}

type AllocationRules = Pick<PolicyRules, "minimumBacking" | "warningBuffer" | "floorRate">;

/**
 * How much of the lock a position can take over and be Healthy with.
 * @param spare what it has beyond the needs of its policies, base units
 */
export function healthyRoom(spare: bigint, offer: Offer, rules: AllocationRules): bigint {
  const strain = strainOf(offer, rules);
  if (strain === null) return spare;
  const room = ((spare - strain.rounding) * offer.lock) / strain.need;
  return room > 0n ? room : 0n;
}

/** A position that may be put behind a policy. */
export interface Candidate<Id extends string = string> {
  id: Id;
  /** The most that it can lock for it: at least the minimum backing. */
  room: bigint;
}

/** One position's part of a policy: over all parts, each comes to the policy's. */
export interface Part<Id extends string = string> {
  id: Id;
  lock: bigint;
  quantity: bigint;
  coverage: bigint;
}

export interface Demand {
  put: Pick<Put, "quantity" | "coverage">;
  lock: bigint;
  minimumBacking: bigint;
}

const roomOf = (candidates: Candidate[]) => candidates.reduce((sum, { room }) => sum + room, 0n);

/** How many positions may share it: no part is smaller than the minimum backing, or protects nothing. */
function mostParts({ put, lock, minimumBacking }: Demand): number {
  const fitting = lock / minimumBacking < put.quantity ? lock / minimumBacking : put.quantity;
  return fitting < 1n ? 1 : Number(fitting < BigInt(LARGEST) ? fitting : BigInt(LARGEST));
}

/** The first of the candidates that can cover it together, at least so many where there are; null if all can't. */
function firstThatCover<Id extends string>(demand: Demand, candidates: Candidate<Id>[], least: number) {
  const asked = candidates.slice(0, mostParts(demand));
  let room = 0n;
  for (const [n, candidate] of asked.entries()) {
    room += candidate.room;
    const count = n + 1;
    if (room >= demand.lock && (count >= least || count === asked.length)) return asked.slice(0, count);
  }
  return null;
}

/** Everybody gets `least`, and of the rest by weight. */
function splitAbove(total: bigint, least: bigint, shares: { id: string; weight: bigint }[]): Map<string, bigint> {
  const rest = total - least * BigInt(shares.length);
  const above = rest === 0n ? new Map<string, bigint>() : splitByShare(rest, shares);
  return new Map(shares.map(({ id }) => [id, least + (above.get(id) ?? 0n)]));
}

/**
 * Divides a policy among positions that have room for it: the minimum backing to each, the rest of the lock by what room
 * they have beyond it, which no share can exceed; quantity and coverage by lock.
 */
function divide<Id extends string>({ put, lock, minimumBacking }: Demand, chosen: Candidate<Id>[]): Part<Id>[] {
  const least = chosen.length === 1 ? lock : minimumBacking;
  const beyond = chosen.map(({ id, room }) => ({ id, weight: room - least }));
  const locks = splitAbove(lock, least, beyond);
  const byLock = [...locks].map(([id, weight]) => ({ id, weight }));
  const quantities = splitAbove(put.quantity, 1n, byLock);
  const coverages = splitByShare(put.coverage, byLock);
  const of = (parts: Map<string, bigint>, id: string) => parts.get(id) ?? 0n;
  return chosen.map(({ id }) => ({
    id,
    lock: of(locks, id),
    quantity: of(quantities, id),
    coverage: of(coverages, id),
  }));
}

/** Among the least-utilised candidates, in that order; null if these can't cover it. */
export function shareAmongLeastUtilized<Id extends string>(
  demand: Demand,
  candidates: Candidate<Id>[],
): Part<Id>[] | null {
  const chosen = firstThatCover(demand, candidates.slice(0, LEAST_UTILIZED), SPREAD);
  return chosen && divide(demand, chosen);
}

/** Largest first, ties by id: the order in which as few as possible cover a policy. */
export function largestFirst<Id extends string>(candidates: Candidate<Id>[]): Candidate<Id>[] {
  const order = (one: Candidate, other: Candidate) => {
    if (one.room !== other.room) return one.room > other.room ? -1 : 1;
    return one.id < other.id ? -1 : 1;
  };
  return [...candidates].sort(order).slice(0, LARGEST);
}

/** The largest lock that one policy can get of these. */
export function largestLock(candidates: Candidate[]): bigint {
  return roomOf(largestFirst(candidates));
}

/**
 * Among the largest candidates, as few as can cover it.
 * Refuses TIER_UNAVAILABLE {max, below?, above?}: `max` is the largest lock that fits now; where more than this one would
 * fit, but its parts would be too small, `below` and `above` are the nearest that do.
 */
export function shareAmongLargest<Id extends string>(
  demand: Demand & { tier: Tier; token: Token },
  candidates: Candidate<Id>[],
): Outcome<Part<Id>[]> {
  const sorted = largestFirst(candidates);
  const chosen = firstThatCover(demand, sorted, 1);
  return chosen ? accept(divide(demand, chosen)) : unavailable(demand, sorted);
}

function unavailable({ tier, token, ...demand }: Demand & { tier: Tier; token: Token }, sorted: Candidate[]) {
  const shown = (lock: bigint) => `${formatAmount(lock, token)} ${token}`;
  const max = roomOf(sorted);
  if (demand.lock > max) {
    const most = max > 0n ? `can lock at most ${shown(max)} for one policy now` : "takes no policies now";
    return refuse("TIER_UNAVAILABLE", `${tier} ${most}. Choose less, another tier, or try again later.`, { max });
  }
  const parts = mostParts(demand);
  const below = roomOf(sorted.slice(0, parts));
  const above = demand.minimumBacking * BigInt(parts + 1);
  const message = `What is free in ${tier} lies in small parts: a policy can lock up to ${shown(below)} of them, or from ${shown(above)} on, but not this. Choose less or more.`;
  return refuse("TIER_UNAVAILABLE", message, { max, below, above });
}
