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

/** What stays whatever becomes of open withdrawals: what is reserved may leave at any moment. */
const staying = ({ available, locked }: Place) => available + locked;

const shown = (amount: bigint, token: Token) => `${formatAmount(amount, token)} ${token}`;

const REASONS = {
  available: "The rest is reserved or locked.",
  hold: "The rest has arrived too recently: the tier's minimum hold keeps it for now.",
  health: "The rest is needed by the policies that it stands behind.",
};

/** The most that may go, and what stands in the way of more. */
function departureOf(from: Source, now: number): { max: bigint; binding: keyof typeof REASONS } {
  const held = freeToLeave(from, now);
  if (from.notNeeded < held) return { max: from.notNeeded, binding: "health" };
  return { max: held, binding: held < from.available ? "hold" : "available" };
}

/** Refuses more than is free, and leaving less than the minimum behind: with what is reserved, and once that has left. */
export function checkDeparture(amount: bigint, token: Token, from: Source, now: number): Outcome<bigint> {
  const { max, binding } = departureOf(from, now);
  if (amount > max) {
    const message = `You can move at most ${shown(max, token)} now. ${REASONS[binding]}`;
    return refuse("MOVE_ABOVE_MAXIMUM", message, { max, binding });
  }
  const rest = staying(from) - amount;
  const minimum = from.minimumPosition;
  const tooSmall = (left: bigint) => left > 0n && left < minimum;
  if (tooSmall(rest) || tooSmall(rest + from.reserved)) {
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
