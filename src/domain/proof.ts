/**
 * The three-way proof, per token, at one block: what the vault's address really holds covers the vault's own counter,
 * and that counter equals the books plus the events that are not final yet.
 */
import type { Token } from "./tokens";

export interface ProofFigures {
  token: Token;
  /** Tokens at the vault's address. */
  held: bigint;
  /** The contract's own balance. */
  counted: bigint;
  /** What the books say the vault holds: all accounts but `vault`, summed. */
  booked: bigint;
  /** Deposits less withdrawals that are on-chain but not final yet. */
  pending: bigint;
}

export interface Proof extends ProofFigures {
  /** Sent to the vault directly, counted by nobody: harmless. A negative surplus is a deficit. */
  surplus: bigint;
  holds: boolean;
}

export function prove(figures: ProofFigures): Proof {
  const surplus = figures.held - figures.counted;
  return { ...figures, surplus, holds: surplus >= 0n && figures.counted === figures.booked + figures.pending };
}

/** One sentence for an operator when a proof fails. */
export function describeFailure({ token, held, counted, booked, pending }: Proof): string {
  return held < counted
    ? `The vault holds ${held} base units of ${token} but counts ${counted}.`
    : `The vault counts ${counted} base units of ${token}; the books say ${booked}, with ${pending} not final yet.`;
}
