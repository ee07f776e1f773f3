/** What a worker thread is at, in memory that it shares with its supervisor, who can read it while the thread hangs. */
const BYTES = 8_192;
const LENGTH_BYTES = 4;

export class Activity {
  readonly #text: Buffer;
  readonly #length: Int32Array;

  constructor(readonly memory: SharedArrayBuffer = new SharedArrayBuffer(BYTES)) {
    this.#length = new Int32Array(memory, 0, 1);
    this.#text = Buffer.from(memory, LENGTH_BYTES);
  }

  set(activity: string): void {
    this.#length[0] = this.#text.write(activity);
  }

  get(): string {
    return this.#text.toString("utf8", 0, this.#length[0]);
  }
}
