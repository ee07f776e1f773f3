/** A withdrawal out of suspense while it is being typed. No tier's terms apply to it; the vault's own limits the service knows. */
import { accept, type Outcome, refuse } from "../../../domain/refusal";
import { formatAmount, parseAmount, type Token } from "../../../domain/tokens";

export function checkSuspenseWithdrawal(amountText: string, token: Token, max: bigint): Outcome<bigint> {
  const parsed = parseAmount(amountText, token);
  if (!parsed.ok) return parsed;
  if (parsed.value <= max) return accept(parsed.value);
  return refuse("WITHDRAWAL_ABOVE_MAXIMUM", `You have ${formatAmount(max, token)} ${token} in suspense.`, { max });
}
