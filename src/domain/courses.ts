/**
 * How somebody's money went over a period, out of its statement: what there was of a token after each moment at which it
 * changed, and why it changed. What only moves between one's own accounts and pockets changes nothing here.
 */
import { activityKindOf } from "./activity";
import { type Balance, type Line, type Statement, totalOf } from "./statements";
import type { Token } from "./tokens";

/** What changes what one owns, base units; outflows are positive too. */
export interface Causes {
  deposited: bigint;
  withdrawn: bigint;
  /** Of premiums. */
  earned: bigint;
  /** Payouts borne and marks paid, less marks received. */
  paid: bigint;
  /** Corrections that left something: none do. */
  other: bigint;
}

export interface Step extends Causes {
  /** Block time, ms. */
  at: number;
  /** What there is after it. */
  total: bigint;
}

export interface Course {
  token: Token;
  /** What there was before the first step. */
  opening: bigint;
  /** In the order of time, one a moment. */
  steps: Step[];
}

const NONE: Causes = { deposited: 0n, withdrawn: 0n, earned: 0n, paid: 0n, other: 0n };

function causeOf({ entryId, amount }: Pick<Line, "entryId" | "amount">): Partial<Causes> {
  switch (activityKindOf(entryId)) {
    case "deposit":
      return { deposited: amount };
    case "withdrawal":
      return { withdrawn: -amount };
    case "earning":
      return { earned: amount };
    case "payout":
      return { paid: -amount };
    default:
      return { other: amount };
  }
}

function plus(one: Causes, more: Partial<Causes>): Causes {
  const { deposited = 0n, withdrawn = 0n, earned = 0n, paid = 0n, other = 0n } = more;
  return {
    deposited: one.deposited + deposited,
    withdrawn: one.withdrawn + withdrawn,
    earned: one.earned + earned,
    paid: one.paid + paid,
    other: one.other + other,
  };
}

const sumOf = (balances: Balance[], token: Token) =>
  balances.filter((one) => one.token === token).reduce((total, one) => total + totalOf(one), 0n);

export function courseOf({ opening, lines }: Pick<Statement, "opening" | "lines">, token: Token): Course {
  const steps: Step[] = [];
  const before = sumOf(opening, token);
  for (const line of lines) {
    if (line.token !== token) continue;
    const last = steps.at(-1);
    const total = (last?.total ?? before) + line.amount;
    if (last?.at === line.at) steps[steps.length - 1] = { ...last, ...plus(last, causeOf(line)), total };
    else steps.push({ at: line.at, ...plus(NONE, causeOf(line)), total });
  }
  // A move or a lock leaves all as it was.
  const changes = steps.filter(({ deposited, withdrawn, earned, paid, other }) =>
    [deposited, withdrawn, earned, paid, other].some((amount) => amount !== 0n),
  );
  return { token, opening: before, steps: changes };
}
