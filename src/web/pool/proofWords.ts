/** The three-way proof in words: what each figure is, and what the verdict means for someone with money in the pool. */
import type { FunctionReturnType } from "convex/server";
import type { api } from "../../../convex/_generated/api";
import type { Tone } from "../ui/tones";

export type ProofRow = FunctionReturnType<typeof api.liquidity.getProof>[number];

interface Figure {
  name: string;
  /** In a few words, beside the name; and in full. */
  meaning: string;
  explanation: string;
  of(proof: ProofRow): bigint;
}

export const FIGURES: Figure[] = [
  {
    name: "Held",
    meaning: "tokens at the vault's address",
    explanation: "What the chain itself says is at the vault's address. Anybody can ask a node for it.",
    of: ({ held }) => held,
  },
  {
    name: "Counted",
    meaning: "the contract's own balance",
    explanation: "The contract's own counter of what was paid in and out. What is held must cover it.",
    of: ({ counted }) => counted,
  },
  {
    name: "Booked",
    meaning: "what the ledger owes",
    explanation:
      "The sum of all accounts of the ledger: positions, what waits in suspense, insurance and fees. Booked and pending together must be exactly what is counted.",
    of: ({ booked }) => booked,
  },
  {
    name: "Pending",
    meaning: "on-chain, not final yet",
    explanation: "Deposits less withdrawals that the chain has and a fork may still undo. They are booked when final.",
    of: ({ pending }) => pending,
  },
  {
    name: "Surplus",
    meaning: "held but counted by nobody",
    explanation:
      "Tokens that somebody has sent to the vault directly. Harmless; a negative surplus would be a deficit.",
    of: ({ surplus }) => surplus,
  },
  {
    name: "Locked, counted",
    meaning: "set aside for policies by the contract",
    explanation: "What the contract keeps behind policies: it leaves for their buyers alone, until they have ended.",
    of: ({ locks }) => locks.counted,
  },
  {
    name: "Locked, booked",
    meaning: "the same by the ledger",
    explanation: "What positions and insurance have locked. With what is pending it must be exactly what is counted.",
    of: ({ locks }) => locks.booked,
  },
  {
    name: "Locked, pending",
    meaning: "locks that are not final yet",
    explanation: "Locks and releases that the chain has and a fork may still undo.",
    of: ({ locks }) => locks.pending,
  },
];

export type Verdict = "none" | "holds" | "failed";

/** One verdict for the pool: a single token that fails fails it. */
export function verdictOf(proofs: Pick<ProofRow, "holds">[]): Verdict {
  if (proofs.length === 0) return "none";
  return proofs.every(({ holds }) => holds) ? "holds" : "failed";
}

export const VERDICTS: Record<Verdict, { badge: string; tone: Tone; sentence: string }> = {
  none: { badge: "No proof yet", tone: "neutral", sentence: "The first proof follows the first look at the chain." },
  holds: {
    badge: "Proof holds",
    tone: "good",
    sentence:
      "The vault holds at least what its contract counts, and that count is exactly what the ledger owes plus what is not final yet.",
  },
  failed: {
    badge: "Proof failed",
    tone: "danger",
    sentence:
      "The vault, its contract and the ledger do not agree. Do not deposit until an operator has resolved it; what the chain holds stays there.",
  },
};
