/** Capital that is in, on its way to another tier, or out of suspense into one: how much may go, and what must remain. */
import { freeToLeave, type Hold } from "./holds";
import { accept, type Outcome, refuse } from "./refusal";
import { formatAmount, type Token } from "./tokens";

/** Where capital leaves from or arrives: a position, and the smallest that its tier takes. */
export interface Place {
  available: bigint;
  reserved: bigint;
  locked: bigint;
  hold: Hold;
  minimumPosition: bigint;
}

/** Where capital leaves from. */
export interface Source extends Place {
  /** What of the free part the policies that it stands behind let go. */
  notNeeded: bigint;
}

/** What of a place tells how much stays behind. */
export type Left = Omit<Place, "hold">;

/** What stays whatever becomes of open withdrawals: what is reserved may leave at any moment. */
const staying = ({ available, locked }: Pick<Place, "available" | "locked">) => available + locked;

const shown = (amount: bigint, token: Token) => `${formatAmount(amount, token)} ${token}`;

const REASONS = {
  available: "The rest is reserved or locked.",
  hold: "The rest has arrived too recently: the tier's minimum hold keeps it for now.",
  health: "The rest is needed by the policies that it stands behind.",
  minimum: "More would leave less than the tier's smallest position behind, and all of it can't go right now.",
  capacity: "The tier that it would move to takes no more now.",
};

/** The most that may go, and what stands in the way of more. */
export interface Departure {
  max: bigint;
  binding: keyof typeof REASONS;
}

function departureOf(from: Source, now: number): Departure {
  const held = freeToLeave(from, now);
  if (from.notNeeded < held) return { max: from.notNeeded, binding: "health" };
  return { max: held, binding: held < from.available ? "hold" : "available" };
}

function within({ max, binding }: Departure, room: bigint): Departure {
  return room < max ? { max: room, binding: "capacity" } : { max, binding };
}

/** Refuses more than is free, and leaving less than the minimum behind: with what is reserved, and once that has left. */
export function checkDeparture(amount: bigint, token: Token, from: Source, now: number): Outcome<bigint> {
  return checkLeaving(amount, token, departureOf(from, now), from);
}

/**
 * The most that `checkDeparture` accepts and the tier that it goes to takes; one unit more is refused. Where all of it can go
 * that is all of it, although amounts just below would leave too little behind.
 * @param room what that tier takes, base units
 */
export function quoteDeparture(from: Source, now: number, room: bigint): Departure {
  const limit = within(departureOf(from, now), room);
  if (limit.max <= 0n) return { ...limit, max: 0n };
  if (!leavesTooLittle(limit.max, from)) return limit;
  const max = staying(from) - from.minimumPosition;
  return { max: max > 0n ? max : 0n, binding: "minimum" };
}

/** As `quoteDeparture`, out of suspense, where nothing has to stay. */
export function quoteAssignment(suspense: bigint, room: bigint): Departure {
  return within({ max: suspense, binding: "available" }, room);
}

/** What has to arrive at least, that the position is no smaller than its tier's minimum; 0: any amount. */
export function leastArrival(to: Place): bigint {
  const missing = to.minimumPosition - staying(to);
  return missing > 0n ? missing : 0n;
}

/** Whether too little would stay: with what is reserved, or once that has left. */
function leavesTooLittle(amount: bigint, from: Left): boolean {
  const rest = staying(from) - amount;
  const tooSmall = (left: bigint) => left > 0n && left < from.minimumPosition;
  return tooSmall(rest) || tooSmall(rest + from.reserved);
}

/** As `checkDeparture`, by a quote of before. */
export function checkLeaving(amount: bigint, token: Token, { max, binding }: Departure, from: Left): Outcome<bigint> {
  if (amount > max) {
    const message = `You can move at most ${shown(max, token)} now. ${REASONS[binding]}`;
    return refuse("MOVE_ABOVE_MAXIMUM", message, { max, binding });
  }
  const minimum = from.minimumPosition;
  if (leavesTooLittle(amount, from)) {
    const beside = from.reserved > 0n ? ", whether or not an open withdrawal is paid" : "";
    const message = `Leave at least ${shown(minimum, token)} in the position or nothing${beside}.`;
    return refuse("REMAINDER_BELOW_MINIMUM", message, { minimum, total: staying(from) + from.reserved });
  }
  return accept(amount);
}

/** Refuses what would leave the position smaller than its tier's minimum. */
export function checkArrival(amount: bigint, token: Token, to: Place): Outcome<bigint> {
  const minimum = to.minimumPosition;
  if (staying(to) + amount >= minimum) return accept(amount);
  const missing = minimum - staying(to);
  const message = `A position in that tier holds at least ${shown(minimum, token)}. Choose ${shown(missing, token)} or more.`;
  return refuse("POSITION_BELOW_MINIMUM", message, { minimum, missing });
}

/** Refuses more than what waits in suspense. */
export function checkAssignment(amount: bigint, token: Token, suspense: bigint): Outcome<bigint> {
  if (amount <= suspense) return accept(amount);
  const message = `${shown(suspense, token)} of yours wait in suspense. Assign at most that.`;
  return refuse("ASSIGNMENT_ABOVE_SUSPENSE", message, { max: suspense });
}
