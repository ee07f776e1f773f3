/** The three-way proof in words: what each figure is, and what the verdict means for someone with money in the pool. */
import type { FunctionReturnType } from "convex/server";
import type { api } from "../../../convex/_generated/api";

export type ProofRow = FunctionReturnType<typeof api.liquidity.getProof>[number];

export const FIGURES = [
  { key: "held", name: "Held", meaning: "tokens at the vault's address" },
  { key: "counted", name: "Counted", meaning: "the contract's own balance" },
  { key: "booked", name: "Booked", meaning: "what the ledger owes" },
  { key: "pending", name: "Pending", meaning: "on-chain, not final yet" },
  { key: "surplus", name: "Surplus", meaning: "held but counted by nobody" },
] as const satisfies { key: keyof ProofRow; name: string; meaning: string }[];

export type Verdict = "none" | "holds" | "failed";

/** One verdict for the pool: a single token that fails fails it. */
export function verdictOf(proofs: Pick<ProofRow, "holds">[]): Verdict {
  if (proofs.length === 0) return "none";
  return proofs.every(({ holds }) => holds) ? "holds" : "failed";
}

export const VERDICTS: Record<Verdict, { badge: string; sentence: string }> = {
  none: { badge: "No proof yet", sentence: "The first proof follows the first look at the chain." },
  holds: {
    badge: "Proof holds",
    sentence:
      "The vault holds at least what its contract counts, and that count is exactly what the ledger owes plus what is not final yet.",
  },
  failed: {
    badge: "Proof failed",
    sentence:
      "The vault, its contract and the ledger do not agree. Do not deposit until an operator has resolved it; what the chain holds stays there.",
  },
};
