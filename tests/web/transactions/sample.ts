/** A transaction as the page keeps it, to be varied. */
import type { SentTransaction } from "../../../src/web/transactions/transaction";
import { ALICE } from "../page";

export const NOW = 1_800_000_000_000;

export const deposit: SentTransaction = {
  id: "one",
  txId: `0x${"a".repeat(64)}`,
  sender: ALICE.address,
  action: "deposit",
  token: "STX",
  tier: "Balanced",
  amount: 2n ** 62n,
  mark: "0100000000000000000000000000000007",
  feeUstx: 476n,
  signedAt: NOW,
  expiresAt: null,
  progress: { kind: "signed" },
};
