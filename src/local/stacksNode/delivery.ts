/**
 * Tells a web hook of blocks as Hiro's Chainhooks 2.0 does: each that holds events of a contract (or each) is posted in
 * the order of the chain, and what a reorganisation abandoned is posted as rolled back, newest first, before what came
 * instead. A block is posted again until it gets a 2xx. Where it stands is a file beside the journal, written after the
 * answer: what was answered right before a crash comes twice. Mining waits for none of it.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Block } from "./blocks";
import type { Chain } from "./chain";
import { chainhookBlock } from "./chainhookJson";

export interface DeliveryOptions {
  url: string;
  /** Comes as `Authorization: Bearer <secret>`. */
  secret: string;
  /** Only blocks in which it printed something, and in them those transactions. */
  contractId?: string;
}

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 30_000;
const ANSWER_WITHIN_MS = 10_000;

interface Message {
  apply: object[];
  rollback: object[];
  /** Where it stands when this has been told. */
  cursor: Block;
}

export class Delivery {
  private readonly file: string;
  private cursor: Block;
  private isRunning = false;
  private timer: NodeJS.Timeout | undefined;
  private readonly stopping = new AbortController();

  constructor(
    private readonly chain: Chain,
    private readonly options: DeliveryOptions,
    stateDir: string,
    private readonly onLog: (line: string) => void,
  ) {
    this.file = join(stateDir, "delivery.json");
    this.cursor = this.savedCursor() ?? chain.blocks.genesis;
  }

  /** Tells all that there is to tell; at most one of these runs at a time. */
  async run(retryMs = FIRST_RETRY_MS): Promise<void> {
    if (this.isRunning || this.timer || this.stopping.signal.aborted) return;
    this.isRunning = true;
    let failure: unknown = null;
    try {
      for (let message = this.next(); message && !failure; message = this.next()) failure = await this.tell(message);
    } catch (error) {
      failure = error;
    }
    this.isRunning = false;
    if (failure && !this.stopping.signal.aborted) this.retry(failure, retryMs);
  }

  stop(): void {
    this.stopping.abort();
    clearTimeout(this.timer);
  }

  private retry(failure: unknown, ms: number): void {
    this.onLog(`The hook ${this.options.url} was not told of block ${this.cursor.height + 1}: ${failure}`);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.run(Math.min(ms * 2, LAST_RETRY_MS));
    }, ms);
  }

  /** What comes next, and goes past what nobody wants to know. */
  private next(): Message | null {
    const { chain } = this;
    const rollback: object[] = [];
    let at = this.cursor;
    for (; !at.canonical; at = chain.blocks.byHash(at.parentHash) as Block) {
      rollback.push(...this.shown(at));
    }
    if (rollback.length > 0) return { apply: [], rollback, cursor: at };
    for (; at !== chain.tip; this.cursor = at) {
      at = chain.blocks.at(at.height + 1) as Block;
      const apply = this.shown(at);
      if (apply.length > 0) return { apply, rollback, cursor: at };
    }
    return null;
  }

  private shown(block: Block): object[] {
    const json = chainhookBlock(block, this.chain, this.options.contractId);
    return json ? [json] : [];
  }

  /** Null, or what went wrong. */
  private async tell({ apply, rollback, cursor }: Message): Promise<unknown> {
    const { url, secret, contractId = "every block" } = this.options;
    const hex = createHash("sha256").update(`${url} ${contractId}`).digest("hex");
    const uuid = [8, 12, 16, 20, 32].map((end, n, ends) => hex.slice(ends[n - 1] ?? 0, end)).join("-");
    const event = { apply, rollback, chain: "stacks", network: "testnet" };
    const headers = { "content-type": "application/json", authorization: `Bearer ${secret}` };
    const signal = AbortSignal.any([this.stopping.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
    const body = JSON.stringify({ event, chainhook: { name: contractId, uuid } });
    const response = await fetch(url, { method: "POST", headers, body, signal });
    await response.body?.cancel();
    if (!response.ok) return `HTTP ${response.status}`;
    this.cursor = cursor;
    this.save();
    return null;
  }

  private save(): void {
    writeFileSync(`${this.file}.new`, JSON.stringify({ hash: this.cursor.hash }));
    renameSync(`${this.file}.new`, this.file);
  }

  /** Of a chain that was begun anew it knows nothing. */
  private savedCursor(): Block | undefined {
    if (!existsSync(this.file)) return undefined;
    return this.chain.blocks.byHash(JSON.parse(readFileSync(this.file, "utf8")).hash);
  }
}
