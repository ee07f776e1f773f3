/** What a link to this page may say of the deposit: "?tier=Balanced&token=STX&amount=5". What can't be meant is left out. */
import { parseTier } from "../../domain/tiers";
import { parseToken } from "../../domain/tokens";
import { type DepositDraft, editDeposit } from "./depositDraft";

const LONGEST_TEXT = 40;

export function prefilled(draft: DepositDraft, query: URLSearchParams): DepositDraft {
  const tier = parseTier(query.get("tier") ?? "");
  const token = parseToken(query.get("token") ?? "");
  const amount = query.get("amount");
  return editDeposit(draft, {
    ...(tier.ok && { tier: tier.value }),
    ...(token.ok && { token: token.value }),
    ...(amount !== null && { amountText: amount.slice(0, LONGEST_TEXT) }),
  });
}
