/**
 * Stands before the real SQLite in a process that is to be killed: counts its writing operations, and kills the process
 * without warning at the one that it was told.
 */
import { appendFileSync } from "node:fs";
import { DatabaseSync as Real, type StatementSyncInstance } from "@photostructure/sqlite";

let left = Number.POSITIVE_INFINITY;

/** From here on: at the n-th point. */
export function killAt(n: number): void {
  left = n;
}

/** How many more points there would have been. */
export function pointsLeft(): number {
  return left;
}

export function point(): void {
  left -= 1;
  if (left === 0) process.kill(process.pid, "SIGKILL");
}

/** Something that the outside sees at once and for good, such as a payment by an action. */
export function effect(file: string, line: string): void {
  point();
  appendFileSync(file, `${line}\n`);
  point();
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
    point();
    this.#real.exec(sql);
    if (sql === "COMMIT") point();
  }

  prepare(sql: string): Pick<StatementSyncInstance, "run" | "get" | "all"> {
    const statement = this.#real.prepare(sql);
    return {
      get: (...values) => statement.get(...values),
      all: (...values) => statement.all(...values),
      run: (...values) => {
        point();
        return statement.run(...values);
      },
    };
  }

  close(): void {
    this.#real.close();
  }
}
