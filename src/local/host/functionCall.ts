/**
 * A call of a deployed function: who calls what, and how it can end. A `FunctionError` is the caller's or the function's
 * fault and becomes an answer; any other error is the host's own and rejects.
 */
import { types } from "node:util";
import type { ReadRange } from "./keys";

export type FunctionKind = "query" | "mutation" | "action";

/** A verified caller, as `ctx.auth.getUserIdentity()` returns it. */
export type Identity = { tokenIdentifier: string; issuer: string; subject: string } & Record<string, unknown>;

/** The request that a call goes back to, as `ctx.meta.getRequestMetadata()` tells it. */
export interface Origin {
  /** 16 hex digits, shown in error messages. */
  requestId: string;
  ip: string | null;
  userAgent: string | null;
  /** The job whose function it is, or which that function has called. */
  scheduledFunctionId: string | null;
  /** The token that the caller has proved to be who they are with. */
  authToken: string | null;
}

export interface Caller {
  origin?: Partial<Origin>;
  identity: Identity | null;
  /** An admin (the CLI with the admin key) may call internal functions too. */
  isAdmin: boolean;
}

export interface FunctionCall {
  /** The path of the component that the function belongs to; left out for the app. */
  component?: string;
  /** `module:function` or `folder/module:function`, with or without `.js`. */
  path: string;
  /** The argument object in Convex's JSON encoding, parsed (`$integer`, `$bytes`, … still encoded). */
  args: unknown;
  /** Set where a function or the scheduler calls: these reach internal functions too. */
  fromInside?: boolean;
}

/** `valueJson`: the result in Convex's JSON encoding, already serialised. */
export type Success = { ok: true; valueJson: string; logLines: string[] };
/** `message` starts with "Uncaught …", "ArgumentValidationError: …", …; `errorData` is a ConvexError's data as encoded JSON. */
export type Failure = { ok: false; message: string; errorData?: unknown; requestId: string; logLines: string[] };
export type Outcome = Success | Failure;
export type MutationOutcome = (Success & { ts: bigint }) | Failure;
export type QueryOutcome = Outcome & {
  /** The store's timestamp (nanoseconds) at which the result is valid. */
  ts: bigint;
  readSet: ReadRange[];
  readIdentity: boolean;
  /** Opaque pagination journal, null where the query did not paginate. */
  journal: string | null;
};

/** `folder/module:name` in the form that is shown and stored; a path without a name means the default export. */
export function canonicalPath(path: string): string {
  const [module = "", name = "default"] = path.split(":");
  return `${module.replace(/\.js$/, "")}.js:${name}`;
}

/** Where pushed modules seem to lie in stack traces, as on Convex. */
export const CODE_ROOT = "../convex";
const MAX_STACK_LINES = 8;

export class FunctionError extends Error {
  constructor(
    message: string,
    /** A ConvexError's data in Convex's JSON encoding. */
    readonly data?: unknown,
  ) {
    super(message);
  }
}

/** What a function threw, with its place in the pushed code. */
export function uncaught(thrown: unknown): FunctionError {
  if (thrown instanceof FunctionError) return thrown;
  const lines = types.isNativeError(thrown) ? String(thrown.stack).split("\n") : [];
  const inPushedCode = lines.filter((line) => line.trimStart().startsWith("at ") && line.includes(`${CODE_ROOT}/`));
  const stack = inPushedCode.slice(0, MAX_STACK_LINES).map((line) => `\n${line}`);
  if (typeof thrown !== "object" || thrown === null) return new FunctionError(`Uncaught ${String(thrown)}`);
  const { name = "Error", message = String(thrown), data } = thrown as Partial<Error> & { data?: unknown };
  const isConvexError = Symbol.for("ConvexError") in thrown;
  const text = `Uncaught ${isConvexError ? "ConvexError" : name}: ${message}${stack.join("")}`;
  // The package has serialised the data by the time the error leaves the function.
  return new FunctionError(text, isConvexError ? (typeof data === "string" ? JSON.parse(data) : null) : undefined);
}

/** An admin is told of a function, anyone else of a public one: that there is an internal one is nobody's business. */
export function functionNotFound(path: string, { isAdmin }: Pick<Caller, "isAdmin">): FunctionError {
  const what = isAdmin ? "function" : "public function";
  const advice = "Did you forget to run `npx convex dev` or `npx convex deploy`?";
  return new FunctionError(`Could not find ${what} for '${path}'. ${advice}`);
}
