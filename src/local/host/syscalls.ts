/**
 * The operations that the official package asks of its backend, by their names on the wire between the two. Arguments
 * and results are JSON text; values inside are in Convex's JSON encoding.
 */
import { convexToJson, type JSONValue } from "convex/values";
import type { Call, Syscalls } from "./call";
import { Database } from "./database";
import type { ActionOutcome } from "./engine";
import { FunctionError } from "./functionErrors";
import type { Address, FunctionRunner, Target } from "./functionRunner";
import { canonicalPath } from "./installation";
import { type PageRequest, page, stream } from "./queries";
import type { SerializedQuery } from "./queryPlan";
import { cancelJob, scheduleJob } from "./scheduledJobs";
import { APP } from "./tables";
import type { Transaction } from "./transaction";

/** How the package names a function: by path, by a reference into a component, or by a handle. */
interface FunctionAddress {
  name?: string;
  reference?: string;
  functionHandle?: string;
}

type CallRequest = FunctionAddress & { args: JSONValue };
/** The time is in seconds since the epoch. */
type ScheduleRequest = CallRequest & { ts: number };

// The package sends each operation its own shape of arguments; every handler names the one that it reads.
// biome-ignore lint/suspicious/noExplicitAny: see above.
type Handler<Result> = (call: Call, args: any) => Result;
/** JSON text, or undefined for null. */
type Reply = string | undefined | Promise<string | undefined>;
type Handlers = Record<string, Handler<Reply>>;

/** These take more than one step; what the function asks meanwhile waits until they are done. */
const TAKE_TURNS = new Set(["1.0/runUdf", "1.0/schedule"]);
const HANDLE_PREFIX = "function://;";

function addressOf({ name, reference, functionHandle }: FunctionAddress): Address {
  const path = functionHandle?.startsWith(HANDLE_PREFIX) ? functionHandle.slice(HANDLE_PREFIX.length) : name;
  if (path !== undefined) return { component: APP, path, access: "any" };
  throw new Error(`Components are not available on this host: ${reference ?? functionHandle}`);
}

function targetOf(request: CallRequest): Target {
  return { ...addressOf(request), args: request.args };
}

/** The transaction that a query or mutation runs in. */
function transactionOf({ transaction }: Call): Transaction {
  if (transaction === null) throw new Error("This operation is not available in actions.");
  return transaction;
}

function writableTransactionOf(call: Call): Transaction {
  if (call.kind !== "mutation") throw new Error("Only mutations can write.");
  return transactionOf(call);
}

export function createSyscalls(runner: FunctionRunner): Syscalls {
  const database = (transaction: Transaction) =>
    new Database(transaction, (table) => runner.installation?.tables.get(table)?.document ?? null);
  const syncHandlers: Record<string, Handler<JSONValue>> = {
    "1.0/queryStream": (call, { query }: { query: SerializedQuery }) => {
      const queryId = call.streams.size + 1;
      call.streams.set(queryId, stream(transactionOf(call), query));
      return { queryId };
    },
    "1.0/queryCleanup": (call, { queryId }: { queryId: number }) => {
      call.streams.get(queryId)?.return?.();
      return null;
    },
    "1.0/db/normalizeId": (call, args) => ({ id: database(transactionOf(call)).normalizeId(args) }),
    "1.0/getSnapshotTs": (call) => convexToJson(transactionOf(call).snapshotTs),
  };
  const asyncHandlers: Handlers = {
    "1.0/get": (call, args) => database(transactionOf(call)).get(args),
    "1.0/insert": (call, args) => JSON.stringify({ _id: database(writableTransactionOf(call)).insert(args) }),
    "1.0/shallowMerge": (call, args) => database(writableTransactionOf(call)).patch(args),
    "1.0/replace": (call, args) => database(writableTransactionOf(call)).replace(args),
    "1.0/remove": (call, args) => database(writableTransactionOf(call)).delete(args),
    ...queryHandlers,
    ...callHandlers(runner),
    ...schedulerHandlers(runner),
    ...contextHandlers,
  };
  return {
    sync(call, operation, args) {
      const handler = syncHandlers[operation];
      if (handler === undefined) throw new Error(`Unknown operation ${operation}`);
      return JSON.stringify(handler(call, JSON.parse(args)));
    },
    async(call, operation, args) {
      const handler = asyncHandlers[operation];
      if (handler === undefined) throw new Error(`Unknown async operation ${operation}`);
      const work = () => handler(call, JSON.parse(args));
      const reply = TAKE_TURNS.has(operation) || call.turns.busy ? call.turns.run(work) : work();
      return reply instanceof Promise ? reply.then((json) => json ?? "null") : (reply ?? "null");
    },
  };
}

const queryHandlers: Handlers = {
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
    const { json, journal } = page(transactionOf(call), args, call.request.journal);
    call.request.nextJournal = journal;
    return json;
  },
  "1.0/count": (call, { table: tableName }: { table: string }) => {
    const query: SerializedQuery = { source: { type: "FullTableScan", tableName, order: null }, operators: [] };
    return String([...stream(transactionOf(call), query)].length);
  },
};

function callHandlers(runner: FunctionRunner): Handlers {
  const answer = async (running: Promise<ActionOutcome>) => {
    const outcome = await running;
    if (outcome.ok) return outcome.valueJson;
    throw new FunctionError(outcome.message, outcome.errorData);
  };
  return {
    "1.0/runUdf": (call, { udfType, transactionLimits = {}, ...request }) => {
      const nested = () => runner.runNested(call, udfType, targetOf(request));
      return transactionOf(call).usage.within(transactionLimits, nested);
    },
    "1.0/actions/query": (call, request: CallRequest) => answer(runner.runQuery(targetOf(request), call.request)),
    "1.0/actions/mutation": (call, request: CallRequest) => answer(runner.runMutation(targetOf(request), call.request)),
    "1.0/actions/action": (call, request: CallRequest) => answer(runner.runAction(targetOf(request), call.request)),
    "1.0/createFunctionHandle": (_call, address: FunctionAddress) =>
      JSON.stringify(HANDLE_PREFIX + canonicalPath(addressOf(address).path)),
  };
}

function schedulerHandlers(runner: FunctionRunner): Handlers {
  const existing = async (request: FunctionAddress) => {
    const address = addressOf(request);
    const found = await runner.find(address).catch(() => null);
    if (found === null) throw new Error(`Attempted to schedule function at nonexistent path: ${address.path}`);
    return found.path;
  };
  const schedule = (transaction: Transaction, path: string, { ts, args }: ScheduleRequest) => {
    // Milliseconds became seconds on the way, as a float.
    return JSON.stringify(scheduleJob(transaction, path, Math.round(ts * 1_000_000) / 1_000, args));
  };
  return {
    "1.0/schedule": async (call, request: ScheduleRequest) =>
      schedule(writableTransactionOf(call), await existing(request), request),
    "1.0/cancel_job": (call, { id }: { id: string }) => cancelJob(writableTransactionOf(call), id),
    "1.0/actions/schedule": async (_call, request: ScheduleRequest) => {
      const path = await existing(request);
      return runner.transact((transaction) => schedule(transaction, path, request));
    },
    "1.0/actions/cancel_job": (_call, { id }: { id: string }) =>
      runner.transact((transaction) => cancelJob(transaction, id)),
  };
}

const contextHandlers: Handlers = {
  "1.0/getUserIdentity": ({ request }) => {
    request.readIdentity = true;
    return JSON.stringify(request.caller.identity);
  },
  "1.0/getTransactionMetrics": ({ transaction }) => {
    // The package recognises these words, and says that actions have no metrics.
    if (transaction === null) throw new Error("Unknown async operation 1.0/getTransactionMetrics");
    return JSON.stringify(transaction.usage.metrics());
  },
  "1.0/getFunctionMetadata": ({ path }) => JSON.stringify({ name: path, componentPath: APP }),
  "1.0/getDeploymentMetadata": () => JSON.stringify({ name: "local", region: null, class: "s16" }),
  "1.0/getRequestMetadata": ({ request: { caller, scheduledFunctionId } }) => {
    const unknown = { ip: null, userAgent: null, authToken: null };
    return JSON.stringify({ ...unknown, requestId: caller.requestId, scheduledFunctionId });
  },
};
