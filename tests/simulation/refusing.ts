/** How the simulation's vault refuses, and what it asks of every amount and signature. */
export const LIMIT = 2n ** 63n;

export class Refused extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

export function demand(holds: boolean, error: string) {
  if (!holds) throw new Refused(error);
}

export const isAmount = (amount: bigint) => amount > 0n && amount < LIMIT;

export function isSameTerms(one: object | null, other: object): boolean {
  if (one === null) return false;
  return Object.entries(other).every(([name, value]) => one[name as keyof typeof one] === value);
}
