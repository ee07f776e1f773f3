/** What has to add up between policies, what stands behind them, and the books. */

/** What one position has behind one policy. */
export interface Backed {
  quantity: bigint;
  coverage: bigint;
  locked: bigint;
  reserved: bigint;
}

export interface AuditedPolicy {
  policyId: bigint;
  status: string;
  quantity: bigint;
  coverage: bigint;
  /** At the sale; by final events; and what that is being raised to. */
  lock: bigint;
  locked: bigint;
  lockTarget: bigint;
  premium: bigint;
  earned: bigint;
  startedAt: number | null;
}

type Comparison = [what: string, expected: bigint, found: bigint];

function differences(subject: string, compared: Comparison[]): string[] {
  const wrong = compared.filter(([, expected, found]) => expected !== found);
  return wrong.map(
    ([what, expected, found]) => `${subject}: ${what} should come to ${expected}, but comes to ${found}.`,
  );
}

const sumOf = (backings: Backed[], of: keyof Backed) => backings.reduce((sum, backing) => sum + backing[of], 0n);

/** @param accounts what the books have of it: its premium, and insurance's part of its lock now and to come */
export function policyFaults(
  policy: AuditedPolicy,
  backings: Backed[],
  accounts: { premium: bigint; cover: bigint; covering: bigint },
): string[] {
  const toLock = policy.status === "quoted" ? policy.lock : policy.lockTarget - policy.locked;
  const unearned = policy.startedAt === null ? 0n : policy.premium - policy.earned;
  return differences(`Policy ${policy.policyId}`, [
    ["what its backings protect", policy.quantity, sumOf(backings, "quantity")],
    ["what its backings cover", policy.coverage, sumOf(backings, "coverage")],
    ["what is locked behind it", policy.locked, sumOf(backings, "locked") + accounts.cover],
    ["what is reserved for it", toLock, sumOf(backings, "reserved") + accounts.covering],
    ["its premium that is not earned", unearned, accounts.premium],
  ]);
}

/** @param held what it has behind policies that have not ended; `leaving`: what an open withdrawal may take of it */
export function positionFaults(
  name: string,
  { locked, reserved, policies }: { locked: bigint; reserved: bigint; policies: number },
  { held, leaving }: { held: Pick<Backed, "locked" | "reserved">[]; leaving: bigint },
): string[] {
  const sum = (of: "locked" | "reserved") => held.reduce((total, backing) => total + backing[of], 0n);
  return differences(name, [
    ["what is locked of it", sum("locked"), locked],
    ["what is reserved of it", sum("reserved") + leaving, reserved],
    ["the number of its policies", BigInt(held.length), BigInt(policies)],
  ]);
}
