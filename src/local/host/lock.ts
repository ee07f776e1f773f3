/** Work in the order of its arrival, one at a time. This is the host's whole concurrency control. */
export class Lock {
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  get busy(): boolean {
    return this.#waiting > 0;
  }

  run<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    this.#waiting += 1;
    const turn = this.#tail.then(work).finally(() => {
      this.#waiting -= 1;
    });
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  /** Resolves when everything that has arrived is done. */
  async idle(): Promise<void> {
    while (this.busy) await this.#tail;
  }
}
