/** A withdrawal while it is being typed. The service has the last word: it also knows the vault and its outflow cap. */
import type { Outcome } from "../../domain/refusal";
import { MINIMUM_POSITION } from "../../domain/tiers";
import { parseAmount } from "../../domain/tokens";
import { checkWithdrawal } from "../../domain/withdrawals";
import type { Position } from "../portfolio/Portfolio";

type Balances = Pick<Position, "token" | "available" | "reserved" | "total">;

/** What "Max" fills in: all that is free, or, when nothing is, the open withdrawal that waits to be finished. */
export function maximumWithdrawal({ available, reserved }: Balances): bigint {
  return available > 0n ? available : reserved;
}

/** The reserved amount is let through: asking for an open withdrawal again is how it is finished. */
export function checkWithdrawalDraft(amountText: string, position: Balances): Outcome<bigint> {
  const { token, available, reserved, total } = position;
  const parsed = parseAmount(amountText, token);
  if (!parsed.ok || parsed.value === reserved) return parsed;
  return checkWithdrawal(parsed.value, {
    token,
    available,
    total,
    notOnHold: available,
    notNeeded: available,
    minimumPosition: MINIMUM_POSITION[token],
    vaultFree: available,
    outflowRoom: available,
  });
}
