/** A stage with people on it: what they ask and send, and what the trial does to the chain. Its time stands still but for `advance`. */
import { cvToValue } from "@clarigen/core";
import { broadcastTransaction, makeSTXTokenTransfer } from "@stacks/transactions";
import { ConvexHttpClient } from "convex/browser";
import { api, internal } from "../../convex/_generated/api";
import type { Token } from "../../src/domain/tokens";
import { tokenArgument, vaultCalls } from "../../src/stacks/deployment";
import type { UnsignedCall } from "../../src/stacks/unsignedCalls";
import { preparedState } from "../engines/preparedStack";
import { openStage, type Stage, walletOf } from "./stage";

/** Ahead of this machine's clock for as long as anybody runs this, so that the chain's time is what counts. */
const BEGIN_MS = Date.UTC(2080, 0, 1);
const FINALITY_BURN_BLOCKS = 3;
const PRICE_POLL_MS = 400;
const SYNC_POLL_MS = 100;
const WAIT_MS = 300_000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export class Scene {
  private constructor(readonly stage: Stage) {}

  /** @param from the state folder of a scene that was stopped */
  static async open(from?: string): Promise<Scene> {
    const pace = { finalityBurnBlocks: FINALITY_BURN_BLOCKS, pricePollMs: PRICE_POLL_MS, syncPollMs: SYNC_POLL_MS };
    const scene = new Scene(await openStage({ now: () => BEGIN_MS, ...pace, from: from ?? (await preparedState()) }));
    await scene.atRest();
    return scene;
  }

  async time(): Promise<number> {
    return (await this.stage.chain.get("/extended/v2/blocks/latest")).block_time;
  }

  /** A burn block, and a block of what waits. */
  async mine(): Promise<void> {
    await this.stage.chain.control("mine", { blocks: 1, burnBlocks: 1 });
  }

  /** Everything is final and in the books, nothing is owed, and prices are those of now. */
  async atRest(): Promise<void> {
    const { admin, host } = this.stage;
    const convex = new ConvexHttpClient(host.urls.url, { logger: false });
    let standing = "";
    const isAtRest = async () => {
      const { waiting, transactions } = await admin.list();
      const { watermark, halted, asOf } = await convex.query(api.liquidity.getSyncStatus, {});
      if (halted) throw new Error(`Sync has halted: ${halted}`);
      const { prices } = await admin.call("query", internal.prices.loop.status, {});
      const time = (await this.time()) * 1_000;
      const good = prices.filter(({ isGood, accepted }) => isGood && accepted?.publishedAtMs === time);
      const { sequence } = await this.vault();
      standing = `${watermark} of ${sequence} booked, ${waiting.length} wait, ${transactions.length} sent, ${good.length} prices, ${asOf} of ${time}`;
      const isIdle = waiting.length === 0 && transactions.length === 0;
      return isIdle && watermark === sequence && good.length === 2 && asOf === time;
    };
    // Twice: what is final may be followed by something that is owed then.
    for (let times = 0; times < 2; times += 1) {
      const deadline = performance.now() + WAIT_MS;
      while (!(await isAtRest())) {
        if (performance.now() > deadline) throw new Error(`Not at rest: ${standing}`);
        await this.mine();
        await pause(150);
      }
      await pause(300);
    }
  }

  /** The chain has events that are not in the books. */
  async isUnbooked(): Promise<boolean> {
    const convex = new ConvexHttpClient(this.stage.host.urls.url, { logger: false });
    const { watermark } = await convex.query(api.liquidity.getSyncStatus, {});
    const { sequence } = await this.vault();
    return sequence > watermark;
  }

  /** Mines until the books have the chain up to an event. */
  async booked(sequence: bigint): Promise<void> {
    const convex = new ConvexHttpClient(this.stage.host.urls.url, { logger: false });
    const deadline = performance.now() + WAIT_MS;
    for (;;) {
      const { watermark } = await convex.query(api.liquidity.getSyncStatus, {});
      if (watermark >= sequence) return;
      if (performance.now() > deadline) throw new Error(`Booked up to ${watermark} only, not to ${sequence}.`);
      await this.mine();
      await pause(150);
    }
  }

  /** Block time moves on. */
  async advance(seconds: number): Promise<void> {
    await this.stage.chain.control("advance", { seconds });
  }

  async vault() {
    const { client, deployment } = this.stage;
    return cvToValue<{ sequence: bigint }>(await client.read(vaultCalls(deployment).getVaultState()));
  }

  address(who: number): string {
    return walletOf(this.stage, who).address;
  }

  async deposit(who: number, token: Token, amount: bigint, reference = 0n): Promise<void> {
    const { client, deployment } = this.stage;
    const call = vaultCalls(deployment).depositFunds(amount, tokenArgument(deployment, token), reference);
    await client.call(walletOf(this.stage, who), call, { postConditionMode: "allow" });
  }

  async commit(who: number, token: Token, amount: bigint, reference: bigint): Promise<void> {
    const provider = this.address(who);
    const request = { reference, provider, depositor: provider, token, tier: "Balanced" as const, amount };
    await this.stage.admin.call("mutation", internal.commitments.requests.create, request);
    await this.deposit(who, token, amount, reference);
  }

  authorise(who: number, amount: bigint, authorizationId: bigint, from: "position" | "suspense") {
    const source = from === "position" ? { kind: from, tier: "Balanced" as const } : { kind: from };
    const request = { provider: this.address(who), token: "STX" as const, amount, from: source, authorizationId };
    return this.stage.admin.call("mutation", internal.withdrawals.requests.authorise, request);
  }

  async cancel(who: number, withdrawalId: string): Promise<void> {
    const cancelled = { provider: this.address(who), withdrawalId };
    await this.stage.admin.call("mutation", internal.withdrawals.requests.cancel, cancelled);
  }

  async send(who: number, transaction: UnsignedCall): Promise<void> {
    await this.stage.client.sign(walletOf(this.stage, who), transaction);
  }

  async quote(who: number, terms: { policyId: bigint; strikeUsdMicros: bigint; expiresAt: number }) {
    const sold = { underlying: "STX" as const, tier: "Balanced" as const, quantity: 100_000_000n };
    const request = { buyer: this.address(who), ...sold, ...terms };
    return this.stage.admin.call("mutation", internal.policies.requests.request, request);
  }

  async exercise(who: number, policyId: bigint): Promise<void> {
    await this.stage.admin.call("mutation", internal.policies.requests.exercise, {
      buyer: this.address(who),
      policyId,
    });
  }

  /** Somebody uses the service's key beside the outbox: with a higher fee, in place of what waits with that nonce. */
  async spendServiceKey(nonce: number, fee: bigint): Promise<void> {
    const { node, secrets } = this.stage;
    const transfer = { recipient: this.address(0), amount: 1n, nonce, fee, senderKey: secrets.servicePrivateKey };
    const network = { network: "devnet" as const, client: { baseUrl: node.url } };
    const transaction = await makeSTXTokenTransfer({ ...transfer, ...network });
    await broadcastTransaction({ transaction, ...network });
  }
}
