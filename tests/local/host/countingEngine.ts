/** An engine whose queries read what they are told to, and which counts them: every interleaving with commits can be arranged. */
import type { Caller, FunctionCall, IndexWrite, QueryOutcome } from "../../../src/local/host/engine";

const bytes = (text: string) => Buffer.from(text);

/** Each function reads the range named by its argument, in index 1; `me` reads the identity instead. */
export class CountingEngine {
  lastTs = 100n;
  runs: string[] = [];
  /** Runs inside the next query, after it has read. */
  duringNextRun: () => void = () => {};
  #listeners: ((ts: bigint, writes: IndexWrite[]) => void)[] = [];

  onCommit(listener: (ts: bigint, writes: IndexWrite[]) => void): void {
    this.#listeners.push(listener);
  }

  commit(key: string): void {
    this.lastTs += 10n;
    for (const listener of this.#listeners) listener(this.lastTs, [{ indexId: 1, key: bytes(key) }]);
  }

  async runQuery(call: FunctionCall, { identity }: Caller): Promise<QueryOutcome> {
    const { key } = call.args as { key: string };
    const ts = this.lastTs;
    this.runs.push(`${call.path} ${key}`);
    await Promise.resolve();
    const during = this.duringNextRun;
    this.duringNextRun = () => {};
    during();
    const readIdentity = call.path === "me";
    const valueJson = JSON.stringify(readIdentity ? (identity?.subject ?? null) : this.runs.length);
    const readSet = [{ indexId: 1, low: bytes(key), high: bytes(`${key}~`) }];
    return { ok: true, valueJson, logLines: [], ts, readSet, readIdentity, journal: null };
  }
}
