/** A clock that moves only when it is told to, and the timers that follow it, in place of the process's own. */
export class SteppedClock {
  readonly #timers = new Map<number, { at: number; run: () => void }>();
  #count = 0;

  constructor(public now: number) {
    const set = (run: () => void, ms = 0) => {
      const id = ++this.#count;
      this.#timers.set(id, { at: this.now + ms, run });
      return id;
    };
    const clear = (id?: number) => void this.#timers.delete(id ?? 0);
    Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
  }

  /** Runs every timer up to a time, each at its own time, and lets what it started come to rest. */
  async advanceTo(time: number, rest: () => Promise<void>): Promise<void> {
    for (;;) {
      await rest();
      const [next] = [...this.#timers].sort(([, a], [, b]) => a.at - b.at);
      if (next === undefined || next[1].at > time) break;
      this.#timers.delete(next[0]);
      this.now = Math.max(this.now, next[1].at);
      next[1].run();
    }
    this.now = time;
  }
}
