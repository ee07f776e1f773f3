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
  /** Of the whole, what the tier's minimum hold keeps in it for now. */
  onHold: bigint;
  /** The tier's smallest position: what stays behind is nothing or at least this. */
  minimumPosition: bigint;
  /** The vault's own balance less what is locked, and less what unexpired authorisations may still take. */
  vaultFree: bigint;
  /** What the vault's outflow cap lets through now, less unexpired authorisations. */
  outflowRoom: bigint;
}

export interface WithdrawalLimit {
  max: bigint;
  binding: "available" | "hold" | "vault" | "outflow";
}

export function withdrawalLimit({ available, total, onHold, vaultFree, outflowRoom }: WithdrawalRoom): WithdrawalLimit {
  const limits = [
    { max: available, binding: "available" as const },
    { max: total - onHold, binding: "hold" as const },
    { max: vaultFree, binding: "vault" as const },
    { max: outflowRoom, binding: "outflow" as const },
  ];
  const least = limits.reduce((a, b) => (b.max < a.max ? b : a));
  return { max: least.max > 0n ? least.max : 0n, binding: least.binding };
}

const REASONS: Record<WithdrawalLimit["binding"], string> = {
  available: "That is all of your position that is free; the rest is reserved or locked.",
  hold: "The rest has arrived too recently: the tier's minimum hold keeps it for now.",
  vault: "More is not free in the vault right now. Try a smaller amount, or again later.",
  outflow: "The vault's outflow cap lets no more through right now; it refills with every Bitcoin block.",
};

/** Refuses zero, more than the limit, and an exit that would leave less than the minimum position behind. */
export function checkWithdrawal(amount: bigint, room: WithdrawalRoom): Outcome<bigint> {
  const checked = checkAmount(amount);
  if (!checked.ok) return checked;
  const { max, binding } = withdrawalLimit(room);
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
