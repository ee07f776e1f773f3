/**
 * The system table `_scheduled_functions`: which function runs when, and how it went. Functions schedule and cancel here
 * inside their own transaction; the scheduler moves a job through its states.
 */
import type { JSONValue } from "convex/values";
import { newDocumentId } from "./documentIds";
import type { FunctionCall } from "./functionCall";
import type { IndexInfo, TableInfo } from "./indexes";
import { afterPrefix, encodeKey } from "./keys";
import { MAX_SCHEDULED_ARGUMENT_BYTES } from "./limits";
import type { Store } from "./store";
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
  /** The function's component, where it is another than the one that scheduled. */
  component?: string;
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

/** Every component has its own; the tables are the host's, so no schema creates them. */
export function ensureJobTable(store: Store, component: string): void {
  store.setIndexes(jobTable(store, component), [
    { name: "by_state_and_scheduledTime", fields: ["state.kind", "scheduledTime"] },
    { name: "by_completedTime", fields: ["completedTime"] },
  ]);
}

function jobTable(store: Store, component: string): TableInfo {
  return store.ensureTable(component, TABLE);
}

/** The indexes that change whenever the next due time may have changed. */
export function dueIndexes(store: Store): IndexInfo[] {
  const tables = store.tables().filter(({ name }) => name === TABLE);
  return tables.map(({ indexes }) => indexes.get("by_state_and_scheduledTime") as IndexInfo);
}

interface JobRequest {
  target: { component: string; path: string };
  scheduledTime: number;
  args: JSONValue;
}

/** The job is its scheduler's, whichever component the function belongs to. */
export function scheduleJob(
  transaction: Transaction,
  component: string,
  { target, scheduledTime, args }: JobRequest,
): string {
  const argumentBytes = JSON.stringify(args).length;
  if (argumentBytes > MAX_SCHEDULED_ARGUMENT_BYTES) {
    throw new Error(`Arguments of a scheduled function are too large (limit: ${MAX_SCHEDULED_ARGUMENT_BYTES} bytes)`);
  }
  if (!(Math.abs(scheduledTime - transaction.now) <= MAX_DELAY_MS)) {
    throw new Error("A function can be scheduled at most 5 years away.");
  }
  transaction.usage.count("functionsScheduled", 1);
  transaction.usage.count("scheduledFunctionArgsBytes", argumentBytes);
  const table = jobTable(transaction.store, component);
  const job: Job = {
    _creationTime: transaction.nextCreationTime(),
    _id: newDocumentId(table.number),
    args: [args],
    name: target.path,
    ...(target.component === component ? {} : { component: target.component }),
    scheduledTime,
    state: { kind: "pending" },
  };
  transaction.write(table, job._id, JSON.stringify(job));
  return job._id;
}

export function cancelJob(transaction: Transaction, component: string, id: string): undefined {
  if (transaction.store.tableOfId(id) !== jobTable(transaction.store, component)) {
    throw new Error(
      `Invalid argument \`id\` for \`scheduler.cancel\`: ${JSON.stringify(id)} is no scheduled function.`,
    );
  }
  const state = readJob(transaction, id)?.state.kind;
  if (state === "pending" || state === "inProgress") setJobState(transaction, id, { kind: "canceled" });
}

export function readJob(transaction: Transaction, id: string): Job | null {
  const json = transaction.read(tableOf(transaction.store, id), id);
  return json === null ? null : JSON.parse(json);
}

export function setJobState(transaction: Transaction, id: string, state: JobState): void {
  const job = readJob(transaction, id);
  if (job === null) return;
  const isOver = state.kind !== "pending" && state.kind !== "inProgress";
  const changed: Job = { ...job, ...(isOver ? { completedTime: transaction.now } : {}), state };
  const table = tableOf(transaction.store, id);
  transaction.write(table, id, JSON.stringify(changed));
  if (isOver) removeOldJobs(transaction, table);
}

/** Each job that ends takes some with it that ended long ago, so that the table does not grow for ever. */
function removeOldJobs(transaction: Transaction, table: TableInfo): void {
  const index = table.indexes.get("by_completedTime") as IndexInfo;
  const range = { low: encodeKey([0]), high: encodeKey([transaction.now - KEPT_MS]) };
  for (const { id } of transaction.store.page(index, range, "asc", MAX_REMOVED_AT_ONCE))
    transaction.write(table, id, null);
}

/** Jobs of one state in all components, the earliest first. */
export function jobsIn(store: Store, state: JobState["kind"], limit: number): Job[] {
  const low = encodeKey([state]);
  const rows = dueIndexes(store).flatMap((index) => store.page(index, { low, high: afterPrefix(low) }, "asc", limit));
  const jobs = rows.map(({ json }) => JSON.parse(json) as Job);
  return jobs.sort((a, b) => a.scheduledTime - b.scheduledTime).slice(0, limit);
}

/** What a job calls; the component is the job's own where it names none. */
export function callOf(store: Store, { _id, name: path, args, component }: Job): FunctionCall {
  return { component: component ?? tableOf(store, _id).component, path, args: args[0], fromInside: true };
}

function tableOf(store: Store, id: string): TableInfo {
  const table = store.tableOfId(id);
  if (table?.name === TABLE) return table;
  throw new Error(`${JSON.stringify(id)} is no scheduled function.`);
}
