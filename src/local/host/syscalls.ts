/**
 * The operations that the official package asks of its backend, by their names on the wire between the two. Arguments
 * and results are JSON text; values inside are in Convex's JSON encoding.
 */
import type { JSONValue } from "convex/values";
import type { Call, Syscalls } from "./call";
import type { ActionOutcome } from "./engine";
import { FunctionError } from "./functionErrors";
import type { FunctionRunner, Target } from "./functionRunner";
import { canonicalPath } from "./installation";
import { type PageRequest, page, stream } from "./queries";
import type { SerializedQuery } from "./queryPlan";
import { cancelJob, scheduleJob } from "./scheduledJobs";
import type { Transaction } from "./transaction";

/** How the package names a function: by path, by a reference into a component, or by a handle. */
interface Address {
  name?: string;
  reference?: string;
  functionHandle?: string;
}

interface CallRequest extends Address {
  args: JSONValue;
}

interface ScheduleRequest extends CallRequest {
  /** Seconds since the epoch. */
  ts: number;
}

// The package sends each operation its own shape of arguments; every handler names the one that it reads.
// biome-ignore lint/suspicious/noExplicitAny: see above.
type Args = any;
type Handler<Result> = (call: Call, args: Args) => Result;
/** JSON text, or undefined where there is nothing to say. */
type Reply = string | undefined | Promise<string | undefined>;
/** These take more than one step; what the function asks meanwhile waits until they are done. */
const TAKE_TURNS = new Set(["1.0/runUdf", "1.0/schedule"]);

const HANDLE_PREFIX = "function://;";

function addressOf({ name, reference, functionHandle }: Address): Pick<Target, "component" | "path"> {
  if (functionHandle?.startsWith(HANDLE_PREFIX)) {
    return { component: "", path: functionHandle.slice(HANDLE_PREFIX.length) };
  }
  if (name !== undefined) return { component: "", path: name };
  throw new Error(`Components are not available on this host: ${reference ?? functionHandle}`);
}

function targetOf(request: CallRequest): Target {
  return { ...addressOf(request), args: request.args, access: "any" };
}

/** The transaction that a query or mutation runs in. */
function transactionOf(call: Call): Transaction {
  if (call.transaction === null) throw new Error("This operation is not available in actions.");
  return call.transaction;
}

function writableTransactionOf(call: Call): Transaction {
  if (call.kind !== "mutation") throw new Error("Only mutations can write.");
  return transactionOf(call);
}

export function createSyscalls(runner: FunctionRunner): Syscalls {
  const syncHandlers: Record<string, Handler<unknown>> = {
    "1.0/queryStream": (call, { query }: { query: SerializedQuery }) => {
      const queryId = call.streams.size + 1;
      call.streams.set(queryId, stream(transactionOf(call), call.component, query));
      return { queryId };
    },
    "1.0/queryCleanup": (call, { queryId }: { queryId: number }) => {
      call.streams.get(queryId)?.return?.();
      return null;
    },
    "1.0/db/normalizeId": (call, args) => ({ id: runner.database(call).normalizeId(args) }),
    "1.0/getSnapshotTs": (call) => encodeInteger(transactionOf(call).snapshotTs),
  };
  const asyncHandlers: Record<string, Handler<Reply>> = {
    ...documentHandlers(runner),
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
    async async(call, operation, args) {
      const handler = asyncHandlers[operation];
      if (handler === undefined) throw new Error(`Unknown async operation ${operation}`);
      const work = () => handler(call, JSON.parse(args));
      const reply = TAKE_TURNS.has(operation) || call.turns.busy ? call.turns.run(work) : work();
      return (await reply) ?? "null";
    },
  };
}

function documentHandlers(runner: FunctionRunner): Record<string, Handler<Reply>> {
  const writable = (call: Call) => {
    writableTransactionOf(call);
    return runner.database(call);
  };
  return {
    "1.0/get": (call, args) => runner.database(call).get(args),
    "1.0/queryStreamNext": (call, { queryId }: { queryId: number }) => {
      const next = call.streams.get(queryId)?.next();
      return next === undefined || next.done ? '{"value":null,"done":true}' : `{"value":${next.value},"done":false}`;
    },
    "1.0/queryPage": (call, args: PageRequest) => {
      if (call.paginated) {
        throw new Error(
          "This query or mutation function ran multiple paginated queries. Convex only supports a single paginated query in each function.",
        );
      }
      call.paginated = true;
      const { json, journal } = page(transactionOf(call), call.component, args, call.request.journal);
      call.request.nextJournal = journal;
      return json;
    },
    "1.0/count": (call, { table: tableName }: { table: string }) => {
      const query: SerializedQuery = { source: { type: "FullTableScan", tableName, order: null }, operators: [] };
      return String([...stream(transactionOf(call), call.component, query)].length);
    },
    "1.0/insert": (call, args) => JSON.stringify({ _id: writable(call).insert(args) }),
    "1.0/shallowMerge": (call, args) => writable(call).patch(args),
    "1.0/replace": (call, args) => writable(call).replace(args),
    "1.0/remove": (call, args) => writable(call).delete(args),
  };
}

function callHandlers(runner: FunctionRunner): Record<string, Handler<Reply>> {
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
    "1.0/createFunctionHandle": (_call, address: Address) => {
      return JSON.stringify(HANDLE_PREFIX + canonicalPath(addressOf(address).path));
    },
  };
}

function schedulerHandlers(runner: FunctionRunner): Record<string, Handler<Reply>> {
  const existing = async (address: Address) => {
    const { component, path } = addressOf(address);
    return runner.assertExists({ component, path, access: "any" }).catch(() => {
      throw new Error(`Attempted to schedule function at nonexistent path: ${path}`);
    });
  };
  const scheduleIn = (transaction: Transaction, path: string, { ts, args }: ScheduleRequest) => {
    // Milliseconds became seconds on the way, as a float.
    return JSON.stringify(scheduleJob(transaction, path, Math.round(ts * 1_000_000) / 1_000, args));
  };
  return {
    "1.0/schedule": async (call, request: ScheduleRequest) => {
      return scheduleIn(writableTransactionOf(call), await existing(request), request);
    },
    "1.0/cancel_job": (call, { id }: { id: string }) => cancelJob(writableTransactionOf(call), id),
    "1.0/actions/schedule": async (_call, request: ScheduleRequest) => {
      const path = await existing(request);
      return runner.transact((transaction) => scheduleIn(transaction, path, request));
    },
    "1.0/actions/cancel_job": (_call, { id }: { id: string }) => {
      return runner.transact((transaction) => cancelJob(transaction, id));
    },
  };
}

const contextHandlers: Record<string, Handler<Reply>> = {
  "1.0/getUserIdentity": (call) => {
    call.request.readIdentity = true;
    return JSON.stringify(call.request.caller.identity);
  },
  "1.0/getTransactionMetrics": (call) => {
    if (call.transaction === null) throw new Error("Unknown async operation 1.0/getTransactionMetrics");
    return JSON.stringify(call.transaction.usage.metrics());
  },
  "1.0/getFunctionMetadata": (call) => JSON.stringify({ name: call.path, componentPath: call.component }),
  "1.0/getDeploymentMetadata": () => JSON.stringify({ name: "local", region: null, class: "s16" }),
  "1.0/getRequestMetadata": ({ request }) => {
    const scheduledFunctionId = request.options.scheduledFunctionId ?? null;
    const { requestId } = request.caller;
    return JSON.stringify({ ip: null, userAgent: null, requestId, scheduledFunctionId, authToken: null });
  },
};

function encodeInteger(value: bigint): JSONValue {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return { $integer: bytes.toString("base64") };
}
