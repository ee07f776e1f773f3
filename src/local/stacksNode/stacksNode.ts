/**
 * A Stacks node for one machine: the real Clarity VM behind the routes of the Stacks node and of Hiro's API, so that
 * unmodified clients can't tell it from a devnet. Composes chain, miner and server; keeps its state in one directory.
 */
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { blockJson } from "./apiJson";
import { apiRoutes } from "./apiRoutes";
import { Chain } from "./chain";
import { badRequest, createApiServer, jsonBody, type Route } from "./http";
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
  /** 1 if left out. */
  burnBlocksPerInterval?: number;
  /** Milliseconds; the wall clock if left out. */
  now?: () => number;
  onLog?: (line: string) => void;
  /** Told once if the node has to stop by itself, for example because its disk is full. */
  onFailure?: (error: unknown) => void;
  /** Serves POST /control/mine, for tests. */
  control?: boolean;
}

export interface StacksNodeHandle {
  url: string;
  close(): Promise<void>;
}

const mineBody = z.object({
  blocks: z.number().int().min(0).max(10_000).default(1),
  burnBlocks: z.number().int().min(0).max(10_000).default(0),
});

/** Mines burn blocks and then blocks, the first of these with what waits; answers with the tip. */
function controlRoutes(chain: Chain, miner: Miner): Route[] {
  const mine: Route["handle"] = ({ body }) => {
    const asked = mineBody.safeParse(body.length === 0 ? {} : jsonBody(body));
    if (!asked.success) throw badRequest(z.prettifyError(asked.error));
    miner.mine(asked.data.burnBlocks, asked.data.blocks);
    return blockJson(chain.tip);
  };
  return [{ method: "POST", path: "/control/mine", handle: mine }];
}

export async function startStacksNode(options: StacksNodeOptions): Promise<StacksNodeHandle> {
  const { manifestPath, stateDir, port, control = false } = options;
  const { now = Date.now, onLog = () => {}, onFailure = () => {} } = options;
  const chain = await Chain.open(manifestPath, stateDir, Math.floor(now() / 1000), onLog);
  const { blockIntervalMs = 1000, burnBlocksPerInterval = 1 } = options;
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    miner.stop();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
    chain.close();
  };
  const miner = new Miner(chain, {
    blockIntervalMs,
    burnBlocksPerInterval,
    now,
    onFailure: (error) => void close().then(() => onFailure(error)),
  });
  const routes = [
    ...nodeRoutes(chain, miner),
    ...apiRoutes(chain, miner),
    ...(control ? controlRoutes(chain, miner) : []),
  ];
  const server = createApiServer(routes, (error) => onLog(`The Stacks node failed at a request: ${String(error)}`));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  }).catch((error) => {
    chain.close();
    throw error;
  });
  miner.start();
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
