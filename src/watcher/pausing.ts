/** The guardian's hand: goes on with the pause for as long as one is demanded, and keeps an eye on what it can pay with. */
import type { Observation } from "../stacks/observe";
import type { ApiOptions } from "../stacks/request";
import { balanceOf } from "./account";
import type { Memory } from "./memory";
import type { Guardian, PauseJob } from "./pause";
import type { Report } from "./report";

/** The guardian's balance is asked for so often, and a pause that the vault refused is tried again after so long. */
const MINUTE = 60_000;

export class Pausing {
  /** Why the pause can't be sent; null: it can, or none is demanded. */
  problem: string | null = null;
  /** Micro-STX; null: nobody has said. */
  balanceUstx: bigint | null = null;
  private balanceAt = Number.NEGATIVE_INFINITY;
  private notBefore = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly chain: { apiUrl: string; api: ApiOptions },
    readonly guardian: Guardian,
    private readonly report: Report,
  ) {}

  /** Does what has to be done next, and gives what is to be remembered of it. */
  async advance(
    memory: Memory,
    vault: Observation | null,
    { now, keep }: { now: number; keep: (memory: Memory) => Promise<void> },
  ): Promise<Memory> {
    if (!memory.demand) {
      this.problem = null;
      return memory.pause ? { ...memory, pause: null } : memory;
    }
    if (!vault || vault.paused || now < this.notBefore) return memory;
    try {
      const keepJob = (pause: PauseJob) => keep({ ...memory, pause });
      const { job, sent, problem } = await this.guardian.step(memory.pause, keepJob);
      if (sent) this.report.note("pausing", `The pause is sent: ${sent.txId}, for ${sent.feeUstx} micro-STX.`, sent);
      this.problem = problem;
      if (memory.pause && !job) this.notBefore = now + MINUTE;
      return { ...memory, pause: job };
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
      return memory;
    }
  }

  async askBalance(now: number): Promise<void> {
    if (now - this.balanceAt < MINUTE) return;
    const { apiUrl, api } = this.chain;
    this.balanceUstx = await balanceOf(apiUrl, this.guardian.address, api).catch(() => null);
    this.balanceAt = now;
  }
}
