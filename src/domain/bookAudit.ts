/**
 * The audit's arithmetic. A pass walks the books page by page while they move on. Every balance is compared with the fold
 * of all its postings, both as one page sees them; and sums over all documents are made as of the moment at which the
 * pass began, which the creation time of postings tells.
 */

export interface Fold {
  /** All postings so far. */
  fold: bigint;
  /** Those of them that were there when the pass began. */
  foldAtStart: bigint;
  /** Creation time of the last. */
  through: number;
}

export const EMPTY_FOLD: Fold = { fold: 0n, foldAtStart: 0n, through: 0 };

/** Adds the next postings of an account, oldest first, to its fold. */
export function foldPostings(
  before: Fold,
  postings: { amount: bigint; _creationTime: number }[],
  moment: number,
): Fold & { atStart: number } {
  let { fold, foldAtStart, through } = before;
  let atStart = 0;
  for (const { amount, _creationTime } of postings) {
    fold += amount;
    through = _creationTime;
    if (_creationTime > moment) continue;
    foldAtStart += amount;
    atStart += 1;
  }
  return { fold, foldAtStart, through, atStart };
}

/** What is wrong with an entry, null if it is one: at least two postings of its token that sum to zero. */
export function entryFault(
  entry: { entryId: string; token: string },
  postings: { token: string; amount: bigint }[],
): string | null {
  const sum = postings.reduce((total, { amount }) => total + amount, 0n);
  if (sum !== 0n) return `Entry ${entry.entryId} sums to ${sum} base units of ${entry.token}, not to 0.`;
  if (postings.length < 2) return `Entry ${entry.entryId} has no postings.`;
  const foreign = postings.find(({ token }) => token !== entry.token);
  return foreign ? `Entry ${entry.entryId} is of ${entry.token}, but has a posting of ${foreign.token}.` : null;
}

export interface Sum {
  name: string;
  expected: bigint;
  found: bigint;
}

/** Adds to what was found, and to what is expected. */
export function addToSum(sums: Sum[], name: string, { expected = 0n, found = 0n }: Partial<Omit<Sum, "name">>): Sum[] {
  const known = sums.find((sum) => sum.name === name);
  if (!known) return [...sums, { name, expected, found }];
  const added = { name, expected: known.expected + expected, found: known.found + found };
  return sums.map((sum) => (sum === known ? added : sum));
}

export const wrongSums = (sums: Sum[]): Sum[] => sums.filter(({ expected, found }) => expected !== found);

/**
 * Those that the pass before found wrong by just as much. Transactions that were under way at the moment a pass began may
 * be in one of two sums and not in the other; that is gone in the next pass, an error is not.
 */
export function confirmed(wrong: Sum[], before: Sum[]): Sum[] {
  const by = ({ expected, found }: Sum) => found - expected;
  return wrong.filter((sum) => before.some((known) => known.name === sum.name && by(known) === by(sum)));
}
