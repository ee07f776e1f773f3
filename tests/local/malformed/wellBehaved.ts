/** Someone who asks the same question over and over on other connections, and wants an answer each time. */
const PAUSE_MS = 20;

export class WellBehaved {
  answers = 0;
  readonly failures: unknown[] = [];
  #goesOn = true;
  readonly #asking: Promise<void>;

  constructor(ask: () => Promise<void>) {
    this.#asking = this.#ask(ask);
  }

  async stop(): Promise<void> {
    this.#goesOn = false;
    await this.#asking;
  }

  async #ask(ask: () => Promise<void>): Promise<void> {
    while (this.#goesOn) {
      await ask().then(
        () => {
          this.answers += 1;
        },
        (error) => this.failures.push(error),
      );
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
