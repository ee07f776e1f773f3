/**
 * One running function, and how code inside it is recognised: the official package calls one global `Convex`, which finds
 * the call that it belongs to here, however many run at once.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import type { Caller, FunctionError, FunctionKind, Origin, Outcome } from "./functionCall";
import { Lock } from "./lock";
import type { Transaction } from "./transaction";

export const currentCall = new AsyncLocalStorage<Call>();

const MAX_LOG_LINES = 256;
const MAX_LOG_LINE_LENGTH = 4_096;

/** Answers what code asks of `Convex`. */
export interface Syscalls {
  sync(call: Call, operation: string, args: string): string;
  /** Not a promise where the answer is at hand: most are, and a query of many rows asks for each. */
  async(call: Call, operation: string, args: string): string | Promise<string>;
}

/** What a request and the calls nested in its transaction share. */
export class RequestState {
  readonly logLines: string[] = [];
  readIdentity = false;
  #requestId: string | undefined;
  nextJournal: string | null = null;
  #random: (() => number) | undefined;

  constructor(
    readonly caller: Caller,
    /** The host's own log, which also gets what a function says after its end. */
    readonly onLog: (line: string) => void,
    /** The pagination journal that came in. */
    readonly journal: string | null = null,
  ) {}

  get origin(): Origin {
    const nowhere = { ip: null, userAgent: null, scheduledFunctionId: null, authToken: null };
    return { ...nowhere, ...this.caller.origin, requestId: this.requestId };
  }

  /** `Math.random` of queries and mutations: other numbers for each request, the same for each run of one. */
  random(): number {
    this.#random ??= randomOf(this.requestId);
    return this.#random();
  }

  /** 16 hex digits, shown in error messages; made when it is asked for, which is seldom. */
  get requestId(): string {
    this.#requestId ??= this.caller.origin?.requestId ?? randomBytes(8).toString("hex");
    return this.#requestId;
  }

  log(path: string, level: string, values: unknown[]): void {
    if (this.logLines.length > MAX_LOG_LINES) return;
    const isLast = this.logLines.length === MAX_LOG_LINES;
    const overflow = `[ERROR] Log overflow (maximum ${MAX_LOG_LINES}). Remaining log lines omitted.`;
    const line = isLast ? overflow : `[${level}] ${values.map((value) => inspect(value)).join(" ")}`;
    this.logLines.push(line.slice(0, MAX_LOG_LINE_LENGTH));
    this.onLog(`${path} ${line}`);
  }

  failure({ message, data }: FunctionError): Outcome {
    const { requestId, logLines } = this;
    return { ok: false, message, ...(data === undefined ? {} : { errorData: data }), requestId, logLines };
  }
}

export class Call {
  /** Open queries by the number that the package knows them by. */
  readonly streams = new Map<number, Iterator<string>>();
  /** Convex allows one paginated query a function. */
  paginated = false;
  /** A nested call has the transaction for itself: what the parent asks meanwhile waits here. */
  readonly turns = new Lock();

  constructor(
    readonly syscalls: Syscalls,
    readonly request: RequestState,
    /** The path of the component that the function belongs to. */
    readonly component: string,
    /** Canonical, such as `messages.js:send`. */
    readonly path: string,
    readonly kind: FunctionKind,
    /** null in actions, which run outside of transactions. */
    readonly transaction: Transaction | null,
    /** How many calls of its transaction it is nested in. */
    readonly depth = 0,
  ) {}

  log(level: string, values: unknown[]): void {
    this.request.log(this.path, level, values);
  }
}

/** Numbers from 0 to 1 that follow from a seed of 16 hex digits (the generator is sfc32). */
function randomOf(seed: string): () => number {
  let [a, b, c, counter] = [Number.parseInt(seed.slice(0, 8), 16), Number.parseInt(seed.slice(8), 16), 0, 1];
  const next = () => {
    const sum = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  // The first rounds mix the seed.
  for (let round = 0; round < 12; round++) next();
  return next;
}
