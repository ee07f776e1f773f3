/**
 * Runs deployed functions: queries and mutations one after the other on a transaction each, actions beside them. The
 * order of everything that commits is decided here, by one lock.
 */
import { type JSONValue, jsonToConvex, type Value } from "convex/values";
import { Call, currentCall, type RequestState } from "./call";
import { Database, tableNameOf } from "./database";
import type { ActionOutcome, FunctionKind, IndexWrite, MutationOutcome, QueryOutcome, Success } from "./engine";
import { FunctionError, failureOf, functionNotFound, uncaught } from "./functionErrors";
import type { DeployedFunction, Installation } from "./installation";
import { MAX_ARGUMENT_BYTES, MAX_RETURN_BYTES, MAX_TRANSACTION_MS } from "./limits";
import { Lock } from "./lock";
import type { Store } from "./store";
import { createSyscalls } from "./syscalls";
import { Transaction } from "./transaction";
import { mismatchOf } from "./validators";

export type CommitListener = (ts: bigint, writes: IndexWrite[]) => void;

/** A function and its argument object in Convex's JSON encoding. */
export interface Target {
  component: string;
  path: string;
  args: unknown;
  /** Requests from outside reach public functions; functions, the scheduler and admins reach internal ones too. */
  access: "public" | "any";
}

/** What the host adds to a mutation's own transaction. */
export interface Around {
  /** An outcome makes the mutation superfluous: it has run already, or is no longer due. */
  instead?(transaction: Transaction): MutationOutcome | null;
  finish?(transaction: Transaction, success: Success): void;
}

export class FunctionRunner {
  installation: Installation | null = null;
  readonly #lock = new Lock();
  readonly #listeners: CommitListener[] = [];
  readonly #syscalls = createSyscalls(this);

  constructor(
    readonly store: Store,
    readonly now: () => number,
    readonly environment: ReadonlyMap<string, string>,
  ) {}

  onCommit(listener: CommitListener): void {
    this.#listeners.push(listener);
  }

  /** Alone: no transaction runs meanwhile. */
  exclusively<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    return this.#lock.run(work);
  }

  idle(): Promise<void> {
    return this.#lock.idle();
  }

  /** A transaction of the host's own, or of an action that schedules. */
  transact<Result>(work: (transaction: Transaction) => Result): Promise<Result> {
    return this.exclusively(() => {
      const transaction = new Transaction(this.store, this.now());
      const result = work(transaction);
      this.#commit(transaction);
      return result;
    });
  }

  /** Listeners belong to the host, not to the function that happens to have committed. */
  announce(ts: bigint, writes: IndexWrite[]): void {
    currentCall.exit(() => {
      for (const listener of this.#listeners) listener(ts, writes);
    });
  }

  runQuery(target: Target, request: RequestState): Promise<QueryOutcome> {
    return this.exclusively(async () => {
      const transaction = new Transaction(this.store, this.now());
      const outcome = await settle(request, async () => {
        const found = await this.#find(target, "query");
        return withDeadline(this.#execute(this.#call(found, request, transaction), found, target.args));
      });
      transaction.end();
      return {
        ...outcome,
        ts: transaction.snapshotTs,
        readSet: transaction.readSet(),
        readIdentity: request.readIdentity,
        journal: request.nextJournal,
      };
    });
  }

  runMutation(target: Target, request: RequestState, around: Around = {}): Promise<MutationOutcome> {
    return this.exclusively(async () => {
      const transaction = new Transaction(this.store, this.now());
      const decided = around.instead?.(transaction) ?? null;
      if (decided !== null) return decided;
      const outcome = await settle(request, async () => {
        const found = await this.#find(target, "mutation");
        return withDeadline(this.#execute(this.#call(found, request, transaction), found, target.args));
      });
      if (!outcome.ok) {
        transaction.end();
        return outcome;
      }
      around.finish?.(transaction, outcome);
      const ts = transaction.commitTs;
      this.#commit(transaction);
      return { ...outcome, ts };
    });
  }

  runAction(target: Target, request: RequestState): Promise<ActionOutcome> {
    return settle(request, async () => {
      const found = await this.#find(target, "action");
      return this.#execute(this.#call(found, request, null), found, target.args);
    });
  }

  async runAny(target: Target, request: RequestState): Promise<ActionOutcome> {
    // A function that does not exist is reported by whichever way it is run.
    const kind = await this.kindOf(target).catch(() => "action");
    if (kind === "query") return this.runQuery(target, request);
    return kind === "mutation" ? this.runMutation(target, request) : this.runAction(target, request);
  }

  /** null where the app has no route for the request. */
  async runHttpAction(http: Request, request: RequestState): Promise<Response | null> {
    const installation = this.installation;
    const router = await installation?.router();
    const route = router?.lookup(new URL(http.url).pathname, http.method);
    if (!installation || !route) return null;
    const call = new Call(this.#syscalls, this.environment, request, "", "http.js:default", "action", null);
    try {
      const response = await currentCall.run(call, () => route[0].invokeHttpAction(http));
      if (!(response instanceof Response))
        throw new FunctionError("Uncaught Error: An HTTP action must return a Response.");
      return response;
    } catch (error) {
      const code = `[Request ID: ${request.caller.requestId}] Server Error`;
      return Response.json({ code, trace: uncaught(error, installation.modules).message }, { status: 500 });
    }
  }

  /** `ctx.runQuery` and `ctx.runMutation` inside a transaction: a part of it that leaves nothing when it fails. */
  async runNested(parent: Call, kind: "query" | "mutation" | "snapshotQuery", target: Target): Promise<string> {
    const outer = parent.transaction as Transaction;
    const found = await this.#find(target, kind === "mutation" ? "mutation" : "query");
    const transaction = kind === "snapshotQuery" ? new Transaction(this.store, outer.now) : outer;
    const mark = outer.mark();
    try {
      return await this.#execute(this.#call(found, parent.request, transaction), found, target.args);
    } catch (error) {
      outer.rollbackTo(mark);
      throw error;
    }
  }

  async kindOf(target: Target): Promise<FunctionKind> {
    return (await this.#find(target, null)).kind;
  }

  /** The canonical path of a function that exists. */
  async assertExists(target: Omit<Target, "args">): Promise<string> {
    return (await this.#find({ ...target, args: {} }, null)).path;
  }

  database(call: Call): Database {
    if (call.transaction === null) throw new Error("ctx.db is not available in actions.");
    const tables = this.installation?.tables;
    return new Database(call.transaction, call.component, (table) => tables?.get(table)?.document ?? null);
  }

  async #find({ component, path, access }: Target, kind: FunctionKind | null): Promise<DeployedFunction> {
    if (component !== "") {
      throw new FunctionError(`Component "${component}" is not available: this host runs the app only.`);
    }
    if (this.installation === null) throw functionNotFound(path);
    const found = await this.installation.function(path);
    if (access === "public" && !found.isPublic) throw functionNotFound(path);
    if (kind !== null && found.kind !== kind) {
      const [wanted, actual] = [kind, found.kind].map((name) => name.charAt(0).toUpperCase() + name.slice(1));
      throw new FunctionError(`Trying to execute ${found.path} as ${wanted}, but it is defined as ${actual}.`);
    }
    return found;
  }

  #call(found: DeployedFunction, request: RequestState, transaction: Transaction | null): Call {
    return new Call(this.#syscalls, this.environment, request, "", found.path, found.kind, transaction);
  }

  /** The function's result as JSON text; everything that is wrong with it throws a FunctionError. */
  async #execute(call: Call, found: DeployedFunction, given: unknown): Promise<string> {
    const { args, returns, registered, modules } = found;
    const argsText = JSON.stringify([given]);
    if (argsText.length > MAX_ARGUMENT_BYTES)
      throw new FunctionError("ArgumentValidationError: Arguments are too large.");
    this.#validate("ArgumentValidationError", args, given as JSONValue);
    let json: string;
    try {
      json = await currentCall.run(call, () => {
        if (call.kind === "query") return registered.invokeQuery(argsText);
        if (call.kind === "mutation") return registered.invokeMutation(argsText);
        return registered.invokeAction(call.request.caller.requestId, argsText);
      });
    } catch (error) {
      throw uncaught(error, modules);
    } finally {
      // Nested calls that nobody awaited must not go on in a transaction that is over.
      await call.turns.idle();
    }
    if (json.length > MAX_RETURN_BYTES) throw new FunctionError("Function returned a value that is too large.");
    if (returns !== null) this.#validate("ReturnsValidationError", returns, JSON.parse(json));
    return json;
  }

  #validate(name: string, validator: DeployedFunction["args"], encoded: JSONValue): void {
    let value: Value;
    try {
      value = jsonToConvex(encoded);
    } catch (error) {
      throw new FunctionError(`${name}: ${(error as Error).message}`);
    }
    const mismatch = mismatchOf(validator, value, tableNameOf(this, ""));
    if (mismatch !== null) throw new FunctionError(`${name}: ${mismatch}`);
  }

  #commit(transaction: Transaction): void {
    const writes = transaction.commit();
    if (writes !== null) this.announce(transaction.ts, writes);
  }
}

async function settle(request: RequestState, work: () => Promise<string>): Promise<ActionOutcome> {
  const { logLines } = request;
  try {
    return { ok: true, valueJson: await work(), logLines };
  } catch (error) {
    if (error instanceof FunctionError) return failureOf(error, logLines);
    throw error;
  }
}

/** A promise that never settles would hold the lock for ever; a loop that never ends needs the host's heartbeat. */
function withDeadline<Result>(work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout;
  const deadline = new Promise<never>((_, reject) => {
    const message = `Uncaught Error: Function execution timed out (maximum duration: ${MAX_TRANSACTION_MS / 1000}s)`;
    timer = setTimeout(() => reject(new FunctionError(message)), MAX_TRANSACTION_MS);
  });
  return Promise.race([work, deadline]).finally(() => clearTimeout(timer));
}
