/** The three-way proof in words: what its figures are, what is missing when it does not hold, and what the chain itself says. */
import type { FunctionReturnType } from "convex/server";
import type { api } from "../../../convex/_generated/api";
import { describeFailure } from "../../domain/proof";
import { formatAmount, type Token } from "../../domain/tokens";

export type ProofRow = FunctionReturnType<typeof api.liquidity.getProof>[number];

/** What the chain says of one token at the block of a proof. */
export interface ChainFigures {
  token: Token;
  held: bigint;
  counted: bigint;
  locked: bigint;
  sequence: bigint;
}

/** What does not hold of what the backend claims; nothing, if all of it holds. */
export function failuresOf(proofs: ProofRow[]): string[] {
  if (proofs.length === 0) return ["There is no proof yet: the first one follows the first look at the chain."];
  return proofs.filter(({ holds }) => !holds).map((proof) => describeFailure(proof));
}

/**
 * What the backend claims against what the chain says; nothing, if they agree. The sums are made here again, so that a
 * `holds` of the backend's own need not be believed.
 */
export function differencesOf(proofs: ProofRow[], chain: ChainFigures[]): string[] {
  return chain.flatMap((seen) => {
    const claimed = proofs.find(({ token }) => token === seen.token);
    return claimed ? ofToken(claimed, seen) : [`The backend proves nothing about ${seen.token}.`];
  });
}

function ofToken(claimed: ProofRow, seen: ChainFigures): string[] {
  const { token, blockHeight, booked, pending, locks } = claimed;
  const show = (amount: bigint) => `${formatAmount(amount, token)} ${token}`;
  const figures: [string, bigint, bigint][] = [
    ["holds", seen.held, claimed.held],
    ["counts", seen.counted, claimed.counted],
    ["has locked", seen.locked, locks.counted],
  ];
  const unlike = figures
    .filter(([, real, told]) => real !== told)
    .map(
      ([verb, real, told]) =>
        `At block ${blockHeight} the vault ${verb} ${show(real)}; the backend says ${show(told)}.`,
    );
  if (seen.sequence !== claimed.sequence) {
    unlike.push(`The vault's last event is ${seen.sequence}; the backend says ${claimed.sequence}.`);
  }
  if (seen.held < seen.counted) unlike.push(`The vault holds ${show(seen.held)} but counts ${show(seen.counted)}.`);
  if (seen.counted !== booked + pending) {
    unlike.push(
      `The vault counts ${show(seen.counted)}; the books owe ${show(booked)}, with ${show(pending)} not final.`,
    );
  }
  if (seen.locked !== locks.booked + locks.pending) {
    unlike.push(
      `The vault has locked ${show(seen.locked)}; by the books that is ${show(locks.booked + locks.pending)}.`,
    );
  }
  return unlike;
}
