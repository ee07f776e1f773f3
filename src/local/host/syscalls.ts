/**
 * The operations that the official package asks of its backend, by their names on the wire between the two. Arguments
 * and results are JSON text; values inside are in Convex's JSON encoding.
 */
import type { JSONValue } from "convex/values";
import type { Call, Syscalls } from "./call";
import { withCommitTs } from "./commitTimestamps";
import { Database } from "./database";
import { type FunctionCall, FunctionError, type Outcome } from "./functionCall";
import type { FunctionRunner, NestedKind } from "./functionRunner";
import type { FunctionAddress, Installation } from "./installation";
import type { NestedLimits } from "./limits";
import { metaHandlers, NOT_HERE, snapshotTs } from "./meta";
import { type PageRequest, page, stream } from "./queries";
import type { SerializedQuery } from "./queryPlan";
import { cancelJob, scheduleJob } from "./scheduledJobs";
import type { Transaction } from "./transaction";

type CallRequest = FunctionAddress & { args: JSONValue };
type NestedRequest = CallRequest & { udfType: NestedKind; transactionLimits?: NestedLimits };
/** The time is in seconds since the epoch. */
type ScheduleRequest = CallRequest & { ts: number };

/** JSON text, or undefined for null. */
type Reply = string | undefined | Promise<string | undefined>;
// The package sends each operation its own shape of arguments; every handler names the one that it reads.
// biome-ignore lint/suspicious/noExplicitAny: see above.
type Handlers<Result> = Record<string, (call: Call, args: any) => Result>;

/** It takes more than one step; what the function asks meanwhile waits until it is done. */
const NESTED_CALL = "1.0/runUdf";
const PAGINATION_ADVICE = "Learn more at https://docs.convex.dev/components/authoring#pagination";

/** The transaction that a query or mutation runs in. */
function reading({ transaction }: Call): Transaction {
  if (transaction === null) throw new Error("This operation is not available in actions.");
  return transaction;
}

function writing(call: Call): Transaction {
  if (call.kind !== "mutation") throw new Error("Only mutations can write.");
  return reading(call);
}

/** Code that runs was installed. */
function installed({ installation }: FunctionRunner): Installation {
  if (installation === null) throw new Error("Nothing is deployed.");
  return installation;
}

export function createSyscalls(runner: FunctionRunner): Syscalls {
  const database = ({ component }: Call, transaction: Transaction) => {
    const schema = runner.installation?.components.get(component)?.tables;
    return new Database(transaction, component, (table) => schema?.get(table)?.document ?? null);
  };
  const syncHandlers: Handlers<JSONValue> = {
    "1.0/queryStream": (call, { query }: { query: SerializedQuery }) => {
      const queryId = call.streams.size + 1;
      call.streams.set(queryId, stream(reading(call), call.component, query));
      return { queryId };
    },
    "1.0/queryCleanup": (call, { queryId }: { queryId: number }) => {
      call.streams.get(queryId)?.return?.();
      return null;
    },
    "1.0/db/normalizeId": (call, args) => ({ id: database(call, reading(call)).normalizeId(args) }),
  };
  const asyncHandlers: Handlers<Reply> = {
    "1.0/get": (call, args) => database(call, reading(call)).get(args),
    "1.0/insert": (call, args) => JSON.stringify({ _id: database(call, writing(call)).insert(args) }),
    "1.0/shallowMerge": (call, args) => database(call, writing(call)).patch(args),
    "1.0/replace": (call, args) => database(call, writing(call)).replace(args),
    "1.0/remove": (call, args) => database(call, writing(call)).delete(args),
    "1.0/getUserIdentity": ({ request, component }) => {
      // Who is signed in is for the app to know; it tells a component what that needs.
      if (component !== "") return undefined;
      request.readIdentity = true;
      return JSON.stringify(request.caller.identity);
    },
    ...queryHandlers,
    ...metaHandlers,
    ...callHandlers(runner),
    ...schedulerHandlers(runner),
  };
  const handlerOf = <Result>(handlers: Handlers<Result>, operation: string) => {
    const handler = handlers[operation];
    if (handler !== undefined) return handler;
    const instead = NOT_HERE.find(([names]) => names.test(operation))?.[1];
    throw new Error(instead ?? `This host does not know the operation ${operation}.`);
  };
  return {
    sync: (call, operation, args) =>
      operation === "1.0/getSnapshotTs"
        ? snapshotTs(call)
        : JSON.stringify(handlerOf(syncHandlers, operation)(call, JSON.parse(args))),
    async(call, operation, args) {
      const handle = handlerOf(asyncHandlers, operation);
      const request = JSON.parse(withCommitTs(call, args));
      const mustWait = operation === NESTED_CALL || call.turns.busy;
      const reply = mustWait ? call.turns.run(() => handle(call, request)) : handle(call, request);
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
    if (call.component !== "") throw new Error(`paginate() is only supported in the app. ${PAGINATION_ADVICE}`);
    if (call.paginated) {
      const rule = "Convex only supports a single paginated query in each function.";
      throw new Error(`This query or mutation function ran multiple paginated queries. ${rule}`);
    }
    call.paginated = true;
    // The client holds the journal of what it asked for, not of what that has called.
    const { json, journal } = page(reading(call), args, call.depth === 0 ? call.request.journal : null);
    if (call.depth === 0) call.request.nextJournal = journal;
    return json;
  },
};

function callHandlers(runner: FunctionRunner): Handlers<Reply> {
  const functionCallOf = ({ component }: Call, { args, ...address }: CallRequest): FunctionCall => ({
    ...installed(runner).resolve(component, address),
    args,
  });
  const answer = async ({ request }: Call, running: Promise<Outcome>) => {
    const outcome = await running;
    request.logLines.push(...outcome.logLines);
    if (outcome.ok) return outcome.valueJson;
    throw new FunctionError(outcome.message, outcome.errorData);
  };
  const fromAction = (kind: "runQuery" | "runMutation" | "runAction") => (call: Call, request: CallRequest) =>
    answer(call, runner[kind](functionCallOf(call, request), { ...call.request.caller, origin: call.request.origin }));
  return {
    [NESTED_CALL]: (call, { udfType: kind, transactionLimits = {}, ...request }: NestedRequest) => {
      if (kind !== "query" && call.kind !== "mutation") {
        throw new Error(`Cannot call a ${kind} function from a ${call.kind} function`);
      }
      return runner.runNested(call, reading(call), kind, functionCallOf(call, request), transactionLimits);
    },
    "1.0/createFunctionHandle": ({ component }, address: FunctionAddress) =>
      JSON.stringify(installed(runner).handleOf(component, address)),
    "1.0/actions/query": fromAction("runQuery"),
    "1.0/actions/mutation": fromAction("runMutation"),
    "1.0/actions/action": fromAction("runAction"),
  };
}

function schedulerHandlers(runner: FunctionRunner): Handlers<Reply> {
  const schedule = ({ component: from }: Call, transaction: Transaction, { ts, args, ...address }: ScheduleRequest) => {
    const { component = "", path } = installed(runner).resolve(from, address);
    const found = runner.installation?.function(component, path);
    if (!found) throw new Error(`Attempted to schedule function at nonexistent path: ${path}`);
    // Milliseconds became seconds on the way, as a float.
    const scheduledTime = Math.round(ts * 1_000_000) / 1_000;
    return JSON.stringify(scheduleJob(transaction, from, { target: found, scheduledTime, args }));
  };
  return {
    "1.0/schedule": (call, request: ScheduleRequest) => schedule(call, writing(call), request),
    "1.0/cancel_job": (call, { id }: { id: string }) => cancelJob(writing(call), call.component, id),
    "1.0/actions/schedule": (call, request: ScheduleRequest) =>
      runner.transact((transaction) => schedule(call, transaction, request)),
    "1.0/actions/cancel_job": ({ component }, { id }: { id: string }) =>
      runner.transact((transaction) => cancelJob(transaction, component, id)),
  };
}
