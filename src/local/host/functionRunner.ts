/**
 * Runs deployed functions: queries and mutations one after the other on a transaction each, actions beside them. The
 * order of everything that commits is decided here, by one lock.
 */
import { type JSONValue, jsonToConvex } from "convex/values";
import { Call, currentCall, type RequestState } from "./call";
import type { ActionOutcome, FunctionKind, IndexWrite, MutationOutcome, QueryOutcome, Success } from "./engine";
import { FunctionError, failureOf, functionNotFound, uncaught } from "./functionErrors";
import type { DeployedFunction, Installation } from "./installation";
import { MAX_ARGUMENT_BYTES, MAX_RETURN_BYTES, MAX_TRANSACTION_MS } from "./limits";
import { Lock } from "./lock";
import type { Store } from "./store";
import { createSyscalls } from "./syscalls";
import { APP } from "./tables";
import { Transaction } from "./transaction";
import { mismatchOf } from "./validators";

export type CommitListener = (ts: bigint, writes: IndexWrite[]) => void;

export interface Address {
  component: string;
  path: string;
  /** Requests from outside reach public functions; functions, the scheduler and admins reach internal ones too. */
  access: "public" | "any";
}

/** A function and its argument object in Convex's JSON encoding. */
export interface Target extends Address {
  args: unknown;
}

/** What the host adds to a mutation's own transaction. */
export interface Around {
  /** An outcome makes the mutation superfluous: it has run already, or is no longer due. */
  instead?(transaction: Transaction): MutationOutcome | null;
  finish?(transaction: Transaction, success: Success): void;
}

export class FunctionRunner {
  installation: Installation | null = null;
  /** Held by every transaction. */
  readonly lock = new Lock();
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

  /** A transaction of the host's own, or of an action that schedules. */
  transact<Result>(work: (transaction: Transaction) => Result): Promise<Result> {
    return this.lock.run(() => {
      const transaction = new Transaction(this.store, this.now());
      const result = work(transaction);
      this.#commit(transaction);
      return result;
    });
  }

  runQuery(target: Target, request: RequestState): Promise<QueryOutcome> {
    return this.lock.run(async () => {
      const transaction = new Transaction(this.store, this.now());
      const outcome = await this.#run(target, "query", request, transaction);
      transaction.end();
      const { readIdentity, nextJournal: journal } = request;
      return { ...outcome, ts: transaction.snapshotTs, readSet: transaction.readSet(), readIdentity, journal };
    });
  }

  runMutation(target: Target, request: RequestState, around: Around = {}): Promise<MutationOutcome> {
    return this.lock.run(async () => {
      const transaction = new Transaction(this.store, this.now());
      const decided = around.instead?.(transaction) ?? null;
      if (decided !== null) return decided;
      const outcome = await this.#run(target, "mutation", request, transaction);
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
    return this.#run(target, "action", request, null);
  }

  async runAny(target: Target, request: RequestState): Promise<ActionOutcome> {
    // A function that does not exist is reported by whichever way it is run.
    const { kind } = await this.find(target).catch(() => ({ kind: "action" }));
    if (kind === "query") return this.runQuery(target, request);
    return kind === "mutation" ? this.runMutation(target, request) : this.runAction(target, request);
  }

  /** null where the app has no route for the request. */
  async runHttpAction(http: Request, request: RequestState): Promise<Response | null> {
    const installation = this.installation;
    const router = await installation?.router();
    const route = router?.lookup(new URL(http.url).pathname, http.method);
    if (!installation || !route) return null;
    const call = new Call(this.#syscalls, this.environment, request, "http.js:default", "action", null);
    try {
      const response = await currentCall.run(call, () => route[0].invokeHttpAction(http));
      if (response instanceof Response) return response;
      throw new FunctionError("Uncaught Error: An HTTP action must return a Response.");
    } catch (error) {
      const code = `[Request ID: ${request.caller.requestId}] Server Error`;
      return Response.json({ code, trace: uncaught(error, installation.modules).message }, { status: 500 });
    }
  }

  /** `ctx.runQuery` and `ctx.runMutation` inside a transaction: a part of it that leaves nothing when it fails. */
  async runNested(parent: Call, kind: "query" | "mutation" | "snapshotQuery", target: Target): Promise<string> {
    const outer = parent.transaction as Transaction;
    const isSnapshot = kind === "snapshotQuery";
    const found = await this.find(target, isSnapshot ? "query" : kind);
    const transaction = isSnapshot ? new Transaction(this.store, outer.now) : outer;
    const mark = outer.mark();
    try {
      return await this.#execute(found, target.args, parent.request, transaction);
    } catch (error) {
      outer.rollbackTo(mark);
      throw error;
    }
  }

  async find({ component, path, access }: Address, kind?: FunctionKind): Promise<DeployedFunction> {
    if (component !== APP) {
      throw new FunctionError(`Component "${component}" is not available: this host runs the app only.`);
    }
    const found = await this.installation?.function(path);
    if (!found || (access === "public" && !found.isPublic)) throw functionNotFound(path);
    if (kind === undefined || found.kind === kind) return found;
    const [wanted, actual] = [kind, found.kind].map((name) => name.charAt(0).toUpperCase() + name.slice(1));
    throw new FunctionError(`Trying to execute ${found.path} as ${wanted}, but it is defined as ${actual}.`);
  }

  async #run(
    target: Target,
    kind: FunctionKind,
    request: RequestState,
    transaction: Transaction | null,
  ): Promise<ActionOutcome> {
    const { logLines } = request;
    try {
      const running = this.#execute(await this.find(target, kind), target.args, request, transaction);
      return { ok: true, valueJson: await (transaction ? withDeadline(running) : running), logLines };
    } catch (error) {
      if (error instanceof FunctionError) return failureOf(error, logLines);
      throw error;
    }
  }

  /** The function's result as JSON text; everything that is wrong with it throws a FunctionError. */
  async #execute(
    { path, kind, args, returns, registered, modules }: DeployedFunction,
    given: unknown,
    request: RequestState,
    transaction: Transaction | null,
  ): Promise<string> {
    const argsText = JSON.stringify([given]);
    if (argsText.length > MAX_ARGUMENT_BYTES) throw new FunctionError("ArgumentValidationError: Too large.");
    this.#validate("ArgumentValidationError", args, given as JSONValue);
    const call = new Call(this.#syscalls, this.environment, request, path, kind, transaction);
    let json: string;
    try {
      json = await currentCall.run(call, () => {
        if (kind === "query") return registered.invokeQuery(argsText);
        if (kind === "mutation") return registered.invokeMutation(argsText);
        return registered.invokeAction(request.caller.requestId, argsText);
      });
    } catch (error) {
      throw uncaught(error, modules);
    } finally {
      // Nested calls that nobody awaited must not go on in a transaction that is over.
      await call.turns.idle();
    }
    if (json.length > MAX_RETURN_BYTES) throw new FunctionError("ReturnsValidationError: Too large.");
    if (returns !== null) this.#validate("ReturnsValidationError", returns, JSON.parse(json));
    return json;
  }

  #validate(name: string, validator: DeployedFunction["args"], encoded: JSONValue): void {
    let mismatch: string | null;
    try {
      mismatch = mismatchOf(validator, jsonToConvex(encoded), (id) => this.store.tableNameOf(id));
    } catch (error) {
      mismatch = (error as Error).message;
    }
    if (mismatch !== null) throw new FunctionError(`${name}: ${mismatch}`);
  }

  #commit(transaction: Transaction): void {
    const writes = transaction.commit();
    if (writes === null) return;
    // Listeners belong to the host, not to the function that happens to have committed.
    currentCall.exit(() => {
      for (const listener of this.#listeners) listener(transaction.ts, writes);
    });
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
