/**
 * The system table `_scheduled_functions`: which function runs when, and how it went. Functions schedule and cancel here
 * inside their own transaction; the scheduler moves a job through its states.
 */
import type { JSONValue } from "convex/values";
import { newDocumentId } from "./documentIds";
import { afterPrefix, encodeKey } from "./keys";
import { MAX_SCHEDULED_ARGUMENT_BYTES } from "./limits";
import type { IndexInfo, Store, TableInfo } from "./store";
import type { Transaction } from "./transaction";

export type JobState =
  | { kind: "pending" }
  | { kind: "inProgress" }
  | { kind: "success" }
  | { kind: "failed"; error: string }
  | { kind: "canceled" };

export interface Job {
  _id: string;
  _creationTime: number;
  /** Canonical path of the function. */
  name: string;
  /** One argument object in Convex's JSON encoding. */
  args: [JSONValue];
  scheduledTime: number;
  completedTime?: number;
  state: JobState;
}

const TABLE = "_scheduled_functions";
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;
const MAX_DELAY_MS = 5 * 365 * 24 * 60 * 60 * 1000;
const MAX_REMOVED_AT_ONCE = 10;

/** The table is the host's own, so no deployment creates it. */
export function ensureJobTable(store: Store): void {
  store.setIndexes(jobTable(store), [
    { name: "by_state_and_scheduledTime", fields: ["state.kind", "scheduledTime"] },
    { name: "by_completedTime", fields: ["completedTime"] },
  ]);
}

function jobTable(store: Store): TableInfo {
  return store.ensureTable(TABLE);
}

/** The index that changes whenever the next due time may have changed. */
export function dueIndex(store: Store): IndexInfo {
  return jobTable(store).indexes.get("by_state_and_scheduledTime") as IndexInfo;
}

export function scheduleJob(transaction: Transaction, path: string, scheduledTime: number, args: JSONValue): string {
  const argumentBytes = JSON.stringify(args).length;
  if (argumentBytes > MAX_SCHEDULED_ARGUMENT_BYTES) {
    throw new Error(`Arguments of a scheduled function are too large (limit: ${MAX_SCHEDULED_ARGUMENT_BYTES} bytes)`);
  }
  if (!(Math.abs(scheduledTime - transaction.now) <= MAX_DELAY_MS)) {
    throw new Error("A function can be scheduled at most 5 years away.");
  }
  transaction.usage.count("functionsScheduled", 1);
  transaction.usage.count("scheduledFunctionArgsBytes", argumentBytes);
  const table = jobTable(transaction.store);
  const job: Job = {
    _creationTime: transaction.nextCreationTime(),
    _id: newDocumentId(table.number),
    args: [args],
    name: path,
    scheduledTime,
    state: { kind: "pending" },
  };
  transaction.write(table, job._id, JSON.stringify(job));
  return job._id;
}

export function cancelJob(transaction: Transaction, id: string): undefined {
  if (transaction.store.tableOfId(id) !== jobTable(transaction.store)) {
    throw new Error(
      `Invalid argument \`id\` for \`scheduler.cancel\`: ${JSON.stringify(id)} is no scheduled function.`,
    );
  }
  const state = readJob(transaction, id)?.state.kind;
  if (state === "pending" || state === "inProgress") setJobState(transaction, id, { kind: "canceled" });
}

export function readJob(transaction: Transaction, id: string): Job | null {
  const json = transaction.read(jobTable(transaction.store), id);
  return json === null ? null : JSON.parse(json);
}

export function setJobState(transaction: Transaction, id: string, state: JobState): void {
  const job = readJob(transaction, id);
  if (job === null) return;
  const isOver = state.kind !== "pending" && state.kind !== "inProgress";
  const changed: Job = { ...job, ...(isOver ? { completedTime: transaction.now } : {}), state };
  transaction.write(jobTable(transaction.store), id, JSON.stringify(changed));
  if (isOver) removeOldJobs(transaction);
}

/** Each job that ends takes some with it that ended long ago, so that the table does not grow for ever. */
function removeOldJobs(transaction: Transaction): void {
  const table = jobTable(transaction.store);
  const index = table.indexes.get("by_completedTime") as IndexInfo;
  const range = { low: encodeKey([0]), high: encodeKey([transaction.now - KEPT_MS]) };
  for (const { id } of transaction.store.page(index, range, "asc", MAX_REMOVED_AT_ONCE))
    transaction.write(table, id, null);
}

/** Jobs of one state, the earliest first. */
export function jobsIn(store: Store, state: JobState["kind"], limit: number): Job[] {
  const prefix = encodeKey([state]);
  const rows = store.page(dueIndex(store), { low: prefix, high: afterPrefix(prefix) }, "asc", limit);
  return rows.map(({ json }) => JSON.parse(json));
}
