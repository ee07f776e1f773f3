/** How much a provider can withdraw now, and which limit says so. */
import { accept, type Outcome, refuse } from "./refusal";
import { checkAmount, formatAmount, type Token } from "./tokens";

/** An authorisation can be used for one hour of block time. */
export const AUTHORIZATION_SECONDS = 3_600n;

export interface WithdrawalRoom {
  token: Token;
  /** The position's free part and its whole. */
  available: bigint;
  total: bigint;
  /** Of the free part, what the tier's minimum hold lets go. */
  notOnHold: bigint;
  /** And what its policies let go: without them all of it. */
  notNeeded: bigint;
  /** The tier's smallest position: what stays behind is nothing or at least this. */
  minimumPosition: bigint;
  /** The vault's own balance less what is locked, and less what unexpired authorisations may still take. */
  vaultFree: bigint;
  /** What the vault's outflow cap lets through now, less unexpired authorisations. */
  outflowRoom: bigint;
}

export type Binding = "available" | "hold" | "health" | "vault" | "outflow" | "minimum";

export interface WithdrawalQuote {
  /** The largest amount that is accepted now, 0 if none is; one unit more is refused. */
  max: bigint;
  /** What stands in the way of more; of several that stand at the same amount, the first in the order of `Binding`. */
  binding: Binding;
}

/** What may leave if nothing had to stay behind; below 0 where more is promised than there is. */
function leastLimit({ available, notOnHold, notNeeded, vaultFree, outflowRoom }: WithdrawalRoom): WithdrawalQuote {
  const limits: WithdrawalQuote[] = [
    { max: available, binding: "available" },
    { max: notOnHold, binding: "hold" },
    { max: notNeeded, binding: "health" },
    { max: vaultFree, binding: "vault" },
    { max: outflowRoom, binding: "outflow" },
  ];
  return limits.reduce((least, limit) => (limit.max < least.max ? limit : least));
}

/**
 * The largest amount that `checkWithdrawal` accepts. Where all of it can go that is all of it, although amounts just
 * below would leave too little behind and are refused; else what stays behind is at least the minimum.
 */
export function quoteWithdrawal(room: WithdrawalRoom): WithdrawalQuote {
  const limit = leastLimit(room);
  if (limit.max <= 0n) return { max: 0n, binding: limit.binding };
  const rest = room.total - limit.max;
  if (rest === 0n || rest >= room.minimumPosition) return limit;
  const max = room.total - room.minimumPosition;
  return { max: max > 0n ? max : 0n, binding: "minimum" };
}

const REASONS: Record<Binding, string> = {
  available: "The rest is reserved or locked.",
  hold: "The rest has arrived too recently: the tier's minimum hold keeps it for now.",
  health: "The rest is needed by the policies that it stands behind.",
  vault: "More is not free in the vault right now. Try a smaller amount, or again later.",
  outflow: "The vault's outflow cap lets no more through right now; it refills with every Bitcoin block.",
  minimum: "More would leave less than the tier's smallest position behind, and all of it can't go right now.",
};

/** Refuses zero, more than the quote, and an exit that would leave less than the minimum position behind. */
export function checkWithdrawal(amount: bigint, room: WithdrawalRoom): Outcome<bigint> {
  const checked = checkAmount(amount);
  if (!checked.ok) return checked;
  const { max, binding } = quoteWithdrawal(room);
  if (amount > max) {
    const shown = `${formatAmount(max, room.token)} ${room.token}`;
    return refuse("WITHDRAWAL_ABOVE_MAXIMUM", `You can withdraw at most ${shown} now. ${REASONS[binding]}`, {
      max,
      binding,
    });
  }
  const rest = room.total - amount;
  const minimum = room.minimumPosition;
  if (rest > 0n && rest < minimum) {
    const shown = `${formatAmount(minimum, room.token)} ${room.token}`;
    return refuse("REMAINDER_BELOW_MINIMUM", `Leave at least ${shown} in the position, or withdraw all of it.`, {
      minimum,
      total: room.total,
    });
  }
  return accept(amount);
}
