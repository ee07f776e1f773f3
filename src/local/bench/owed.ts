/**
 * What waits in the bench: requests of providers; what the service owes to the vault, more than one turn may send; and the loops,
 * which do nothing there by themselves.
 */
import type { WithoutSystemFields } from "convex/server";
import type { Doc, TableNames } from "../../../convex/_generated/dataModel";
import { BATCH_CALLS, queueOf, type ServiceCall } from "../../domain/outbox";
import type { Tier } from "../../domain/tiers";
import { TOKENS, type Token } from "../../domain/tokens";

/** The lease of all loops. */
export const LEASE = "bench";
/** Of each kind of call, for each token. */
const OWED = 60;

/** Writes a document, and says its id. */
export type Insert = <Table extends TableNames>(table: Table, fields: WithoutSystemFields<Doc<Table>>) => string;

/** Somebody's request that the chain has not answered yet. */
export interface Open {
  provider: string;
  tier: Tier;
  token: Token;
  amount: bigint;
  /** A commitment's reference, or the id of an authorisation. */
  id: bigint;
}

type Owed = WithoutSystemFields<Doc<"outboxCalls">>;

export function* owedCalls(newId: () => bigint): Generator<Owed> {
  for (let n = 0; n < OWED; n++) {
    yield owedCall(`revoke:${n}`, { kind: "revoke", authorizationId: newId() });
    for (const token of TOKENS) {
      yield owedCall(`lock:${token}:${n}`, { kind: "lock", token, policyId: newId(), amount: 1n });
      yield owedCall(`release:${token}:${n}`, { kind: "release", token, policyId: newId() });
      yield owedCall(`settle:${token}:${n}`, { kind: "settle", token, policyId: newId(), amount: 1n });
    }
  }
  yield owedCall("waiting", { kind: "revoke", authorizationId: newId() });
  yield owedCall("failed", { kind: "revoke", authorizationId: newId() }, "failed");
}

export function owedCall(key: string, call: ServiceCall, status: Owed["status"] = "waiting"): Owed {
  const policyId = call.kind === "revoke" ? null : call.policyId;
  const rest = { transactionId: null, batchLimit: BATCH_CALLS, aborts: 0, outcome: null };
  return { key, call, queue: queueOf(call), policyId, status, ...rest };
}

const IDLE_SYNC = {
  ...{ lease: LEASE, dueAt: 0, isWoken: false, behindSince: null, doubts: 0 },
  ...{ failures: 0, lastError: null },
};

/** Never overdue, so that whoever wakes it leaves its lease. */
const IDLE_OUTBOX = {
  ...{ lease: LEASE, dueAt: Number.MAX_SAFE_INTEGER, seenTip: null },
  ...{ wakes: 0, failures: 0, lastError: null },
};

const IDLE_PRICES = { lease: LEASE, dueAt: 0, failures: 0, troubles: [] };
const IDLE_WEBHOOK = { lease: LEASE, dueAt: 0, failures: 0, lastError: null };

export function insertIdleLoops(insert: Insert): void {
  insert("outboxLoop", IDLE_OUTBOX);
  insert("syncLoop", IDLE_SYNC);
  insert("priceLoop", IDLE_PRICES);
  insert("webhookLoop", IDLE_WEBHOOK);
}
