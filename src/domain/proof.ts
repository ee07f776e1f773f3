/**
 * The three-way proof, per token, at one block: what the vault's address really holds covers the vault's own counter,
 * and that counter equals the books plus the events that are not final yet. The same for what is locked of it.
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
  locks: LockFigures;
}

/** What stands behind policies, base units: what events in the books have locked, and those that are not final yet. */
export interface LockFigures {
  counted: bigint;
  booked: bigint;
  pending: bigint;
}

export interface Proof extends ProofFigures {
  /** Sent to the vault directly, counted by nobody: harmless. A negative surplus is a deficit. */
  surplus: bigint;
  holds: boolean;
}

function isExact({ counted, booked, pending }: LockFigures): boolean {
  return counted === booked + pending;
}

export function prove(figures: ProofFigures): Proof {
  const surplus = figures.held - figures.counted;
  return { ...figures, surplus, holds: surplus >= 0n && isExact(figures) && isExact(figures.locks) };
}

/** One sentence for an operator when a proof fails. */
export function describeFailure({ token, held, locks, ...figures }: Proof): string {
  const units = `base units of ${token}`;
  if (held < figures.counted) return `The vault holds ${held} ${units} but counts ${figures.counted}.`;
  if (!isExact(figures)) return `The vault counts ${figures.counted} ${units}; ${toldBy(figures)}.`;
  return `The vault counts ${locks.counted} ${units} as locked; ${toldBy(locks)}.`;
}

function toldBy({ booked, pending }: LockFigures): string {
  return `the books say ${booked}, with ${pending} not final yet`;
}
