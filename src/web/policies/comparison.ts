/** What the vault itself says of a policy, held against what the service says. */
import { LAST_STATUSES } from "../../domain/policyStatus";
import { readableAmount } from "../amounts/typing";
import { readableTime } from "../amounts/words";
import type { LockOnChain } from "./lock";
import type { Policy } from "./words";

export type Verdict =
  | "agree"
  /** The chain has gone on; the books follow when its block is final. */
  | "ahead"
  | "differ";

export interface Fact {
  name: string;
  service: string;
  /** Null: the vault has no record. */
  vault: string | null;
  agrees: boolean;
}

export interface Comparison {
  verdict: Verdict;
  sentence: string;
  facts: Fact[];
}

const shown = (amount: bigint, { token }: Pick<Policy, "token">) => `${readableAmount(amount, token)} ${token}`;

/** Terms that never change from the sale on. */
function termFacts(policy: Policy, lock: LockOnChain | null): Fact[] {
  const { coverage, buyer, token, expiresAt } = policy;
  const fact = (name: string, service: string, vault: string | null): Fact => ({
    ...{ name, service, vault },
    agrees: vault === null || service === vault,
  });
  return [
    fact("Coverage", shown(coverage, policy), lock && shown(lock.coverage, lock)),
    fact("Buyer", buyer, lock?.buyer ?? null),
    fact("Coin", token, lock?.token ?? null),
    fact("Not released before", readableTime(expiresAt), lock && readableTime(lock.releaseAfter)),
  ];
}

/** Exact where the words of two times are the same. */
function hasSameTerms({ coverage, buyer, token, expiresAt }: Policy, lock: LockOnChain): boolean {
  return lock.coverage === coverage && lock.buyer === buyer && lock.token === token && lock.releaseAfter === expiresAt;
}

const DIFFERS =
  "The vault says something else than this service. Believe the vault: what it has locked is what stands behind the policy. Tell the operator.";

function judge(policy: Policy, lock: LockOnChain | null): Pick<Comparison, "verdict" | "sentence"> {
  const { status, locked, lockTarget } = policy;
  const differ = { verdict: "differ" as const, sentence: DIFFERS };
  const agree = (sentence: string) => ({ verdict: "agree" as const, sentence });
  const ahead = (sentence: string) => ({ verdict: "ahead" as const, sentence });
  if (lock && !hasSameTerms(policy, lock)) return differ;
  if (status === "quoted") {
    return lock === null
      ? agree("The vault knows no such policy yet: its premium is not paid, and nothing is locked.")
      : ahead(
          "The premium is paid and the vault has locked what stands behind it. The service says so once that block is final.",
        );
  }
  if (status === "lapsed") {
    return lock === null ? agree("The vault never sold it, and nothing is locked.") : differ;
  }
  if (lock === null) return differ;
  if (LAST_STATUSES.includes(status)) {
    return lock.lock === 0n ? agree("It has ended in the vault, and nothing is locked behind it any more.") : differ;
  }
  if (lock.lock === 0n && (status === "settling" || status === "releasing")) {
    return ahead("It has ended in the vault already. The service says so once that block is final.");
  }
  if (lock.lock === locked) {
    return agree(`The vault itself has ${shown(locked, policy)} locked behind this policy, for its buyer alone.`);
  }
  if (lock.lock > locked && lock.lock <= lockTarget) {
    return ahead(
      `The vault has raised the lock to ${shown(lock.lock, policy)}. The service says so once that block is final.`,
    );
  }
  return differ;
}

export function compare(policy: Policy, lock: LockOnChain | null): Comparison {
  const judged = judge(policy, lock);
  const locked: Fact = {
    name: "Locked",
    service: shown(policy.locked, policy),
    vault: lock && shown(lock.lock, lock),
    agrees: judged.verdict !== "differ" || lock?.lock === policy.locked,
  };
  // What ends in the vault has its terms there still, with a lock of nothing; the service counts none either.
  return { ...judged, facts: [locked, ...termFacts(policy, lock)] };
}
