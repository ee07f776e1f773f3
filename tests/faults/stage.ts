/**
 * The real local stack for trials with faults: the node and the market in this process, with a clock that is the trial's; the
 * backend in a host process that can be killed; and the proxy between them.
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { internal } from "../../convex/_generated/api";
import { ChainClient } from "../../src/local/chainClient";
import { marketEnvironment } from "../../src/local/market/ofStack";
import { type MarketHandle, startMarket } from "../../src/local/market/server";
import { type LocalSecrets, loadSecrets } from "../../src/local/secrets";
import { environmentOf, PROJECT_ROOT, setEnvironment, signingKeysOf } from "../../src/local/stack";
import { devnetWallets } from "../../src/local/stacksNode/devnetWallets";
import { type StacksNodeHandle, startStacksNode } from "../../src/local/stacksNode/stacksNode";
import { CHAIN_FOLDER, DATABASE_FILE } from "../../src/local/stateFolder";
import type { HostHandle } from "../../src/local/worker/services";
import { localDeployment, type VaultDeployment } from "../../src/stacks/deployment";
import { serviceAddress } from "../../src/stacks/serviceCalls";
import type { Wallet } from "../../src/stacks/wallet";
import { AdminClient, ChainReader } from "../scenarios/outboxStack";
import { HostProcess } from "./hostProcess";
import { FaultProxy } from "./proxy";

/**
 * No connection is kept: here both ends of one share a thread, and where that is busy for long the server gives up what lies
 * idle while the client begins to use it.
 */
const realFetch = globalThis.fetch;
globalThis.fetch = (input, init = {}) => {
  const headers = new Headers(init.headers);
  headers.set("connection", "close");
  return realFetch(input, { ...init, headers });
};

export interface StageOptions {
  /** Of the node, unix milliseconds. */
  now: () => number;
  finalityBurnBlocks: number;
  pricePollMs: number;
  syncPollMs: number;
  /** The state folder of one that was launched and stopped, with the functions pushed. It stays as it is. */
  from: string;
}

const MANIFEST = path.join(PROJECT_ROOT, "Clarinet.toml");
/** Blocks are mined by hand: by the node's own interval none would come. */
const NEVER_MS = 2_000_000_000;

export interface Stage {
  stateDir: string;
  host: HostProcess;
  proxy: FaultProxy;
  market: MarketHandle;
  node: StacksNodeHandle;
  deployment: VaultDeployment;
  wallets: Wallet[];
  secrets: LocalSecrets;
  /** The service's address. */
  service: string;
  admin: AdminClient;
  /** These ask the node itself. */
  chain: ChainReader;
  client: ChainClient;
  /** Its state folder stays. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** The market goes by the chain's clock. */
async function timeOf({ url }: StacksNodeHandle): Promise<number> {
  const tip = (await (await fetch(`${url}/extended/v2/blocks/latest`)).json()) as { block_time: number };
  return tip.block_time * 1_000;
}

export async function openStage({ from, ...options }: StageOptions): Promise<Stage> {
  const stateDir = mkdtempSync(path.join(tmpdir(), "bithedge-faults-"));
  cpSync(from, stateDir, { recursive: true });
  const secrets = await loadSecrets(stateDir);
  const chainFolder = path.join(stateDir, CHAIN_FOLDER);
  const node = await startStacksNode({
    ...{ manifestPath: MANIFEST, stateDir: chainFolder, port: 0, blockIntervalMs: NEVER_MS, control: true },
    now: options.now,
  });
  const market = await startMarket({ port: 0, now: () => timeOf(node) });
  const proxy = new FaultProxy();
  await proxy.start();
  const host = new HostProcess({ databaseFile: path.join(stateDir, DATABASE_FILE), adminKey: secrets.adminKey });
  await host.build();
  await host.start();
  const stop = async () => {
    await host.remove();
    await proxy.close();
    await market.close();
    await node.close();
  };
  const close = () => stop().then(() => rmSync(stateDir, { recursive: true, force: true }));

  const [deployer, ...wallets] = (await devnetWallets(MANIFEST)).filter(({ name }) => name !== "faucet");
  if (!deployer) throw new Error("settings/Devnet.toml names no wallets.");
  const deployment = localDeployment(deployer.address);
  const service = serviceAddress(deployment, secrets.servicePrivateKey);
  const admin = new AdminClient(host.urls.url, secrets.adminKey);
  const [chain, client] = [new ChainReader(node.url), new ChainClient(node.url)];
  const parts = { stateDir, host, proxy, market, node, deployment, wallets, secrets, service, admin, chain, client };
  const stage = { ...parts, stop, close };
  await setEnvironment(handleOf(stage), {
    ...environmentOf(secrets, deployment, proxy.before("node", node.url)),
    ...marketEnvironment(proxy.before("market", market.url)),
    ...signingKeysOf(secrets),
    SYNC_POLL_MS: String(options.syncPollMs),
    PRICE_POLL_MS: String(options.pricePollMs),
    FINALITY_BURN_BLOCKS: String(options.finalityBurnBlocks),
  });
  for (const loop of [internal.sync.loop.wake, internal.outbox.loop.restart, internal.prices.loop.wake]) {
    await admin.call("mutation", loop, {});
  }
  return stage;
}

function handleOf({ host, secrets }: Stage): HostHandle {
  return { ...host.urls, adminKey: secrets.adminKey, close: async () => {} };
}

/** One of the funded wallets. */
export function walletOf({ wallets }: Stage, n: number): Wallet {
  return wallets[n] as Wallet;
}
