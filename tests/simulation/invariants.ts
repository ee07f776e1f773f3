/** The invariants that the simulation checks, for whoever counts them: after every step, unless `checked` says else. */
export interface Invariant {
  number: number;
  says: string;
  /** File and function. */
  checked: string;
}

export const INVARIANTS: Invariant[] = [
  {
    number: 1,
    says: "What the vault holds is at least what it counts; the difference is known gifts.",
    checked: "sameState.ts, check.ts checkProof, market/invariants.ts checkVault",
  },
  {
    number: 2,
    says: "What the vault counts is deposits, premiums and surpluses less withdrawals and settlements.",
    checked: "sameState.ts (model and contract), market/invariants.ts checkVault (books)",
  },
  { number: 3, says: "Every entry of the ledger balances, by token.", checked: "market/invariants.ts checkFolds" },
  {
    number: 4,
    says: "Positions, tiers and pool are folds of the ledger.",
    checked: "check.ts, market/invariants.ts checkFolds, checkTiers, checkVault",
  },
  {
    number: 5,
    says: "What is owed to all comes to what the vault has at the same block.",
    checked: "check.ts checkProof, market/invariants.ts checkVault",
  },
  {
    number: 6,
    says: "Available, reserved and locked come to the total, and none is negative.",
    checked: "check.ts checkPortfolio, market/invariants.ts checkFolds",
  },
  {
    number: 7,
    says: "What backs a policy, what its tier has locked and what the vault has locked are the same, and never above the balance.",
    checked: "market/invariants.ts checkVault, checkBackings, checkPositions",
  },
  {
    number: 8,
    says: "A policy has one set of backings, which comes to its required collateral.",
    checked: "market/invariants.ts checkBackings",
  },
  {
    number: 9,
    says: "A policy ends at most once, and pays at most its coverage.",
    checked: "market/invariants.ts checkEnds, vault.ts settle",
  },
  {
    number: 10,
    says: "An authorisation is paid at most once, and a request ends in one way.",
    checked: "sameState.ts, judge.ts, market/invariants.ts checkPositions",
  },
  {
    number: 11,
    says: "What is signed and not yet expired is reserved.",
    checked: "check.ts checkRows, market/invariants.ts checkPositions",
  },
  {
    number: 12,
    says: "What leaves in a window of 144 burn blocks is at most the cap.",
    checked: "lockstep/outflow.ts, vault.ts pour (model and contract)",
  },
  {
    number: 20,
    says: "The same final history without its noise gives an empty backend the same books.",
    checked: "replay.ts, at the end of each providers' episode without a breach",
  },
  {
    number: 21,
    says: "Nobody acts without the right to it: strangers' and mistaken transactions abort.",
    checked: "strangers.ts (contract), happenings.ts stranger (backend)",
  },
  { number: 22, says: "Nothing leaves while the vault is paused.", checked: "lockstep/outflow.ts" },
];
