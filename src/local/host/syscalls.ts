/**
 * The operations that the official package asks of its backend, by their names on the wire between the two. Arguments
 * and results are JSON text; values inside are in Convex's JSON encoding.
 */
import type { JSONValue } from "convex/values";
import type { Call, Syscalls } from "./call";
import { Database } from "./database";
import { type FunctionCall, FunctionError, type Outcome } from "./functionCall";
import type { FunctionRunner } from "./functionRunner";
import { type PageRequest, page, stream } from "./queries";
import type { SerializedQuery } from "./queryPlan";
import { cancelJob, scheduleJob } from "./scheduledJobs";
import type { Transaction } from "./transaction";

/** The package names a function by its path; those of components have none. */
type CallRequest = { name?: string; args: JSONValue };
/** The time is in seconds since the epoch. */
type ScheduleRequest = CallRequest & { ts: number };

/** JSON text, or undefined for null. */
type Reply = string | undefined | Promise<string | undefined>;
// The package sends each operation its own shape of arguments; every handler names the one that it reads.
// biome-ignore lint/suspicious/noExplicitAny: see above.
type Handlers<Result> = Record<string, (call: Call, args: any) => Result>;

/** It takes more than one step; what the function asks meanwhile waits until it is done. */
const NESTED_CALL = "1.0/runUdf";

function functionCallOf({ name, args }: CallRequest): FunctionCall {
  if (name === undefined) throw new Error("Components and function handles are not available on this host.");
  return { path: name, args, fromInside: true };
}

/** The transaction that a query or mutation runs in. */
function reading({ transaction }: Call): Transaction {
  if (transaction === null) throw new Error("This operation is not available in actions.");
  return transaction;
}

function writing(call: Call): Transaction {
  if (call.kind !== "mutation") throw new Error("Only mutations can write.");
  return reading(call);
}

export function createSyscalls(runner: FunctionRunner): Syscalls {
  const database = (transaction: Transaction) =>
    new Database(transaction, (table) => runner.installation?.tables.get(table)?.document ?? null);
  const syncHandlers: Handlers<JSONValue> = {
    "1.0/queryStream": (call, { query }: { query: SerializedQuery }) => {
      const queryId = call.streams.size + 1;
      call.streams.set(queryId, stream(reading(call), query));
      return { queryId };
    },
    "1.0/queryCleanup": (call, { queryId }: { queryId: number }) => {
      call.streams.get(queryId)?.return?.();
      return null;
    },
    "1.0/db/normalizeId": (call, args) => ({ id: database(reading(call)).normalizeId(args) }),
  };
  const asyncHandlers: Handlers<Reply> = {
    "1.0/get": (call, args) => database(reading(call)).get(args),
    "1.0/insert": (call, args) => JSON.stringify({ _id: database(writing(call)).insert(args) }),
    "1.0/shallowMerge": (call, args) => database(writing(call)).patch(args),
    "1.0/replace": (call, args) => database(writing(call)).replace(args),
    "1.0/remove": (call, args) => database(writing(call)).delete(args),
    "1.0/getUserIdentity": ({ request }) => {
      request.readIdentity = true;
      return JSON.stringify(request.caller.identity);
    },
    ...queryHandlers,
    ...callHandlers(runner),
    ...schedulerHandlers(runner),
  };
  const handlerOf = <Result>(handlers: Handlers<Result>, operation: string) => {
    const handler = handlers[operation];
    if (handler === undefined) throw new Error(`This host does not know the operation ${operation}.`);
    return handler;
  };
  return {
    sync: (call, operation, args) => JSON.stringify(handlerOf(syncHandlers, operation)(call, JSON.parse(args))),
    async(call, operation, args) {
      const work = () => handlerOf(asyncHandlers, operation)(call, JSON.parse(args));
      const reply = operation === NESTED_CALL || call.turns.busy ? call.turns.run(work) : work();
      return reply instanceof Promise ? reply.then((json) => json ?? "null") : (reply ?? "null");
    },
  };
}

const queryHandlers: Handlers<Reply> = {
  "1.0/queryStreamNext": (call, { queryId }: { queryId: number }) => {
    const next = call.streams.get(queryId)?.next();
    return next === undefined || next.done ? '{"value":null,"done":true}' : `{"value":${next.value},"done":false}`;
  },
  "1.0/queryPage": (call, args: PageRequest) => {
    if (call.paginated) {
      const rule = "Convex only supports a single paginated query in each function.";
      throw new Error(`This query or mutation function ran multiple paginated queries. ${rule}`);
    }
    call.paginated = true;
    const { json, journal } = page(reading(call), args, call.request.journal);
    call.request.nextJournal = journal;
    return json;
  },
};

function callHandlers(runner: FunctionRunner): Handlers<Reply> {
  const answer = async ({ request }: Call, running: Promise<Outcome>) => {
    const outcome = await running;
    request.logLines.push(...outcome.logLines);
    if (outcome.ok) return outcome.valueJson;
    throw new FunctionError(outcome.message, outcome.errorData);
  };
  const fromAction = (kind: "runQuery" | "runMutation" | "runAction") => (call: Call, request: CallRequest) =>
    answer(call, runner[kind](functionCallOf(request), call.request.caller));
  return {
    [NESTED_CALL]: (call, { udfType, ...request }: CallRequest & { udfType: "query" | "mutation" }) => {
      reading(call);
      return runner.runNested(call, udfType, functionCallOf(request));
    },
    "1.0/actions/query": fromAction("runQuery"),
    "1.0/actions/mutation": fromAction("runMutation"),
    "1.0/actions/action": fromAction("runAction"),
  };
}

function schedulerHandlers(runner: FunctionRunner): Handlers<Reply> {
  const schedule = (transaction: Transaction, { ts, ...request }: ScheduleRequest) => {
    const { path } = functionCallOf(request);
    const found = runner.installation?.function(path);
    if (!found) throw new Error(`Attempted to schedule function at nonexistent path: ${path}`);
    // Milliseconds became seconds on the way, as a float.
    return JSON.stringify(scheduleJob(transaction, found.path, Math.round(ts * 1_000_000) / 1_000, request.args));
  };
  return {
    "1.0/schedule": (call, request: ScheduleRequest) => schedule(writing(call), request),
    "1.0/cancel_job": (call, { id }: { id: string }) => cancelJob(writing(call), id),
    "1.0/actions/schedule": (_call, request: ScheduleRequest) =>
      runner.transact((transaction) => schedule(transaction, request)),
    "1.0/actions/cancel_job": (_call, { id }: { id: string }) =>
      runner.transact((transaction) => cancelJob(transaction, id)),
  };
}
