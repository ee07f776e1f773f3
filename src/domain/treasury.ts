/** What insurance and fees have, and how it may leave: only by the guardian's own signature over exactly one payment. */
import { formatAmount, type Token } from "./tokens";

export const TREASURY_ACCOUNTS = ["insurance", "fees"] as const;
/** What of the pool is no provider's. */
export type TreasuryAccount = (typeof TREASURY_ACCOUNTS)[number];

/** How long a guardian may take to approve an exit, seconds of block time. */
export const EXIT_SECONDS = 3 * 86_400;

/** A payment out of the treasury, as its guardian is asked to approve it. */
export interface Exit {
  exitId: string;
  account: TreasuryAccount;
  token: Token;
  /** Base units. */
  amount: bigint;
  recipient: string;
  /** The vault's authorisation that the approval lets be signed: the vault pays each once. */
  authorizationId: bigint;
  /** Unix seconds of block time: until when it may be approved. */
  expiresAt: number;
}

/** What the guardian's wallet signs: every word of it counts, so that it approves one payment of one vault and nothing else. */
export function approvalMessage(vault: string, exit: Exit): string {
  const { exitId, account, token, amount, recipient, authorizationId, expiresAt } = exit;
  return [
    "BitHedge Liquidity: the guardian approves a payment out of the treasury.",
    `Vault: ${vault}`,
    `Exit: ${exitId}`,
    `Account: ${account}`,
    `Amount: ${formatAmount(amount, token)} ${token} (${amount} base units)`,
    `Recipient: ${recipient}`,
    `Authorisation: ${authorizationId}`,
    `Expires: ${new Date(expiresAt * 1_000).toISOString()} (block time ${expiresAt})`,
  ].join("\n");
}
