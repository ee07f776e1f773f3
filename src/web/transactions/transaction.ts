/**
 * A transaction that this page had signed, from the wallet to the books: what is kept of it, and how far it has come.
 * Only the chain and the ledger move it forward; the page guesses nothing.
 */
import { z } from "zod";
import type { Token } from "../../domain/tokens";
import { intentShape } from "./intent";

const progressShape = z.discriminatedUnion("kind", [
  /** A wallet that signs and sends by itself has it, and has not answered yet. */
  z.object({ kind: z.literal("handed") }),
  /** Signed and on its way; no node has told of it yet. */
  z.object({ kind: z.literal("signed") }),
  z.object({ kind: z.literal("inMempool") }),
  z.object({ kind: z.literal("mined"), blockHeight: z.number(), sequence: z.coerce.bigint() }),
  /** Final, and in the ledger. */
  z.object({ kind: z.literal("final"), blockHeight: z.number() }),
  z.object({ kind: z.literal("failed"), reason: z.string() }),
  /** Nobody can say whether the wallet ever sent it. */
  z.object({ kind: z.literal("lost"), reason: z.string() }),
]);

export const transactionShape = z.intersection(
  intentShape,
  z.object({
    /** The page's own name for it: its id on the chain is not known before it is signed, and changes with its fee. */
    id: z.string(),
    /** Hex with 0x; null while only the wallet knows. */
    txId: z.string().nullable(),
    sender: z.string(),
    /** The argument that no other call of the vault has, as hex: what it is found again by. */
    mark: z.string(),
    feeUstx: z.coerce.bigint(),
    /** Ms: when it was signed, or handed to the wallet. */
    signedAt: z.number(),
    /** Block time from which the vault refuses it, ms; null: never. */
    expiresAt: z.number().nullable(),
    progress: progressShape,
  }),
);
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
/** A person may leave a wallet's window open for long. */
const GIVE_UP_HANDED_MS = 3_600_000;

const NEVER_ARRIVED = "It never reached the network, so nothing moved. Start again.";
const NEVER_ANSWERED =
  "The wallet has not answered for an hour, and the chain shows no such transaction. Look into your wallet's own list before you start again.";

function nextUnknown({ signedAt, progress }: Pick<SentTransaction, "signedAt" | "progress">, now: number): Progress {
  if (progress.kind === "handed") {
    return now - signedAt < GIVE_UP_HANDED_MS ? progress : { kind: "lost", reason: NEVER_ANSWERED };
  }
  // A node forgets nothing that it mined, but an API behind others may not have caught up.
  if (progress.kind !== "signed" || now - signedAt < GIVE_UP_MS) return progress;
  return { kind: "failed", reason: NEVER_ARRIVED };
}

/**
 * @param booked the newest event of each token in the ledger: at or past a transaction's event, it is final there
 * @param now ms
 */
export function nextProgress(
  transaction: Pick<SentTransaction, "signedAt" | "token" | "progress">,
  status: ChainStatus,
  booked: ReadonlyMap<Token, bigint>,
  now: number,
): Progress {
  switch (status.kind) {
    case "unknown":
      return nextUnknown(transaction, now);
    case "waiting":
      return { kind: "inMempool" };
    case "included": {
      const { blockHeight, sequence } = status;
      const isBooked = (booked.get(transaction.token) ?? -1n) >= sequence;
      return isBooked ? { kind: "final", blockHeight } : { kind: "mined", blockHeight, sequence };
    }
    case "aborted":
    case "dropped":
      return { kind: "failed", reason: status.reason };
  }
}

export function isSettled({ progress }: Pick<SentTransaction, "progress">): boolean {
  return progress.kind === "final" || progress.kind === "failed" || progress.kind === "lost";
}
