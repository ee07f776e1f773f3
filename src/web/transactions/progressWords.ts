/** How far a transaction has come, in words: what has happened, what is waited for, and what can be done. */
import type { Progress, SentTransaction } from "./transaction";

/** The steps of the way, and how many of them are done. */
export const STEPS = ["Signed", "In mempool", "Mined", "Final"] as const;

export function stepsDone({ kind }: Progress): number {
  return { handed: 0, signed: 1, inMempool: 2, mined: 3, final: 4, failed: 0, lost: 0 }[kind];
}

/** What is true from the block on, and what once the books have it. */
function outcomeOf(transaction: SentTransaction): { mined: string; final: string } {
  switch (transaction.action) {
    case "deposit":
      return { mined: "The vault has it", final: `Credited to ${transaction.tier}` };
    case "premium":
      return { mined: "The premium is paid and the lock stands", final: "The policy is active" };
    default:
      return { mined: "Paid to your wallet", final: "Paid to your wallet" };
  }
}

/** What the books and the chain's tip say, where they are known. */
export interface Heights {
  tipHeight: number;
  finalHeight: number | null;
}

/** Blocks that hold or follow it; the block itself is the first. */
export function confirmationsOf(blockHeight: number, { tipHeight }: Heights): number {
  return Math.max(1, tipHeight - blockHeight + 1);
}

function minedWords(blockHeight: number, heights: Heights | null): string {
  const block = `in block ${blockHeight}`;
  if (!heights) return `${block}, waiting for it to be final.`;
  const count = confirmationsOf(blockHeight, heights);
  const blocks = count === 1 ? "1 confirmation" : `${count} confirmations`;
  if (heights.finalHeight !== null && heights.finalHeight >= blockHeight) {
    return `${block}, which is final; waiting for the books to have it.`;
  }
  return `${block}, ${blocks}; final once Bitcoin blocks have settled it.`;
}

/** A block takes seconds; one that has not come after this long says something about the fee or the network. */
const SLOW_MS = 10 * 60_000;

/** What can be done about a transaction that no block takes; null: it is early. @param now ms */
export function slowness({ progress, signedAt, expiresAt }: SentTransaction, now: number): string | null {
  if (progress.kind === "handed") {
    return now - signedAt < 60_000
      ? null
      : "Is its window still open? If you closed it, nothing was sent: take this off the list and start again.";
  }
  if (progress.kind !== "inMempool" || now - signedAt < SLOW_MS) return null;
  const end = expiresAt === null ? "" : " If it comes too late, the vault refuses it: then nothing moves but the fee.";
  return `No block has taken it yet. The network may be busy: wait, or raise its fee in your wallet ("speed up"); it is followed here all the same.${end}`;
}

/** One sentence for the state that a transaction is in. */
export function describe(transaction: SentTransaction, heights: Heights | null = null): string {
  const { progress } = transaction;
  const { mined, final } = outcomeOf(transaction);
  switch (progress.kind) {
    case "handed":
      return "Your wallet has it, and has not said what became of it. It is looked for on the chain.";
    case "signed":
      return "Signed and sent; waiting for the network to take it.";
    case "inMempool":
      return "The network has it; waiting for a block.";
    case "mined":
      return `${mined}: ${minedWords(progress.blockHeight, heights)}`;
    case "final":
      return `${final}: block ${progress.blockHeight} is final.`;
    case "failed":
    case "lost":
      return progress.reason;
  }
}
