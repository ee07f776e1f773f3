/**
 * The transactions that the backend itself signs: which calls of the service wait, and how they become transactions.
 * All of them may be repeated without harm, which is what lets the outbox send again whatever may have been lost: the
 * vault raises a lock *to* an amount, ends and pays a policy once, and refuses an id that is revoked already.
 */
import type { Token } from "./tokens";

/** What the rest of the backend asks of the vault in the service's name. Amounts are base units. */
export type ServiceCall =
  | { kind: "revoke"; authorizationId: bigint }
  /** Raises the policy's lock to `amount`. */
  | { kind: "lock"; token: Token; policyId: bigint; amount: bigint }
  | { kind: "release"; token: Token; policyId: bigint }
  | { kind: "settle"; token: Token; policyId: bigint; amount: bigint };

/** Calls of one queue leave in the order in which they came. */
export type Queue = "revoke" | "settle" | `${"lock" | "release"}/${Token}`;

export function queueOf(call: ServiceCall): Queue {
  switch (call.kind) {
    case "revoke":
    case "settle":
      return call.kind;
    case "lock":
    case "release":
      return `${call.kind}/${call.token}`;
  }
}

export function sameCall(one: ServiceCall, other: ServiceCall): boolean {
  const fields = (call: ServiceCall) => ({ token: null, policyId: null, amount: null, authorizationId: null, ...call });
  const [first, second] = [fields(one), fields(other)];
  return (Object.keys(first) as (keyof typeof first)[]).every((name) => first[name] === second[name]);
}

/** The largest batch that the vault's lists take. */
export const BATCH_CALLS = 50;
