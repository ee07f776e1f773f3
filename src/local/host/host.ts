/**
 * The local Convex host: the engine and its database behind the two ports of a Convex deployment, on this machine only.
 * It knows nothing of the product; code enters by the official CLI's push.
 */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createApiServer } from "./apiServer";
import { Authenticator } from "./auth";
import { publishAddresses } from "./environment";
import { LiveQueries } from "./liveQueries";
import { openEngine } from "./openEngine";
import { createSiteServer } from "./siteServer";

const HOSTNAME = "127.0.0.1";
const GRACE_MS = 1_000;

export interface HostOptions {
  databaseFile: string;
  /** 0 takes a free port. */
  port: number;
  sitePort: number;
  adminKey: string;
  now?: () => number;
  onLog?: (line: string) => void;
}

export interface HostHandle {
  url: string;
  siteUrl: string;
  adminKey: string;
  close(): Promise<void>;
}

export async function startHost({ onLog = () => {}, now = Date.now, ...options }: HostOptions): Promise<HostHandle> {
  const { databaseFile, adminKey } = options;
  const engine = await openEngine({ databaseFile, now, onLog });
  const auth = new Authenticator({ engine, adminKey, now });
  const api = createApiServer({ engine, live: new LiveQueries(engine), auth, now, onLog });
  const site = createSiteServer({ engine, auth, onLog });
  const close = async (): Promise<void> => {
    api.closeSessions();
    await Promise.all([stop(api.server), stop(site)]);
    await engine.close();
  };
  try {
    const url = await listen(api.server, options.port);
    const siteUrl = await listen(site, options.sitePort);
    publishAddresses(engine, url, siteUrl);
    return { url, siteUrl, adminKey, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" ? new Error(`Port ${port} is taken on ${HOSTNAME}.`) : error);
    });
    server.listen(port, HOSTNAME, () => resolve(`http://${HOSTNAME}:${(server.address() as AddressInfo).port}`));
  });
}

/** Requests under way may finish, but not hold the host up. */
function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const hurry = setTimeout(() => server.closeAllConnections(), GRACE_MS);
    server.close(() => {
      clearTimeout(hurry);
      resolve();
    });
  });
}
