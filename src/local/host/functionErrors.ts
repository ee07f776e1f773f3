/**
 * Failures of functions, in Convex's words. A `FunctionError` is the caller's or the function's fault and becomes an
 * answer; any other error is the host's own and rejects.
 */
import type { Failure } from "./engine";
import type { LoadedModules } from "./isolate";

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
export function uncaught(thrown: unknown, modules: LoadedModules): FunctionError {
  if (thrown instanceof FunctionError) return thrown;
  const stack = modules.stackOf(thrown);
  if (typeof thrown !== "object" || thrown === null) return new FunctionError(`Uncaught ${String(thrown)}${stack}`);
  const { name = "Error", message = String(thrown), data } = thrown as Partial<Error> & { data?: unknown };
  if (!(Symbol.for("ConvexError") in thrown)) return new FunctionError(`Uncaught ${name}: ${message}${stack}`);
  // The package has serialised the data by the time the error leaves the function.
  return new FunctionError(
    `Uncaught ConvexError: ${message}${stack}`,
    typeof data === "string" ? JSON.parse(data) : null,
  );
}

export function functionNotFound(path: string): FunctionError {
  return new FunctionError(
    `Could not find public function for '${path}'. Did you forget to run \`npx convex dev\` or \`npx convex deploy\`?`,
  );
}

export function failureOf(error: FunctionError, logLines: string[]): Failure {
  const { message, data } = error;
  return { ok: false, message, ...(data === undefined ? {} : { errorData: data }), logLines };
}
