/**
 * Stands before the real SQLite in a host that is to be killed. A failpoint names a mutation, a write of it, and the moment;
 * when that moment comes, the process is killed without warning (SIGKILL), in the middle of what it does.
 */
import { DatabaseSync as Real, type StatementSyncInstance } from "@photostructure/sqlite";

export interface Failpoint {
  /** Such as `outbox/loop:store`. */
  mutation: string;
  /** A regular expression: what the JSON of one of the documents that it writes looks like. */
  writes: string;
  /** Right after that write, before the commit of the mutation that wrote it, or behind that commit. */
  moment: "write" | "before commit" | "after commit";
}

let armed: Failpoint | null = null;
let running = "";
let hasWritten = false;

export function arm(failpoint: Failpoint | null): void {
  armed = failpoint;
}

/** @param activity as the host tells it: `the mutation outbox/loop.js:store`, and a line more */
export function tellActivity(activity: string): void {
  const [, kind, path = ""] = /^the (query|mutation) (\S+)/.exec(activity) ?? [];
  // Of an action nothing is written, and what a mutation wrote is committed when it is over.
  if (kind === undefined) return;
  running = path.replace(".js:", ":");
  hasWritten = false;
}

function passed(moment: Failpoint["moment"]): void {
  if (armed?.moment === moment && armed.mutation === running && hasWritten) process.kill(process.pid, "SIGKILL");
}

function written(values: unknown[]): void {
  if (armed === null || armed.mutation !== running) return;
  const pattern = new RegExp(armed.writes);
  if (!values.some((value) => typeof value === "string" && pattern.test(value))) return;
  hasWritten = true;
  passed("write");
}

export class DatabaseSync {
  readonly #real: InstanceType<typeof Real>;

  constructor(file: string, options: { readOnly: boolean }) {
    this.#real = new Real(file, options);
  }

  get isTransaction(): boolean {
    return this.#real.isTransaction;
  }

  exec(sql: string): void {
    if (sql === "COMMIT") passed("before commit");
    this.#real.exec(sql);
    if (sql === "COMMIT") passed("after commit");
  }

  prepare(sql: string): Pick<StatementSyncInstance, "run" | "get" | "all"> {
    const statement = this.#real.prepare(sql);
    return {
      get: (...values) => statement.get(...values),
      all: (...values) => statement.all(...values),
      run: (...values) => {
        const result = statement.run(...values);
        written(values);
        return result;
      },
    };
  }

  close(): void {
    this.#real.close();
  }
}
