/** A Stacks node as in the local stack, with a launched vault, that mines when the bench says so; and who deposits. */
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type ClarityValue, makeContractCall, type StacksTransactionWire } from "@stacks/transactions";
import { localDeployment, vaultCalls } from "../../stacks/deployment";
import type { Wallet } from "../../stacks/wallet";
import { ChainClient } from "../chainClient";
import { launchVault } from "../launch";
import { PROJECT_ROOT } from "../stack";
import { devnetWallets } from "../stacksNode/devnetWallets";
import type { StacksNodeHandle } from "../stacksNode/stacksNode";
import { startStacksNodeWorker } from "../worker/services";

export const MANIFEST = path.join(PROJECT_ROOT, "Clarinet.toml");
export const AUTHORISER_KEY = `${"11".repeat(32)}01`;
const FEE = 1_000;
/** The node takes so many of an account that wait for a block. */
const CHAINED = 25;
const POSTS_AT_ONCE = 8;
const LAUNCH_BLOCK_MS = 200;
/** The bench mines, not the clock. */
const NEVER_MS = 2 ** 30;

export class BenchChain {
  readonly #nonces = new Map<string, number>();

  private constructor(
    readonly node: StacksNodeHandle,
    readonly wallets: Wallet[],
  ) {}

  static async open(stateDir: string): Promise<BenchChain> {
    const [admin, ...funded] = await devnetWallets(MANIFEST);
    const [service] = funded;
    if (!admin || !service) throw new Error("settings/Devnet.toml names too few wallets.");
    const options = { manifestPath: MANIFEST, stateDir, port: 0, control: true, blockIntervalMs: NEVER_MS };
    const chain = new BenchChain(await startStacksNodeWorker(options), [admin, ...funded]);
    const keys = { admin, authoriserPrivateKey: AUTHORISER_KEY, service: service.address, funded };
    try {
      await chain.#mineDuring(launchVault(new ChainClient(chain.node.url), localDeployment(admin.address), keys));
    } catch (error) {
      await chain.close();
      throw error;
    }
    return chain;
  }

  /** No request to mine is under way any more when this resolves: it would take what is measured. */
  async #mineDuring(launch: Promise<unknown>): Promise<void> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    launch.then(over, over);
    while (!isOver) {
      await this.mine();
      await wait(LAUNCH_BLOCK_MS);
    }
    await launch;
  }

  /** As many signed deposits as may wait for one block, of every wallet in turn. */
  async signedDeposits(most = Number.POSITIVE_INFINITY): Promise<Uint8Array[]> {
    const signed: Promise<StacksTransactionWire>[] = [];
    for (const wallet of this.wallets) {
      let nonce = this.#nonces.get(wallet.address) ?? (await this.#nonceOf(wallet));
      for (let n = 0; n < CHAINED && signed.length < most; n++) signed.push(this.#sign(wallet, nonce++));
      this.#nonces.set(wallet.address, nonce);
    }
    return (await Promise.all(signed)).map((transaction) => transaction.serializeBytes());
  }

  /** Sends them over a few connections. The order of arrival is free: the node waits for nonces that are missing. */
  async broadcast(transactions: Uint8Array[]): Promise<void> {
    const queue = [...transactions];
    const lane = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const headers = { "content-type": "application/octet-stream" };
        const body = Uint8Array.from(next);
        const response = await fetch(`${this.node.url}/v2/transactions`, { method: "POST", headers, body });
        if (!response.ok) throw new Error(`The node refused a deposit: ${await response.text()}`);
      }
    };
    await Promise.all(Array.from({ length: POSTS_AT_ONCE }, lane));
  }

  /** Mines burn blocks, or one block of what waits; gives how many transactions the tip holds. */
  async mine(blocks: { blocks: number; burnBlocks: number } = { blocks: 1, burnBlocks: 0 }): Promise<number> {
    const tip = (await this.control("mine", blocks)) as { tx_count: number };
    return tip.tx_count;
  }

  async control(action: string, body: object): Promise<unknown> {
    const response = await fetch(`${this.node.url}/control/${action}`, { method: "POST", body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`The node refused ${action}: ${await response.text()}`);
    return response.json();
  }

  /** The next nonce of each wallet: how many of its transactions the chain holds. */
  nonces(): Promise<number[]> {
    return Promise.all(this.wallets.map((wallet) => this.#nonceOf(wallet)));
  }

  close(): Promise<void> {
    return this.node.close();
  }

  async #nonceOf({ address }: Wallet): Promise<number> {
    const response = await fetch(`${this.node.url}/v2/accounts/${address}?proof=0`);
    return ((await response.json()) as { nonce: number }).nonce;
  }

  #sign({ privateKey: senderKey }: Wallet, nonce: number): Promise<StacksTransactionWire> {
    const { contractAddress, contractName, functionName, functionArgs } = depositCall(
      (this.wallets[0] as Wallet).address,
    );
    const call = { contractAddress, contractName, functionName, functionArgs: functionArgs as ClarityValue[] };
    const how = { senderKey, nonce, fee: FEE, network: "devnet", validateWithAbi: false } as const;
    return makeContractCall({ ...call, ...how, postConditionMode: "allow" });
  }
}

/** A deposit of STX into the vault of this deployer. */
export function depositCall(deployer: string) {
  return vaultCalls(localDeployment(deployer)).depositFunds(1_000n, null, 1n);
}
