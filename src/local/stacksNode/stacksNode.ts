/**
 * A Stacks node for one machine: the real Clarity VM behind the routes of the Stacks node and of Hiro's API, so that
 * unmodified clients can't tell it from a devnet. Composes chain, miner and server; keeps its state in one directory.
 */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Activity } from "./activity";
import { apiRoutes } from "./apiRoutes";
import { Chain, type OnReplay } from "./chain";
import { controlRoutes, refusePages } from "./control";
import { Delivery, type DeliveryOptions } from "./delivery";
import { devnetWallets } from "./devnetWallets";
import { Faucet, faucetRoutes } from "./faucet";
import { faultRoutes } from "./faults";
import { jsonServer } from "./http";
import { Miner } from "./miner";
import { nodeRoutes } from "./nodeRoutes";

export interface StacksNodeOptions {
  /** A Clarinet.toml; its contracts are deployed at genesis, its devnet's accounts are funded. */
  manifestPath: string;
  stateDir: string;
  /** 0: any free port. */
  port: number;
  /** 1,000 if left out; 0 mines each transaction as it is broadcast. */
  blockIntervalMs?: number;
  /** Milliseconds; the wall clock if left out. */
  now?: () => number;
  onLog?: (line: string) => void;
  /** Told once if the node has to stop by itself, for example because its disk is full. */
  onFailure?: (error: unknown) => void;
  /** A web hook that is told of blocks. */
  delivery?: DeliveryOptions;
  /** Serves /control (control.ts), for tests. */
  control?: boolean;
}

export interface StacksNodeHandle {
  url: string;
  close(): Promise<void>;
}

const REPLAY_LOG_MS = 3_000;

/** A start that says nothing for long looks like one that hangs. */
function replayLog(onLog: (line: string) => void): OnReplay {
  let last = Number.NEGATIVE_INFINITY;
  return (done, entries) => {
    if (performance.now() - last < REPLAY_LOG_MS) return;
    last = performance.now();
    onLog(`The Stacks node replays its chain: ${done} of ${entries} entries.`);
  };
}

export async function startStacksNode(options: StacksNodeOptions): Promise<StacksNodeHandle> {
  const { manifestPath, stateDir, port, blockIntervalMs = 1000, control = false } = options;
  const { now = Date.now, onLog = () => {}, onFailure = () => {} } = options;
  const chain = await Chain.open(manifestPath, stateDir, Math.floor(now() / 1000), replayLog(onLog));
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    miner.stop();
    delivery?.stop();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
    chain.close();
  };
  const fail = (error: unknown) => void close().then(() => onFailure(error));
  const onFullDisk = (error: Error) => onLog(`The Stacks node mines nothing for now. ${error.message}`);
  const delivery = options.delivery && new Delivery(chain, options.delivery, stateDir, onLog);
  const onTip = () => void delivery?.run();
  const miner = new Miner(chain, { blockIntervalMs, now, onFailure: fail, onFullDisk, onTip });
  const app = jsonServer((error) => onLog(`The Stacks node failed at a request: ${String(error)}`));
  refusePages(app);
  if (control) faultRoutes(app);
  const activity = new Activity(chain);
  nodeRoutes(app, chain, miner, activity);
  apiRoutes(app, chain, activity);
  faucetRoutes(app, new Faucet(chain, miner, await devnetWallets(manifestPath), now));
  if (control) controlRoutes(app, chain, miner);
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  }).catch((error) => {
    chain.close();
    throw error;
  });
  miner.start();
  void delivery?.run();
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
