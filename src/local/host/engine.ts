/**
 * The engine's face towards the wire: what the HTTP server, the live-query sessions and the CLI's push need of it.
 * The engine runs pushed Convex functions on the store; nothing here knows HTTP, WebSocket or the product.
 */

export type FunctionKind = "query" | "mutation" | "action";

/** A verified caller, as `ctx.auth.getUserIdentity()` returns it. */
export type Identity = { tokenIdentifier: string; issuer: string; subject: string } & Record<string, unknown>;

export interface Caller {
  identity: Identity | null;
  /** 16 hex digits, shown in error messages. */
  requestId: string;
  /** An admin (the CLI with the admin key) may call internal functions too. */
  isAdmin: boolean;
}

export interface FunctionCall {
  /** Component path; "" is the app. */
  component: string;
  /** `module:function` or `folder/module:function`, with or without `.js`. */
  path: string;
  /** The argument object in Convex's JSON encoding, parsed (`$integer`, `$bytes`, … still encoded). */
  args: unknown;
}

/** A half-open range [low, high) of encoded keys of one index. */
export interface ReadRange {
  indexId: number;
  low: Uint8Array;
  high: Uint8Array;
}

export interface IndexWrite {
  indexId: number;
  key: Uint8Array;
}

export interface QueryDetails {
  /** The store's timestamp (nanoseconds) at which the result is valid. */
  ts: bigint;
  readSet: ReadRange[];
  readIdentity: boolean;
  /** Opaque pagination journal, null where the query did not paginate. */
  journal: string | null;
}

/** `valueJson`: the result in Convex's JSON encoding, already serialised. */
export type Success = { ok: true; valueJson: string; logLines: string[] };
/** `message` starts with "Uncaught …", "ArgumentValidationError: …", …; `errorData` is a ConvexError's data as encoded JSON. */
export type Failure = { ok: false; message: string; errorData?: unknown; logLines: string[] };

export type QueryOutcome = (Success | Failure) & QueryDetails;
export type MutationOutcome = (Success & { ts: bigint }) | Failure;
export type ActionOutcome = Success | Failure;

/** A client's mutation, answered once however often it is sent: the answer is stored in the mutation's own commit. */
export interface MutationOrigin {
  sessionId: string;
  requestId: number;
}

/** One finished ES module of the CLI's push. */
export interface PushedModule {
  path: string;
  source: string;
  sourceMap?: string;
  environment: "isolate" | "node";
}

/** What one push deploys. Components other than the app ("") follow in the same shape. */
export interface Deployment {
  modules: PushedModule[];
  /** The evaluated schema as `schema.export()` gives it, parsed; null without a schema file. */
  schema: unknown;
  /** Evaluated auth providers of `auth.config`. */
  authProviders: unknown[];
}

/** What evaluating pushed modules tells the CLI, module path (with `.js`) by module path. */
export interface ModuleAnalysis {
  functions: {
    name: string;
    udfType: "Query" | "Mutation" | "Action";
    visibility: "public" | "internal";
    args: string;
    returns: string;
  }[];
  httpRoutes: { path: string; method: string }[] | null;
  crons: Record<string, unknown> | null;
}

export interface Engine {
  /** The timestamp of the last durable commit, nanoseconds. */
  readonly lastTs: bigint;
  runQuery(call: FunctionCall, caller: Caller, journal?: string | null): Promise<QueryOutcome>;
  runMutation(call: FunctionCall, caller: Caller, origin?: MutationOrigin): Promise<MutationOutcome>;
  runAction(call: FunctionCall, caller: Caller): Promise<ActionOutcome>;
  /** Runs a function of any kind: the CLI's `convex run`. */
  runAny(call: FunctionCall, caller: Caller): Promise<ActionOutcome>;
  /** The app's http.ts router; null when no route matches or none is deployed. */
  runHttpAction(request: Request, caller: Caller): Promise<Response | null>;
  onCommit(listener: (ts: bigint, writes: IndexWrite[]) => void): void;
  /** Evaluates without installing: syntax, imports and definitions are checked. */
  analyze(modules: PushedModule[]): Promise<Record<string, ModuleAnalysis>>;
  /** Evaluates `schema` / `auth.config` modules of a push. */
  evaluateDefault(source: PushedModule): Promise<unknown>;
  /** Refuses (throws with a readable message) a schema that stored documents violate; else installs durably and starts crons. */
  deploy(deployment: Deployment): Promise<void>;
  /** The deployment that is installed, null before the first push. */
  deployed(): Deployment | null;
  environment(): ReadonlyMap<string, string>;
  setEnvironment(changes: { name: string; value: string | null }[]): void;
  close(): Promise<void>;
}
