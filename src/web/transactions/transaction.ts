/**
 * A transaction that this page had signed, from signature to the books: what is kept of it, and how far it has come.
 * Only the chain and the ledger move it forward; the page guesses nothing.
 */

import { z } from "zod";
import { TIERS } from "../../domain/tiers";
import { TOKENS, type Token } from "../../domain/tokens";

const progressShape = z.discriminatedUnion("kind", [
  /** Signed and on its way; no node has told of it yet. */
  z.object({ kind: z.literal("signed") }),
  z.object({ kind: z.literal("inMempool") }),
  z.object({ kind: z.literal("mined"), blockHeight: z.number(), sequence: z.coerce.bigint() }),
  /** Final, and in the ledger. */
  z.object({ kind: z.literal("final"), blockHeight: z.number() }),
  z.object({ kind: z.literal("failed"), reason: z.string() }),
]);

export const transactionShape = z.object({
  /** Hex with 0x. */
  txId: z.string(),
  sender: z.string(),
  action: z.enum(["deposit", "withdrawal"]),
  token: z.enum(TOKENS),
  tier: z.enum(TIERS),
  amount: z.coerce.bigint(),
  feeUstx: z.coerce.bigint(),
  /** Ms. */
  signedAt: z.number(),
  progress: progressShape,
});
export type SentTransaction = z.infer<typeof transactionShape>;
export type Progress = z.infer<typeof progressShape>;

/** What the Stacks API says of a transaction. */
export type ChainStatus =
  | { kind: "unknown" }
  | { kind: "waiting" }
  /** `sequence`: the vault's number of the event that it printed. */
  | { kind: "included"; blockHeight: number; sequence: bigint }
  | { kind: "aborted"; reason: string }
  | { kind: "dropped"; reason: string };

/** A node that has not heard of a transaction after this long never will: only this page has its bytes. */
const GIVE_UP_MS = 120_000;

/**
 * @param booked the newest event of each token in the ledger: at or past a transaction's event, it is final there
 * @param now ms
 */
export function nextProgress(
  { signedAt, token, progress }: SentTransaction,
  status: ChainStatus,
  booked: ReadonlyMap<Token, bigint>,
  now: number,
): Progress {
  switch (status.kind) {
    case "unknown":
      // A node forgets nothing that it mined, but an API behind others may not have caught up.
      if (progress.kind !== "signed" || now - signedAt < GIVE_UP_MS) return progress;
      return { kind: "failed", reason: "It never reached the network, so nothing moved. Start again." };
    case "waiting":
      return { kind: "inMempool" };
    case "included": {
      const { blockHeight, sequence } = status;
      const isBooked = (booked.get(token) ?? -1n) >= sequence;
      return isBooked ? { kind: "final", blockHeight } : { kind: "mined", blockHeight, sequence };
    }
    case "aborted":
    case "dropped":
      return { kind: "failed", reason: status.reason };
  }
}

export function isSettled({ progress }: SentTransaction): boolean {
  return progress.kind === "final" || progress.kind === "failed";
}

/** The steps of the way, and how many of them are done. */
export const STEPS = ["Signed", "In mempool", "Mined", "Final"] as const;

export function stepsDone(progress: Exclude<Progress, { kind: "failed" }>): number {
  return { signed: 1, inMempool: 2, mined: 3, final: 4 }[progress.kind];
}

/** One sentence for the state that a transaction is in. */
export function describe({ action, progress, tier }: SentTransaction): string {
  switch (progress.kind) {
    case "signed":
      return "Signed and sent; waiting for the network to take it.";
    case "inMempool":
      return "The network has it; waiting for a block.";
    case "mined":
      return action === "deposit"
        ? `In block ${progress.blockHeight}; credited as soon as that block is final.`
        : `Paid to your wallet in block ${progress.blockHeight}; waiting for that block to be final.`;
    case "final":
      return action === "deposit"
        ? `Credited to ${tier}: block ${progress.blockHeight} is final.`
        : `Paid to your wallet: block ${progress.blockHeight} is final.`;
    case "failed":
      return progress.reason;
  }
}
