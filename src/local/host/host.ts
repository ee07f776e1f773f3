/**
 * The local Convex host: the engine and its database behind the two ports of a Convex deployment, on this machine only.
 * It knows nothing of the product; code enters by the official CLI's push.
 */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createApiServer } from "./apiServer";
import { ANONYMOUS, Authenticator, asking } from "./auth";
import { type Engine, type EngineOptions, openEngine } from "./engine";
import { createHttpServer } from "./httpServer";
import { LiveQueries } from "./liveQueries";

const HOSTNAME = "127.0.0.1";
const GRACE_MS = 1_000;

export interface HostOptions extends EngineOptions {
  /** 0 takes a free port. */
  port: number;
  sitePort: number;
  adminKey: string;
}

export interface HostHandle {
  url: string;
  siteUrl: string;
  adminKey: string;
  close(): Promise<void>;
}

export async function startHost({ port, sitePort, adminKey, ...options }: HostOptions): Promise<HostHandle> {
  const engine = await openEngine(options);
  const auth = new Authenticator(engine, adminKey);
  const api = createApiServer({ engine, live: new LiveQueries(engine), auth });
  const site = createSiteServer(engine, auth);
  const close = async (): Promise<void> => {
    api.closeSessions();
    await Promise.all([stop(api.server), stop(site)]);
    await engine.close();
  };
  try {
    const url = await listen(api.server, port);
    const siteUrl = await listen(site, sitePort);
    await engine.setEnvironment([
      { name: "CONVEX_CLOUD_URL", value: url },
      { name: "CONVEX_SITE_URL", value: siteUrl },
    ]);
    return { url, siteUrl, adminKey, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The site port: HTTP actions, as the pushed `http.ts` routes them. CORS is the action's own business. */
function createSiteServer(engine: Engine, auth: Authenticator): Server {
  return createHttpServer(async (request) => {
    // An Authorization header that is no token of ours may be the action's own secret, so it is no reason to refuse.
    const viewer = await auth.fromHeader(request.headers.get("authorization")).catch(() => ANONYMOUS);
    const response = await engine.runHttpAction(request, asking(viewer, request.headers.get("user-agent")));
    if (response !== null) return response;
    const message = engine.deployed === null ? "Nothing is deployed here yet." : "No matching routes found.";
    return new Response(message, { status: 404 });
  }, engine.onLog);
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
