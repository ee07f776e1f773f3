/** Follows a transaction until the books have it: mempool, block, final, booked; each step is told once, with its time. */
import { setTimeout as pause } from "node:timers/promises";
import { api } from "../../convex/_generated/api";
import { describeAbort } from "../domain/vaultRefusals";
import type { NodeClient, Seen } from "../stacks/node";
import type { Cli } from "./cli";
import { Failure } from "./errors";
import type { Service } from "./service";

/** How far a transaction has come; `sequence` is the vault's number of its event, null where it printed none. */
export interface Followed {
  txId: string;
  status: "unknown" | "waiting" | "mined" | "final" | "booked";
  blockHeight: number | null;
  sequence: bigint | null;
}

const POLL_MS = { local: 250, elsewhere: 5_000 };
/** Seconds: the local chain is final in one; elsewhere finality takes Bitcoin blocks. */
const PATIENCE = { local: 300, elsewhere: 3 * 3_600 };

const STEP: Record<Followed["status"], string> = {
  unknown: "no node has told of it yet",
  waiting: "in the mempool; waiting for a block",
  mined: "in a block; waiting for it to be final",
  final: "its block is final; waiting for the books",
  booked: "final, and in the books",
};

function sequenceOf({ logs }: Extract<Seen, { kind: "mined" }>, vaultContract: string): bigint | null {
  for (const { contractId, repr } of logs) {
    const [, sequence] = (contractId === vaultContract && /\(sequence u(\d+)\)/.exec(repr)) || [];
    if (sequence !== undefined) return BigInt(sequence);
  }
  return null;
}

/** Why a transaction has had no effect. */
export function failedOnChain(txId: string, seen: Extract<Seen, { kind: "failed" | "dropped" }>): Failure {
  const { status } = seen;
  const result = seen.kind === "failed" ? seen.result : "";
  const why: Record<string, string> = {
    abort_by_response: describeAbort(result),
    abort_by_post_condition: "Nothing moved but the fee: the call would have moved something else than you agreed to.",
    dropped_replace_by_fee:
      "Another transaction of the wallet with the same nonce has taken its place, so it moved nothing.",
  };
  const sentence = why[status] ?? `The network did not carry it out (${status}), so nothing moved. Start again.`;
  return new Failure("failedOnChain", status.toUpperCase(), sentence, { txId, ...(result && { result }) });
}

export class Follower {
  constructor(
    private readonly cli: Cli,
    private readonly parts: { node: NodeClient; service: Service; vaultContract: string | null },
  ) {}

  /** One look. @throws a Failure once the chain has refused the transaction for good */
  async look(txId: string): Promise<Followed> {
    const { node, service, vaultContract } = this.parts;
    const seen = await node.transaction(txId);
    if (seen === null) return { txId, status: "unknown", blockHeight: null, sequence: null };
    if (seen.kind === "waiting") return { txId, status: "waiting", blockHeight: null, sequence: null };
    if (seen.kind !== "mined") throw failedOnChain(txId, seen);
    const { blockHeight } = seen;
    const sequence = vaultContract === null ? null : sequenceOf(seen, vaultContract);
    const { finalHeight, watermark, halted } = await service.query(api.liquidity.getSyncStatus, {});
    if (halted !== null) this.told(`sync is halted (${halted}), so the books stand still`);
    const isFinal = finalHeight !== null && finalHeight >= blockHeight;
    const isBooked = isFinal && (sequence === null || watermark >= sequence);
    return { txId, status: isBooked ? "booked" : isFinal ? "final" : "mined", blockHeight, sequence };
  }

  #last = "";
  readonly #start = Date.now();

  private told(step: string): void {
    if (step === this.#last) return;
    this.#last = step;
    this.cli.out.progress(`  ${String(Math.round((Date.now() - this.#start) / 1_000)).padStart(4)} s  ${step}`);
  }

  /** Waits until the books have it. An answer that fails to come is waited for as well: what was sent stands. */
  async booked(txId: string): Promise<Followed> {
    const kind = (await this.cli.place()).name === "local" ? "local" : "elsewhere";
    const patience = (this.cli.options.timeout ?? PATIENCE[kind]) * 1_000;
    for (;;) {
      const followed = await this.look(txId).catch((error) => {
        if (error instanceof Failure && error.kind !== "unreachable" && error.kind !== "unforeseen") throw error;
        this.told(`no answer (${error instanceof Error ? error.message : error}); asking again`);
        return null;
      });
      if (followed) this.told(STEP[followed.status]);
      if (followed?.status === "booked") return followed;
      if (Date.now() - this.#start > patience) throw this.late(txId, followed);
      await pause(POLL_MS[kind], undefined, { signal: this.cli.surroundings.signal });
    }
  }

  private late(txId: string, followed: Followed | null): Failure {
    const state = followed ? STEP[followed.status] : "nobody answers";
    const message = `Waited long enough: ${state}. The transaction stands; go on with: npm run cli -- transaction ${txId}`;
    return new Failure("late", "STILL_WAITING", message, { txId });
  }
}
