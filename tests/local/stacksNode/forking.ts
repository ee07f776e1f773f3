/** A node with the vault whose chain is turned over and over, and how what it shows is compared with a node that never forked. */

import { hexToBytes } from "@clarigen/core";
import { makeContractCall, makeSTXTokenTransfer, type StacksTransactionWire } from "@stacks/transactions";
import fc from "fast-check";
import { expect } from "vitest";
import { ChainClient } from "../../../src/local/chainClient";
import { launchVault } from "../../../src/local/launch";
import type { DevnetWallet } from "../../../src/local/stacksNode/devnetWallets";
import { stacksApi } from "../../../src/stacks/api";
import { signWithdrawal } from "../../../src/stacks/authorization";
import { localDeployment, sbtcCalls, vaultCalls } from "../../../src/stacks/deployment";
import { Follower } from "../../stacks/follower";
import { type Reply, startTestNode, type TestNode } from "./harness";

const AUTHORISER_KEY = `${"1".repeat(64)}01`;
/** Burn blocks: more than any of these forks takes back. */
const FINALITY = 400;
const NOW = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const PAGE = 50;
/** One client asks for as long as the trial lasts. */
const PATIENT = { timeoutMs: 60_000, withinMs: 24 * HOUR_MS };

const send = fc.record({
  what: fc.constantFrom("STX in", "STX in", "sBTC in", "out", "gift", "absorb", "transfer"),
  who: fc.nat(2),
  amount: fc.integer({ min: 1, max: 1_000 }),
  /** Ahead of one that is missing: it waits for that. */
  isEarly: fc.nat(9).map((drawn) => drawn === 0),
});
const depth = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 60 }), fc.constantFrom(200, 250, 300));
export const anyRound = fc.record({
  sends: fc.array(send, { minLength: 0, maxLength: 2, size: "max" }),
  blocks: fc.integer({ min: 1, max: 40 }),
  burnBlocks: fc.nat(1),
  depth,
  /** Of what was in the blocks that are replaced. */
  fate: fc.constantFrom("stays", "stays", "waits", "waits", "vanishes" as const),
  /** Which of those that wait are lost, bit by bit. */
  lost: fc.nat(2 ** 20 - 1),
  isMinedAgain: fc.boolean(),
});
export type Round = typeof anyRound extends fc.Arbitrary<infer Drawn> ? Drawn : never;

const startNode = () => startTestNode({ blockIntervalMs: HOUR_MS, now: () => NOW });

export class Forking {
  readonly met = { forks: 0, sent: 0, refused: 0, waited: 0, fellOut: 0, deepest: 0, events: 0 };
  private authorizations = 0n;
  private readonly follower: Follower;

  private constructor(
    private readonly node: TestNode,
    private readonly deployment: ReturnType<typeof localDeployment>,
    private readonly wallets: DevnetWallet[],
    /** What is up to here stays: without the vault there is nothing to see. */
    private readonly launchedAt: number,
  ) {
    this.follower = this.newFollower(node);
  }

  static async start(): Promise<Forking> {
    const node = await startNode();
    const [admin, ...funded] = node.client.wallets.filter(({ name }) => name !== "faucet");
    const service = node.client.wallets.find(({ name }) => name === "faucet");
    if (!admin || !service) throw new Error("no wallets");
    const deployment = localDeployment(admin.address);
    const people = funded.slice(0, 3);
    const keys = { admin, authoriserPrivateKey: AUTHORISER_KEY, service: service.address, funded: people };
    const launched = launchVault(new ChainClient(node.url), deployment, keys);
    const mining = setInterval(() => node.client.mine(1), 200);
    await launched.finally(() => clearInterval(mining));
    const { height } = await node.client.get("/extended/v2/blocks/latest");
    return new Forking(node, deployment, people, height);
  }

  remove(): Promise<void> {
    return this.node.remove();
  }

  private newFollower({ url }: TestNode): Follower {
    return new Follower({ api: stacksApi(url, PATIENT), deployment: this.deployment, finality: FINALITY });
  }

  private get(route: string): Promise<Reply> {
    return this.node.client.get(route);
  }

  async play({ sends, blocks, burnBlocks, depth, fate, lost, isMinedAgain }: Round): Promise<void> {
    const { client } = this.node;
    for (const one of sends) await this.send(one);
    await client.mine(blocks, burnBlocks);
    const { height } = await this.get("/extended/v2/blocks/latest");
    const most = Math.min(depth, height - this.launchedAt);
    if (most < 1) return;
    const wish = { keepTransactions: fate === "stays", fallenOut: fate === "vanishes" ? "dropped" : "pending" };
    const { status } = await client.post("/control/reorganise", { depth: most, ...wish });
    expect(status).toBe(200);
    this.met.forks += 1;
    this.met.deepest = Math.max(this.met.deepest, most);
    if (fate === "waits") await this.lose(lost);
    if (isMinedAgain) await client.mine(1);
    await this.follower.catchUp();
    expect(this.follower.seen().map((line) => line.split(" ")[1])).toEqual(
      (await this.events(this.node)).map(([id]) => id),
    );
  }

  /** Some of what fell out of the chain is forgotten by the node. */
  private async lose(lost: number) {
    const waiting = await this.mempool(this.node);
    this.met.waited += waiting.length;
    for (const [n, txid] of waiting.entries()) {
      if (((lost >>> (n % 20)) & 1) === 0) continue;
      await this.node.client.post("/control/drop", { txid });
      this.met.fellOut += 1;
    }
  }

  private async send({ what, who, amount, isEarly }: Round["sends"][number]) {
    const wallet = this.wallets[who] as DevnetWallet;
    const { possible_next_nonce, detected_missing_nonces } = await this.get(
      `/extended/v1/address/${wallet.address}/nonces`,
    );
    const nonce = (detected_missing_nonces.at(-1) ?? possible_next_nonce) + (isEarly ? 1 : 0);
    const reply = await this.node.client.broadcast(await this.signed(what, wallet, { amount, nonce }));
    if ("error" in reply) this.met.refused += 1;
    else this.met.sent += 1;
  }

  private signed(
    what: Round["sends"][number]["what"],
    wallet: DevnetWallet,
    { amount, nonce }: { amount: number; nonce: number },
  ): Promise<StacksTransactionWire> {
    const { deployment } = this;
    const signing = { ...this.node.client.network, senderKey: wallet.privateKey, nonce, fee: 1_000 };
    const { vaultContract } = deployment;
    if (what === "gift" || what === "transfer") {
      const recipient = what === "gift" ? vaultContract : (this.wallets[0] as DevnetWallet).address;
      return makeSTXTokenTransfer({ recipient, amount, ...signing });
    }
    const vault = vaultCalls(deployment);
    const sbtc = deployment.sbtcContract;
    const call = {
      "STX in": () => vault.depositFunds({ amount, token: null, reference: 0 }),
      "sBTC in": () => vault.depositFunds({ amount, token: sbtc, reference: 0 }),
      absorb: () => vault.absorbSurplus(null),
      out: () => this.withdrawal(wallet, BigInt(amount)),
    }[what]();
    const { contractAddress, contractName, functionName, functionArgs } = call;
    const named = { contractAddress, contractName, functionName, functionArgs: functionArgs as never[] };
    return makeContractCall({ ...named, ...signing, validateWithAbi: false, postConditionMode: "allow" });
  }

  private withdrawal(wallet: DevnetWallet, amount: bigint) {
    this.authorizations += 1n;
    const authorization = { id: this.authorizations, expiresAt: 4_000_000_000n };
    const message = { withdrawer: wallet.address, token: "STX" as const, amount, ...authorization };
    const signature = Uint8Array.from(hexToBytes(signWithdrawal(this.deployment, message, AUTHORISER_KEY)));
    return vaultCalls(this.deployment).withdrawFunds(amount, null, authorization, signature);
  }

  /** Executes what is in the chain, and then what waits, on a node that knows nothing else; and compares all that can be read. */
  async requireAsFresh(): Promise<void> {
    const fresh = await startNode();
    try {
      for (const ids of await this.minedBlocks()) {
        for (const id of ids) await this.copyTo(fresh, id);
        await fresh.client.mine(1);
      }
      for (const id of await this.mempool(this.node)) await this.copyTo(fresh, id);
      const [told, expected] = [await this.told(this.node), await this.told(fresh)];
      expect(told).toEqual(expected);
      this.met.events += told.events.length;
    } finally {
      await fresh.remove();
    }
    const anew = this.newFollower(this.node);
    await anew.catchUp();
    expect(this.follower.seen()).toEqual(anew.seen());
  }

  private async copyTo(fresh: TestNode, id: string) {
    const { raw_tx } = await this.get(`/extended/v1/tx/${id}/raw`);
    const body = Uint8Array.from(hexToBytes(raw_tx.slice(2)));
    const headers = { "content-type": "application/octet-stream" };
    const response = await fetch(`${fresh.url}/v2/transactions`, { method: "POST", headers, body });
    expect([id, response.status]).toEqual([id, 200]);
  }

  /** The ids in each block that has any, oldest first. */
  private async minedBlocks(): Promise<string[][]> {
    const all = await this.pages(this.node, "/extended/v1/tx/");
    const blocks = new Map<number, string[]>();
    for (const { tx_id, block_height } of all.reverse()) {
      blocks.set(block_height, [...(blocks.get(block_height) ?? []), tx_id]);
    }
    return [...blocks.values()];
  }

  private async pages({ client }: TestNode, route: string): Promise<Reply[]> {
    const found: Reply[] = [];
    for (;;) {
      const { results } = await client.get(`${route}?limit=${PAGE}&offset=${found.length}`);
      found.push(...results);
      if (results.length < PAGE) return found;
    }
  }

  private async mempool(node: TestNode): Promise<string[]> {
    return (await this.pages(node, "/extended/v1/tx/mempool")).map(({ tx_id }) => tx_id).sort();
  }

  /** The vault's prints, oldest first. */
  private async events(node: TestNode): Promise<[string, number, string][]> {
    const listed = await this.pages(node, `/extended/v1/contract/${this.deployment.vaultContract}/events`);
    return listed.reverse().map(({ tx_id, event_index, contract_log }) => [tx_id, event_index, contract_log.value.hex]);
  }

  /** What a client can read that depends on the transactions alone, and not on when their blocks were. */
  private async told(node: TestNode) {
    const follower = this.newFollower(node);
    const { accounts: counters, sequence } = await follower.catchUp();
    const sbtc = sbtcCalls(this.deployment);
    const { index_block_hash: tip } = await node.client.get("/extended/v2/blocks/latest");
    const people = this.wallets.map(async ({ address }) => ({
      account: await node.client.get(`/v2/accounts/${address}?proof=0`),
      nonces: await node.client.get(`/extended/v1/address/${address}/nonces`),
      sats: await stacksApi(node.url, PATIENT).readOnly(sbtc.getBalance(address), tip),
    }));
    const mined = await this.pages(node, "/extended/v1/tx/");
    return {
      sequence,
      counters: counters.map(({ token, held, balance, locked }) => ({ token, held, balance, locked })),
      people: await Promise.all(people),
      results: mined.map(({ tx_id, tx_status, tx_result }) => [tx_id, tx_status, tx_result.repr]),
      mempool: await this.mempool(node),
      events: await this.events(node),
    };
  }
}
