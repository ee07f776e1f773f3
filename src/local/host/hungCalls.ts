/**
 * What the host is at, and what took it down before. A thread in a loop can say nothing: so it says beforehand which call
 * runs, where the thread that watches it can read it. That one ends it, starts it again and says what it was at; and the
 * same call is refused for a while as one that timed out, because clients send mutations again, ask queries anew, and
 * jobs stay due. A call is recognised by function and arguments, so everything else of that function goes on.
 */
import { canonicalPath, type FunctionCall, FunctionError, type FunctionKind } from "./functionCall";
import type { Store } from "./store";

/** Each time that a call hangs again, it is refused for twice as long: it may have been the machine's fault. */
const FIRST_REFUSAL_MS = 60_000;
const MAX_KEY_LENGTH = 2_000;

/** A line for people, and one by which the call is known again; empty where it won't come again by itself. */
export type TellActivity = (activity: string) => void;

export class HungCalls {
  readonly #actions: string[] = [];
  /** By key: until when a call is refused, and for how long it would be the next time; both in ms. */
  readonly #hung: Map<string, string>;

  constructor(
    private readonly store: Store,
    private readonly now: () => number,
    private readonly tell: TellActivity,
  ) {
    this.#hung = store.settings("hung");
  }

  /** Runs a call that holds the lock; says first what runs. */
  async transaction<Result>(call: FunctionCall, kind: FunctionKind, work: () => Promise<Result>): Promise<Result> {
    const key = keyOf(call);
    this.#refuseHung(key);
    this.tell(`the ${kind} ${canonicalPath(call.path)}\n${key}`);
    try {
      return await work();
    } finally {
      this.#tellActions();
    }
  }

  /** Actions run beside each other, and no client sends one again. */
  async action<Result>({ path }: FunctionCall, work: () => Promise<Result>): Promise<Result> {
    const name = `the action ${canonicalPath(path)}`;
    this.#actions.push(name);
    this.#tellActions();
    try {
      return await work();
    } finally {
      this.#actions.splice(this.#actions.indexOf(name), 1);
      this.#tellActions();
    }
  }

  /** Remembers what took the host down; call within a transaction. */
  remember(activity: string): void {
    const key = activity.split("\n")[1];
    if (!key) return;
    const { refusedMs } = this.#refusalOf(key);
    const refusal = JSON.stringify({ until: this.now() + refusedMs, refusedMs: refusedMs * 2 });
    this.#hung.set(key, refusal);
    this.store.putSetting("hung", key, refusal);
  }

  /** New code may not hang; call within a transaction. */
  forget(): void {
    for (const key of this.#hung.keys()) this.store.putSetting("hung", key, null);
    this.#hung.clear();
  }

  #refusalOf(key: string): { until: number; refusedMs: number } {
    return JSON.parse(this.#hung.get(key) ?? `{"until":0,"refusedMs":${FIRST_REFUSAL_MS}}`);
  }

  #refuseHung(key: string): void {
    if (!this.#hung.has(key)) return;
    const { until } = this.#refusalOf(key);
    if (until <= this.now()) return;
    const again = `it is not run again before ${new Date(until).toISOString()}, or before the next deploy`;
    throw new FunctionError(`Uncaught Error: Function execution timed out: this call never returned; ${again}.`);
  }

  #tellActions(): void {
    this.tell(this.#actions.join(" or "));
  }
}

function keyOf({ component = "", path, args }: FunctionCall): string {
  return `${component}:${canonicalPath(path)} ${JSON.stringify(args)}`.slice(0, MAX_KEY_LENGTH);
}
