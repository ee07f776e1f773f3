/**
 * The globals that pushed code sees: Convex's and no others, in a context of their own.
 *
 * This keeps honest code honest (it fails here as it would on Convex); it is no fence against hostile code.
 */
import { types } from "node:util";
import { type Context, createContext, runInContext } from "node:vm";
import { currentCall } from "./call";

/** Typed arrays and buffers too: libraries test `instanceof Uint8Array` on bytes that came from `fetch` or `crypto`. */
const SHARED_GLOBALS = [
  ...["ArrayBuffer", "DataView", "Uint8Array", "Uint8ClampedArray", "Uint16Array", "Uint32Array"],
  ...["Int8Array", "Int16Array", "Int32Array", "Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array"],
  ...["Request", "Response", "Headers", "FormData", "Blob", "File", "URL", "URLSearchParams"],
  ...["TextEncoder", "TextDecoder", "TextEncoderStream", "TextDecoderStream", "atob", "btoa"],
  ...["crypto", "Crypto", "CryptoKey", "SubtleCrypto", "structuredClone", "queueMicrotask"],
  ...["AbortController", "AbortSignal", "Event", "EventTarget", "DOMException"],
  ...["ReadableStream", "ReadableStreamDefaultReader", "ReadableStreamBYOBReader", "WritableStream"],
  ...["WritableStreamDefaultWriter", "TransformStream", "CompressionStream", "DecompressionStream"],
] as const;

const LOG_LEVELS = { log: "LOG", info: "INFO", warn: "WARN", error: "ERROR", debug: "DEBUG", trace: "LOG" } as const;

/** What isolate code needs of the engine. */
export interface IsolateHost {
  now(): number;
  /** Looked at whenever code reads it. */
  readonly environment: ReadonlyMap<string, string>;
}

export function createIsolateContext(
  host: IsolateHost,
  context = createContext({}, { codeGeneration: { strings: false, wasm: true } }),
): Context {
  const now = () => host.now();
  const realm: { Date: DateConstructor; Math: Math; errors: ErrorConstructor[] } = runInContext(
    "({ Date, Math, errors: [Error, TypeError, RangeError, SyntaxError, EvalError, URIError] })",
    context,
  );
  if (!process.listeners("unhandledRejection").includes(surviveStrayError)) {
    process.on("unhandledRejection", surviveStrayError);
  }
  const clock = () => currentCall.getStore()?.transaction?.now ?? now();
  const startedAt = now();
  for (const type of realm.errors) recogniseForeignErrors(type);
  realm.Math.random = () => {
    const { transaction, request } = currentCall.getStore() ?? {};
    return transaction && request ? request.random() : Math.random();
  };
  const outer = globalThis as unknown as Record<string, unknown>;
  Object.assign(context, Object.fromEntries(SHARED_GLOBALS.map((name) => [name, outer[name]])), {
    self: context,
    Date: dateThatFollows(clock, realm.Date),
    performance: { now: () => clock() - startedAt, timeOrigin: startedAt },
    console: capturingConsole(),
    Convex: convexGlobal(realm.errors[0] as ErrorConstructor),
    process: {
      get env() {
        return Object.fromEntries(host.environment);
      },
    },
    ...actionsOnly(),
  });
  return context;
}

/** `Date` whose "now" stands still within a transaction. */
function dateThatFollows(clock: () => number, RealmDate: DateConstructor): DateConstructor {
  const proxy = new Proxy(RealmDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [clock()] : args, newTarget),
    apply: (target) => new target(clock()).toString(),
    get: (target, name, receiver) => (name === "now" ? clock : Reflect.get(target, name, receiver)),
  });
  RealmDate.prototype.constructor = proxy;
  return proxy;
}

/** Errors of `fetch` and `crypto` are made in the host's realm; `instanceof Error` should still know them. */
function recogniseForeignErrors(type: ErrorConstructor): void {
  const isInstance = Function.prototype[Symbol.hasInstance];
  Object.defineProperty(type, Symbol.hasInstance, {
    value(this: unknown, value: unknown) {
      if (isInstance.call(this, value)) return true;
      return this === type && types.isNativeError(value) && (type.name === "Error" || value.name === type.name);
    },
  });
}

/** What a query or mutation may not do, because it must give the same answer when it runs again. */
function actionsOnly() {
  const guard = <Args extends unknown[], Result>(name: string, allowed: (...args: Args) => Result) => {
    return (...args: Args): Result => {
      if (!currentCall.getStore()?.transaction) return allowed(...args);
      throw new Error(
        `Can't use ${name}() in queries and mutations. Please consider using an action. See https://docs.convex.dev/functions/actions for more details.`,
      );
    };
  };
  return {
    fetch: guard("fetch", (input: string | URL | Request, init?: RequestInit) => fetch(input, init)),
    setTimeout: guard("setTimeout", (run: () => void, ms?: number) => Number(setTimeout(surviving(run), ms))),
    setInterval: guard("setInterval", (run: () => void, ms?: number) => Number(setInterval(surviving(run), ms))),
    clearTimeout: (id?: number) => clearTimeout(id),
    clearInterval: (id?: number) => clearInterval(id),
  };
}

/** Node ends the process for an error that nobody handles. One that a function left behind is that function's alone. */
function surviveStrayError(error: unknown): void {
  const call = currentCall.getStore();
  if (call === undefined) throw error;
  call.log("ERROR", ["Nobody handled:", error]);
}

export function surviving(run: () => void): () => void {
  return () => {
    try {
      run();
    } catch (error) {
      surviveStrayError(error);
    }
  };
}

/** Lines of a running function go to its caller; what a module says while it is loaded goes nowhere. */
function capturingConsole() {
  const methods = Object.entries(LOG_LEVELS).map(([method, level]) => {
    const print = (...values: unknown[]) => currentCall.getStore()?.log(level, values);
    return [method, print];
  });
  return Object.fromEntries(methods);
}

/** The three entry points that the official package calls. */
export function convexGlobal(RealmError: ErrorConstructor) {
  const running = () => {
    const call = currentCall.getStore();
    if (call) return call;
    throw new RealmError("The Convex database and auth objects are being used outside of a Convex function.");
  };
  return {
    syscall(operation: string, args: string): string {
      const call = running();
      try {
        return call.syscalls.sync(call, operation, args);
      } catch (error) {
        throw new RealmError((error as Error).message);
      }
    },
    asyncSyscall: async (operation: string, args: string): Promise<string> => {
      const call = running();
      return call.syscalls.async(call, operation, args);
    },
    jsSyscall(operation: string): never {
      throw new RealmError(`${operation} is not available: this host stores no files.`);
    },
  };
}
