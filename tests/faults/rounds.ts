/**
 * Rounds of a trial that kills the backend: each asks for something of every kind, kills it at one phase of that, starts it
 * again minutes later by its own clock, and asks again whatever was not answered. Nothing but the product's own watchdogs has
 * its loops go on.
 */
import { cvToValue } from "@clarigen/core";
import { ConvexHttpClient } from "convex/browser";
import { api, internal } from "../../convex/_generated/api";
import { vaultCalls } from "../../src/stacks/deployment";
import type { UnsignedCall } from "../../src/stacks/unsignedCalls";
import { preparedState } from "../engines/preparedStack";
import { endOf, type Phase } from "./phases";
import type { Strike } from "./proxy";
import { openStage, type Stage, walletOf } from "./stage";

/** A block comes when the backend has dealt with the one before, or after a while: more of them are more work, and no faster. */
const BLOCK_MS = 400;
const LONGEST_BLOCK_MS = 4_000;
const SYNC_POLL_MS = 300;
const PRICE_POLL_MS = 5_000;
/** A restart finds every loop overdue, so that the cron that looks after it has to act. */
const AWAY_MS = 180_000;
/** Often enough to see an end soon, and not so often that looking is the work. */
const LOOK_MS = 500;
const WAIT_MS = 300_000;
/** What a round asked for may be over before the phase comes, such as the next price. */
const GRACE_MS = 20_000;
const PACE = { finalityBurnBlocks: 1, pricePollMs: PRICE_POLL_MS, syncPollMs: SYNC_POLL_MS };
const FUNDS = 100_000_000n;
export const DEPOSIT = 10_000n;
export const WITHDRAWN = 700n;
/** Of a round's withdrawal: apart from those that a round revokes by itself. */
const AUTHORIZATION_BASE = 1_000_000n;
const ALL_WITHDRAWN = { token: "STX" as const, amount: WITHDRAWN, from: { kind: "suspense" as const } };

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** As a client does whose connection broke: it asks again until there is an answer. */
async function insist<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      // A refusal is an answer.
      if (!(error instanceof TypeError || error instanceof SyntaxError) || performance.now() > deadline) throw error;
      await pause(100);
    }
  }
}

export class Rounds {
  count = 0;
  #isClosed = false;
  #mining: Promise<void> = Promise.resolve();
  /** With each block; without any, nothing becomes final. */
  #burnBlocks = 1;
  readonly recoveriesMs: number[] = [];
  readonly ends = { paid: 0, revoked: 0 };

  private constructor(
    readonly stage: Stage,
    private readonly clock: { aheadMs: number },
  ) {}

  static async open(): Promise<Rounds> {
    const clock = { aheadMs: 0 };
    const now = () => Date.now() + clock.aheadMs;
    const rounds = new Rounds(await openStage({ ...PACE, now, from: await preparedState() }), clock);
    rounds.#mining = rounds.#mine();
    // Told of when it is closed.
    rounds.#mining.catch(() => {});
    // So that each withdrawal has something to take.
    await rounds.#deposit(1, FUNDS);
    await rounds.stage.host.kill();
    await rounds.#restart();
    await rounds.atRest();
    return rounds;
  }

  /** Whoever withdraws. */
  get provider(): string {
    return walletOf(this.stage, 1).address;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#mining;
    await this.stage.close();
  }

  async play(phase: Phase): Promise<void> {
    this.count += 1;
    const n = this.count;
    this.#burnBlocks = phase.isBeforeFinality ? 0 : 1;
    this.#arm(phase);
    const asked = this.#ask(n, endOf(phase, n));
    // Told of below, once the host is there again.
    asked.catch(() => {});
    const hunt = new AbortController();
    const signal = await Promise.race([
      this.stage.host.ended,
      asked.then(() => this.atRest(hunt.signal)).then(() => pause(GRACE_MS)),
      pause(WAIT_MS),
    ]);
    hunt.abort();
    if (signal !== "SIGKILL") throw new Error("The phase was never met: the host was not killed.");
    this.stage.proxy.onRequest = null;
    this.#burnBlocks = 1;
    const before = performance.now();
    await this.#restart();
    await asked;
    await this.atRest();
    this.recoveriesMs.push(Math.round(performance.now() - before));
  }

  /** Everything that was asked for is done and final, and the books have all of the chain. @param given who no longer waits */
  async atRest(given?: AbortSignal): Promise<void> {
    const { admin } = this.stage;
    const deadline = performance.now() + WAIT_MS;
    while (!given?.aborted) {
      const { waiting, transactions } = await insist(() => admin.list());
      const { watermark, halted } = await insist(() => this.#syncStatus());
      if (halted) throw new Error(`Sync has halted: ${halted}`);
      const isIdle = waiting.length === 0 && transactions.length === 0;
      if (isIdle && watermark === (await this.vaultState()).sequence) return;
      if (performance.now() > deadline) {
        const { sequence } = await this.vaultState();
        const left = `${waiting.length} wait, ${transactions.length} sent`;
        throw new Error(`Not at rest: ${watermark} of ${sequence} booked, ${left}.`);
      }
      await pause(LOOK_MS);
    }
  }

  async vaultState() {
    const { client, deployment } = this.stage;
    return cvToValue<{ sequence: bigint }>(await client.read(vaultCalls(deployment).getVaultState()));
  }

  #syncStatus() {
    const convex = new ConvexHttpClient(this.stage.host.urls.url, { logger: false });
    return convex.query(api.liquidity.getSyncStatus, {});
  }

  async #mine(): Promise<void> {
    let [height, minedAt] = [0, 0];
    while (!this.#isClosed) {
      await pause(BLOCK_MS);
      const isOverdue = performance.now() - minedAt > LONGEST_BLOCK_MS;
      if (!isOverdue && (await this.#seenHeight()) < height) continue;
      const tip = await this.stage.chain.control("mine", { blocks: 1, burnBlocks: this.#burnBlocks });
      [height, minedAt] = [tip.height, performance.now()];
    }
  }

  /** 0 while the backend is down. */
  async #seenHeight(): Promise<number> {
    try {
      return (await this.#syncStatus()).tipHeight;
    } catch {
      return 0;
    }
  }

  #arm(phase: Phase): void {
    if (phase.kind === "write") this.stage.host.arm(phase.failpoint);
    else this.#armProxy(phase);
  }

  #armProxy(phase: Phase & { kind: "request" }): void {
    const { host, proxy } = this.stage;
    const strike: Strike = async ({ forward }) => {
      if (phase.moment === "after") await forward();
      await host.kill();
      return null;
    };
    proxy.onRequest = (request) => (phase.requests.test(request) ? strike : null);
  }

  async #restart(): Promise<void> {
    this.clock.aheadMs += AWAY_MS;
    await this.stage.host.start({ aheadMs: this.clock.aheadMs });
  }

  /** One thing of every kind. */
  async #ask(n: number, end: "paid" | "revoked"): Promise<void> {
    const { admin } = this.stage;
    const request = { ...ALL_WITHDRAWN, provider: this.provider, idempotencyKey: `round ${n}` };
    let tries = 0n;
    const authorise = () => {
      // As the action draws one: another with each request.
      tries += 1n;
      const authorizationId = AUTHORIZATION_BASE * tries + BigInt(n);
      return admin.call("mutation", internal.withdrawals.requests.authorise, { ...request, authorizationId });
    };
    const [{ withdrawalId, transaction }] = await Promise.all([
      insist(authorise),
      insist(() => admin.revoke(BigInt(n))),
      this.#deposit(0, DEPOSIT),
    ]);
    if (end === "paid") await this.#pay(transaction);
    else {
      const cancelled = { provider: this.provider, withdrawalId };
      await insist(() => admin.call("mutation", internal.withdrawals.requests.cancel, cancelled));
    }
    this.ends[end] += 1;
  }

  async #pay(transaction: UnsignedCall): Promise<void> {
    const { client } = this.stage;
    await client.succeeded(await client.sign(walletOf(this.stage, 1), transaction));
  }

  async #deposit(wallet: number, amount: bigint): Promise<void> {
    const { client, deployment } = this.stage;
    const call = vaultCalls(deployment).depositFunds(amount, null, 0n);
    await client.succeeded(await client.call(walletOf(this.stage, wallet), call, { postConditionMode: "allow" }));
  }
}
