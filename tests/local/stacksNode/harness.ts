/** A node of its own for each test file, and a client that knows nothing but `@stacks/transactions` and fetch. */
import { mkdtempSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import {
  broadcastTransaction,
  type ClarityValue,
  makeContractCall,
  makeContractDeploy,
  type PostCondition,
  type PostConditionModeName,
  type StacksTransactionWire,
  type TxBroadcastResult,
} from "@stacks/transactions";
import { type DevnetWallet, devnetWallets } from "../../../src/local/stacksNode/devnetWallets";
import {
  type StacksNodeHandle,
  type StacksNodeOptions,
  startStacksNode,
} from "../../../src/local/stacksNode/stacksNode";

const root = fileURLToPath(new URL("../../../", import.meta.url));
export const MANIFEST = path.join(root, "Clarinet.toml");
const PROBE_SOURCE = readFileSync(path.join(root, "tests/fixtures/contracts/probe.clar"), "utf8");

/** The API's replies; each test says what it expects of them. */
// biome-ignore lint/suspicious/noExplicitAny: a reply has as many shapes as there are routes
export type Reply = any;

export interface CallOptions {
  nonce?: number;
  fee?: number;
  postConditions?: PostCondition[];
  postConditionMode?: PostConditionModeName;
}

export class NodeClient {
  readonly network: { network: "devnet"; client: { baseUrl: string } };
  probe = "";

  constructor(
    readonly url: string,
    readonly wallets: DevnetWallet[],
  ) {
    this.network = { network: "devnet", client: { baseUrl: url } };
  }

  wallet(index: number): DevnetWallet {
    return this.wallets[index] as DevnetWallet;
  }

  async get(route: string): Promise<Reply> {
    return (await fetch(this.url + route)).json();
  }

  async post(route: string, body: unknown = {}): Promise<{ status: number; reply: Reply }> {
    const response = await fetch(this.url + route, { method: "POST", body: JSON.stringify(body) });
    return { status: response.status, reply: await response.json() };
  }

  mine(blocks: number, burnBlocks = 0): Promise<{ status: number; reply: Reply }> {
    return this.post("/control/mine", { blocks, burnBlocks });
  }

  broadcast(transaction: StacksTransactionWire): Promise<TxBroadcastResult> {
    return broadcastTransaction({ transaction, ...this.network });
  }

  /** Broadcasts what must be accepted; the API's view of it. */
  async send(transaction: StacksTransactionWire): Promise<Reply> {
    const result = await this.broadcast(transaction);
    if ("error" in result) throw new Error(`Rejected: ${JSON.stringify(result)}`);
    return this.get(`/extended/v1/tx/${result.txid}`);
  }

  /** A signed call of the probe. */
  sign(wallet: DevnetWallet, functionName: string, functionArgs: ClarityValue[] = [], options: CallOptions = {}) {
    const [contractAddress = "", contractName = ""] = this.probe.split(".");
    const call = { contractAddress, contractName, functionName, functionArgs, validateWithAbi: false };
    const fee = options.fee ?? 1000;
    return makeContractCall({ ...call, ...this.network, senderKey: wallet.privateKey, ...options, fee });
  }

  async call(wallet: DevnetWallet, functionName: string, functionArgs: ClarityValue[] = [], options: CallOptions = {}) {
    return this.send(await this.sign(wallet, functionName, functionArgs, options));
  }

  async deployProbe(wallet = this.wallet(0)): Promise<Reply> {
    const deploy = { contractName: "probe", codeBody: PROBE_SOURCE, senderKey: wallet.privateKey, fee: 5000 };
    this.probe = `${wallet.address}.probe`;
    return this.send(await makeContractDeploy({ ...deploy, ...this.network, clarityVersion: 6 }));
  }

  async stxBalance(principal: string): Promise<bigint> {
    return BigInt((await this.get(`/v2/accounts/${principal}?proof=0`)).balance);
  }
}

export function newStateDir(): string {
  return mkdtempSync(path.join(tmpdir(), "stacks-node-"));
}

export async function connect(url: string): Promise<NodeClient> {
  return new NodeClient(url, await devnetWallets(MANIFEST));
}

export interface TestNode extends StacksNodeHandle {
  client: NodeClient;
  stateDir: string;
  remove(): Promise<void>;
}

/** Mines each transaction at once, unless told otherwise. */
export async function startTestNode(options: Partial<StacksNodeOptions> = {}): Promise<TestNode> {
  const stateDir = options.stateDir ?? newStateDir();
  const defaults = { manifestPath: MANIFEST, port: 0, blockIntervalMs: 0, control: true };
  const node = await startStacksNode({ ...defaults, ...options, stateDir });
  const remove = async () => {
    await node.close();
    await rm(stateDir, { recursive: true, force: true });
  };
  return { ...node, client: await connect(node.url), stateDir, remove };
}
