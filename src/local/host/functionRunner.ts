/**
 * Runs deployed functions: queries and mutations one after the other on a transaction each, actions beside them. The
 * order of everything that commits is decided here, by one lock.
 */
import { type JSONValue, jsonToConvex, type ValidatorJSON } from "convex/values";
import { Call, currentCall, RequestState, type Syscalls } from "./call";
import { withCommitTs } from "./commitTimestamps";
import type { DeployedFunction } from "./component";
import {
  type Caller,
  type FunctionCall,
  FunctionError,
  type FunctionKind,
  functionNotFound,
  type MutationOutcome,
  type Outcome,
  type QueryOutcome,
  type Success,
  uncaught,
} from "./functionCall";
import { HungCalls, type TellActivity } from "./hungCalls";
import type { Installation } from "./installation";
import type { IndexWrite } from "./keys";
import { MAX_ARGUMENT_BYTES, MAX_RETURN_BYTES, MAX_TRANSACTION_MS, type NestedLimits, type Usage } from "./limits";
import { Lock } from "./lock";
import type { Store } from "./store";
import { Transaction } from "./transaction";
import { mismatchOf, type TableOfId } from "./validators";

/** How deep `ctx.runQuery` and `ctx.runMutation` may nest: Convex's own number and words. */
const MAX_CALL_DEPTH = 8;
const TOO_DEEP = "Cross component call depth limit exceeded. Do you have an infinite loop in your app?";

/** A snapshot query sees nothing of what its mutation has written. */
export type NestedKind = "query" | "mutation" | "snapshotQuery";

type CommitListener = (ts: bigint, writes: IndexWrite[]) => void;

/** What the host adds to a mutation's own transaction. */
export interface Around {
  /** An outcome makes the mutation superfluous: it has run already, or is no longer due. */
  instead?(transaction: Transaction): MutationOutcome | null;
  finish?(transaction: Transaction, success: Success): void;
}

export class FunctionRunner {
  installation: Installation | null = null;
  readonly environment: Map<string, string>;
  /** Held by every transaction. */
  readonly lock = new Lock();
  readonly hungCalls: HungCalls;
  /** Told of each function what its transaction has used, whatever became of it: for whoever measures. */
  onUsage: (path: string, usage: Usage) => void = () => {};
  readonly #listeners: CommitListener[] = [];
  readonly #syscalls: Syscalls;

  constructor(
    readonly store: Store,
    readonly now: () => number,
    readonly onLog: (line: string) => void,
    tellActivity: TellActivity,
    syscallsOf: (runner: FunctionRunner) => Syscalls,
  ) {
    this.hungCalls = new HungCalls(store, now, tellActivity);
    this.environment = store.settings("environment");
    this.#syscalls = syscallsOf(this);
  }

  onCommit(listener: CommitListener): void {
    this.#listeners.push(listener);
  }

  /** Runs work on a transaction of its own, which is committed at the end unless the work has rolled it back. */
  transact<Result>(work: (transaction: Transaction) => Result | Promise<Result>): Promise<Result> {
    return this.lock.run(async () => {
      const transaction = new Transaction(this.store, this.now());
      try {
        const result = await work(transaction);
        transaction.commit();
        return result;
      } catch (error) {
        transaction.rollback();
        throw error;
      } finally {
        // Listeners belong to the host, not to the function that happens to have committed.
        if (transaction.writes.length > 0) currentCall.exit(() => this.#tell(transaction));
      }
    });
  }

  runQuery(call: FunctionCall, caller: Caller, journal: string | null = null): Promise<QueryOutcome> {
    return this.lock.run(() => this.queryNow(call, caller, journal));
  }

  /** For callers who hold the lock, so that several queries see the same state. */
  async queryNow(call: FunctionCall, caller: Caller, journal: string | null): Promise<QueryOutcome> {
    const transaction = new Transaction(this.store, this.now());
    const request = new RequestState(caller, this.onLog, journal);
    let outcome: Outcome;
    try {
      outcome = await this.#run(call, "query", request, transaction);
      // A table that the query was the first to name stays.
      transaction.commit();
    } catch (error) {
      transaction.rollback();
      throw error;
    }
    const { readIdentity, nextJournal } = request;
    const readSet = transaction.readSet();
    return { ...outcome, ts: transaction.snapshotTs, readSet, readIdentity, journal: nextJournal };
  }

  runMutation(call: FunctionCall, caller: Caller, around: Around = {}): Promise<MutationOutcome> {
    return this.transact(async (transaction) => {
      const decided = around.instead?.(transaction) ?? null;
      if (decided !== null) return decided;
      const request = new RequestState(caller, this.onLog);
      const outcome = await this.#run(call, "mutation", request, transaction);
      transaction.assertSound();
      if (outcome.ok) around.finish?.(transaction, outcome);
      else transaction.rollback();
      return outcome.ok ? { ...outcome, ts: transaction.commitTs } : outcome;
    });
  }

  runAction(call: FunctionCall, caller: Caller): Promise<Outcome> {
    return this.#run(call, "action", new RequestState(caller, this.onLog), null);
  }

  /** Runs a function of any kind: the CLI's `convex run`. One that does not exist fails as an action. */
  runAny(call: FunctionCall, caller: Caller): Promise<Outcome> {
    const kind = this.installation?.function(call.component ?? "", call.path)?.kind;
    if (kind === "query") return this.runQuery(call, caller);
    return kind === "mutation" ? this.runMutation(call, caller) : this.runAction(call, caller);
  }

  /** The answer of the app's http.ts or of a mounted component's; null where there is no route for the request. */
  async runHttpAction(http: Request, caller: Caller): Promise<Response | null> {
    const route = this.installation?.route(new URL(http.url).pathname, http.method);
    if (!route) return null;
    const request = new RequestState(caller, this.onLog);
    const call = new Call(this.#syscalls, request, route.component, "http.js:default", "action", null);
    try {
      const running = () => currentCall.run(call, () => route.invoke(http));
      const response = await this.hungCalls.action({ path: call.path, args: null }, running);
      if (response instanceof Response) return response;
      throw new FunctionError("Uncaught Error: An HTTP action must return a Response.");
    } catch (error) {
      const code = `[Request ID: ${request.requestId}] Server Error`;
      return Response.json({ code, trace: uncaught(error).message }, { status: 500 });
    }
  }

  /** `ctx.runQuery` and `ctx.runMutation` inside a transaction. */
  async runNested(
    { request, depth }: Call,
    transaction: Transaction,
    kind: NestedKind,
    call: FunctionCall,
    limits: NestedLimits,
  ): Promise<string> {
    const found = this.find(call, request.caller, kind === "mutation" ? kind : "query");
    if (depth >= MAX_CALL_DEPTH) throw new Error(TOO_DEEP);
    const run = (on: Transaction) => this.#execute(found, call.args, request, on, depth + 1);
    const widen = transaction.usage.narrow(limits);
    try {
      if (kind === "mutation") return await transaction.part(() => run(transaction));
      return await (kind === "query" ? run(transaction) : this.#onSnapshot(transaction, run));
    } finally {
      widen();
    }
  }

  /** For `useStaleSnapshot`: reads the state before the transaction, but with its clock and within its limits. */
  async #onSnapshot({ now, usage }: Transaction, run: (on: Transaction) => Promise<string>): Promise<string> {
    const snapshot = new Transaction(this.store.snapshot(), now, usage);
    try {
      return await run(snapshot);
    } finally {
      snapshot.rollback();
    }
  }

  find(
    { component = "", path, fromInside = false }: Omit<FunctionCall, "args">,
    caller: Caller,
    kind?: FunctionKind,
  ): DeployedFunction {
    const found = this.installation?.function(component, path);
    // What a component exports is for the one that mounts it.
    const isExposed = found?.isPublic && component === "";
    if (!found || !(isExposed || fromInside || caller.isAdmin)) throw functionNotFound(path, caller);
    if (kind === undefined || found.kind === kind) return found;
    const [wanted, actual] = [kind, found.kind].map((name) => name.charAt(0).toUpperCase() + name.slice(1));
    throw new FunctionError(`Trying to execute ${found.path} as ${wanted}, but it is defined as ${actual}.`);
  }

  #tell({ ts, writes }: Transaction): void {
    for (const listener of this.#listeners) listener(ts, writes);
  }

  async #run(
    call: FunctionCall,
    kind: FunctionKind,
    request: RequestState,
    transaction: Transaction | null,
  ): Promise<Outcome> {
    try {
      const run = () => this.#execute(this.find(call, request.caller, kind), call.args, request, transaction);
      const valueJson = await (transaction
        ? this.hungCalls.transaction(call, kind, () => withDeadline(run()))
        : this.hungCalls.action(call, run));
      return { ok: true, valueJson, logLines: request.logLines };
    } catch (error) {
      if (error instanceof FunctionError) return request.failure(error);
      throw error;
    } finally {
      if (transaction) this.onUsage(call.path, transaction.usage);
    }
  }

  /** The function's result as JSON text; everything that is wrong with it throws a FunctionError. */
  async #execute(
    { component, path, kind, args, returns, registered }: DeployedFunction,
    given: unknown,
    request: RequestState,
    transaction: Transaction | null,
    depth = 0,
  ): Promise<string> {
    const argsText = JSON.stringify([given]);
    if (argsText.length > MAX_ARGUMENT_BYTES) throw new FunctionError("ArgumentValidationError: Too large.");
    const tableOfId = this.store.tableNamesIn(component);
    validate("ArgumentValidationError", args, given as JSONValue, tableOfId);
    const call = new Call(this.#syscalls, request, component, path, kind, transaction, depth);
    let json: string;
    try {
      json = await currentCall.run(call, () => {
        if (kind === "query") return registered.invokeQuery(argsText);
        if (kind === "mutation") return registered.invokeMutation(argsText);
        return registered.invokeAction(request.requestId, argsText);
      });
    } catch (error) {
      throw uncaught(error);
    } finally {
      // Nested calls that nobody awaited must not go on in a transaction that is over.
      await call.turns.idle();
    }
    json = withCommitTs(call, json);
    if (json.length > MAX_RETURN_BYTES) throw new FunctionError("ReturnsValidationError: Too large.");
    if (returns !== null) validate("ReturnsValidationError", returns, JSON.parse(json), tableOfId);
    return json;
  }
}

function validate(name: string, validator: ValidatorJSON, encoded: JSONValue, tableOfId: TableOfId): void {
  let mismatch: string | null;
  try {
    mismatch = mismatchOf(validator, jsonToConvex(encoded), tableOfId);
  } catch (error) {
    mismatch = (error as Error).message;
  }
  if (mismatch !== null) throw new FunctionError(`${name}: ${mismatch}`);
}

/** A promise that never settles would hold the lock for ever; a loop that never ends needs the worker's heartbeat. */
function withDeadline<Result>(work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout;
  const deadline = new Promise<never>((_, reject) => {
    const message = `Uncaught Error: Function execution timed out (maximum duration: ${MAX_TRANSACTION_MS / 1000}s)`;
    timer = setTimeout(() => reject(new FunctionError(message)), MAX_TRANSACTION_MS);
  });
  return Promise.race([work, deadline]).finally(() => clearTimeout(timer));
}
