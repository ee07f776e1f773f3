/**
 * The transactions that the backend itself signs: which calls of the service wait, and how they become transactions.
 * All of them may be repeated without harm, which is what lets the outbox send again whatever may have been lost: the
 * vault raises a lock *to* an amount, ends and pays a policy once, and refuses an id that is revoked already.
 */
import { accept, type Outcome, refuse } from "./refusal";
import { TOKENS, type Token } from "./tokens";

/** What the rest of the backend asks of the vault in the service's name. Amounts are base units. */
export type ServiceCall =
  | { kind: "revoke"; authorizationId: bigint }
  /** Raises the policy's lock to `amount`. */
  | { kind: "lock"; token: Token; policyId: bigint; amount: bigint }
  | { kind: "release"; token: Token; policyId: bigint }
  | { kind: "settle"; token: Token; policyId: bigint; amount: bigint };

/** Refuses what the vault could never take: a transaction of it can't even be written. */
export function checkCall(call: ServiceCall): Outcome<ServiceCall> {
  const id = call.kind === "revoke" ? call.authorizationId : call.policyId;
  if (id < 0n) return refuse("INVALID_CALL", "An id of the vault is not negative.");
  if ("amount" in call && call.amount <= 0n) return refuse("INVALID_CALL", "The amount must be at least 1 base unit.");
  return accept(call);
}

/** Calls of one queue leave in the order in which they came. */
export type Queue = "revoke" | `${"lock" | "settle" | "release"}/${Token}`;

/**
 * Whose turn it is first. Locks come before the settlements that need them, settlements before releases, as a buyer
 * must not wait for the vault's own convenience; and revocations last, as anyone who may withdraw can cause many.
 */
export const QUEUES = [
  ...TOKENS.map((token) => `lock/${token}` as const),
  ...TOKENS.map((token) => `settle/${token}` as const),
  ...TOKENS.map((token) => `release/${token}` as const),
  "revoke",
] as const satisfies Queue[];

export function queueOf(call: ServiceCall): Queue {
  return call.kind === "revoke" ? call.kind : `${call.kind}/${call.token}`;
}

export function sameCall(one: ServiceCall, other: ServiceCall): boolean {
  const fields = (call: ServiceCall) => ({ token: null, policyId: null, amount: null, authorizationId: null, ...call });
  const [first, second] = [fields(one), fields(other)];
  return (Object.keys(first) as (keyof typeof first)[]).every((name) => first[name] === second[name]);
}

/** The largest batch that the vault's lists take. */
export const BATCH_CALLS = 50;

/** The call of the vault that one transaction carries. Policy ids in it are unique. */
export type Payload =
  | { kind: "revoke"; authorizationId: bigint }
  | { kind: "lock"; token: Token; locks: { policyId: bigint; amount: bigint }[] }
  | { kind: "release"; token: Token; policyIds: bigint[] }
  | { kind: "settle"; token: Token; policyId: bigint; amount: bigint };

export interface Waiting<Id> {
  id: Id;
  call: ServiceCall;
  /** At most so many calls may share its transaction. */
  batchLimit: number;
}

export interface Planned<Id> {
  ids: Id[];
  payload: Payload;
}

export interface Room {
  /** How many transactions more may be on their way. */
  transactions: number;
  /** Base units that settlements may take from the vault now; null: none may be sent. */
  settlements: Record<Token, bigint> | null;
}

/**
 * The transactions to send now, in order.
 * @param waiting in the order in which they came
 */
export function planTransactions<Id>(waiting: Waiting<Id>[], room: Room): Planned<Id>[] {
  const planned = QUEUES.flatMap((queue) => {
    const queued = waiting.filter(({ call }) => queueOf(call) === queue);
    return batches(fitting(queued, room.settlements));
  });
  return planned.slice(0, Math.max(0, room.transactions));
}

/** Settlements stop at the first that finds no room, so that small ones never keep a large one waiting for good. */
function fitting<Id>(queued: Waiting<Id>[], settlements: Room["settlements"]): Waiting<Id>[] {
  let taken = 0n;
  const stop = queued.findIndex(({ call }) => {
    if (call.kind !== "settle") return false;
    taken += call.amount;
    return settlements === null || taken > settlements[call.token];
  });
  return stop === -1 ? queued : queued.slice(0, stop);
}

function batches<Id>(queued: Waiting<Id>[]): Planned<Id>[] {
  const planned: Planned<Id>[] = [];
  for (let rest = queued; rest.length > 0; ) {
    const size = batchSize(rest);
    const batch = rest.slice(0, size);
    planned.push({ ids: batch.map(({ id }) => id), payload: payloadOf(batch.map(({ call }) => call)) });
    rest = rest.slice(size);
  }
  return planned;
}

/** How many calls from the front share a transaction: no more than each of them allows. */
function batchSize<Id>(queued: Waiting<Id>[]): number {
  let limit = BATCH_CALLS;
  for (const [index, { call, batchLimit }] of queued.entries()) {
    if (call.kind === "revoke" || call.kind === "settle") limit = 1;
    limit = Math.min(limit, Math.max(index, batchLimit, 1));
    if (index === limit) return index;
  }
  return queued.length;
}

/** @param calls of one queue; those that go one by one come alone */
export function payloadOf(calls: ServiceCall[]): Payload {
  const [first] = calls;
  if (!first) throw new Error("A transaction carries at least one call");
  switch (first.kind) {
    case "revoke":
    case "settle":
      if (calls.length > 1) throw new Error(`A ${first.kind} goes alone`);
      return first;
    case "lock": {
      const raised = new Map<bigint, bigint>();
      for (const call of calls) {
        if (call.kind !== "lock") throw new Error(`A ${call.kind} is among locks`);
        const before = raised.get(call.policyId) ?? 0n;
        raised.set(call.policyId, call.amount > before ? call.amount : before);
      }
      return {
        kind: "lock",
        token: first.token,
        locks: [...raised].map(([policyId, amount]) => ({ policyId, amount })),
      };
    }
    case "release": {
      const ids = calls.map((call) => {
        if (call.kind !== "release") throw new Error(`A ${call.kind} is among releases`);
        return call.policyId;
      });
      return { kind: "release", token: first.token, policyIds: [...new Set(ids)] };
    }
  }
}

/**
 * Whether a call has to wait for an earlier one of the same policy: a settlement for the lock that makes room for it, a
 * release for the settlement. Of one kind, the order of nonces is enough.
 * @param earlier calls of its policy that came before and are not in a block yet
 */
export function isHeldBack(call: ServiceCall, earlier: ServiceCall[]): boolean {
  return earlier.some(({ kind }) => kind !== call.kind);
}
