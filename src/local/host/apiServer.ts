/** The API port: functions over HTTP, the deployment endpoints of the CLI, and the upgrade to WebSocket sessions. */
import type { IncomingMessage, Server } from "node:http";
import { jsonToConvex } from "convex/values";
import { type WebSocket, WebSocketServer } from "ws";
import { z } from "zod";
import { asking, type Viewer } from "./auth";
import { changeEnvironment, environmentChanges } from "./environment";
import type { Outcome } from "./functionCall";
import { createHttpServer, readJson } from "./httpServer";
import { componentPath, failureMessage, functionCall } from "./protocol";
import { pushRoutes } from "./push";
import { Refusal } from "./refusal";
import { Session, type WireOptions } from "./session";
import { systemQuery } from "./systemQueries";

const MAX_FRAME_BYTES = 20 * 1024 * 1024;
const CLOSING_GRACE_MS = 500;
const PAGES: Record<string, string> = {
  "/": "This Convex deployment is running.",
  "/version": "local",
  "/instance_version": "local",
  "/instance_name": "local",
};

type Route = (request: Request, viewer: Viewer) => Promise<Response>;

/** As documented for Convex's HTTP API; the official clients ask for the encoding that loses nothing. */
const functionBody = z.object({
  path: z.string(),
  args: z.union([z.record(z.string(), z.unknown()), z.array(z.unknown()).max(1)]).default({}),
  format: z.enum(["json", "convex_encoded_json"]).nullish(),
  componentPath,
});

export interface ApiServer {
  server: Server;
  closeSessions(): void;
}

export function createApiServer(options: WireOptions): ApiServer {
  const { auth, engine } = options;
  const routes = new Map<string, Route>([...functionRoutes(options), ...adminRoutes(options)]);
  const handle = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (request.method === "OPTIONS") return new Response();
    const page = PAGES[pathname];
    if (page !== undefined) return new Response(page);
    const route = routes.get(pathname);
    if (route === undefined) throw new Refusal(404, "NotFound", `This host has no ${pathname}.`);
    if (request.method !== "POST") throw new Refusal(405, "MethodNotAllowed", `${pathname} is called by POST.`);
    const viewer = await auth.fromHeader(request.headers.get("authorization"));
    return route(request, asking(viewer, request.headers.get("user-agent")));
  };
  const server = createHttpServer(handle, engine.onLog, corsHeaders);
  return { server, closeSessions: acceptSessions(server, options) };
}

/** As open as Convex's own, since browsers call from other origins. */
function corsHeaders({ headers }: IncomingMessage): Record<string, string> {
  return {
    "access-control-allow-origin": headers.origin ?? "*",
    "access-control-allow-credentials": "true",
    "access-control-allow-methods": "GET,POST,PUT,PATCH,DELETE,OPTIONS",
    "access-control-allow-headers": headers["access-control-request-headers"] ?? "*",
    "access-control-max-age": "86400",
    vary: "origin, access-control-request-headers",
  };
}

/** Returns how to say goodbye to all of them. */
function acceptSessions(server: Server, options: WireOptions): () => void {
  const sessions = new Map<WebSocket, Session>();
  const webSockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES });
  server.on("upgrade", (request, socket, head) => {
    if (!/^\/api\/([^/]+\/)?sync(\?|$)/.test(request.url ?? "")) return socket.destroy();
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const userAgent = request.headers["user-agent"] ?? null;
      sessions.set(webSocket, new Session(webSocket, options, userAgent));
      webSocket.on("close", () => sessions.delete(webSocket));
    });
  });
  return () => {
    for (const session of sessions.values()) session.close();
    const hurry = () => {
      for (const webSocket of sessions.keys()) webSocket.terminate();
    };
    setTimeout(hurry, CLOSING_GRACE_MS).unref();
  };
}

function functionRoutes({ engine }: WireOptions): [string, Route][] {
  const route = (kind: "runQuery" | "runMutation" | "runAction" | "runAny"): Route => {
    return async (request, viewer) => {
      const { path, args, format, componentPath } = await readJson(request, functionBody);
      const call = functionCall(path, args, componentPath);
      const outcome = systemQuery(engine, call, viewer) ?? (await engine[kind](call, viewer));
      return outcomeReply(outcome, format === "convex_encoded_json" ? (encoded) => encoded : plainJson);
    };
  };
  return [
    ["/api/query", route("runQuery")],
    ["/api/mutation", route("runMutation")],
    ["/api/action", route("runAction")],
    ["/api/function", route("runAny")],
  ];
}

/** A function that failed is a successful request: status 200 and `"status":"error"`, as Convex answers. */
function outcomeReply(outcome: Outcome, format: (encodedJson: string) => string): Response {
  const { logLines } = outcome;
  const body = outcome.ok
    ? { status: "success", logLines }
    : { status: "error", errorMessage: failureMessage(outcome), logLines };
  const json = outcome.ok ? outcome.valueJson : JSON.stringify(outcome.errorData);
  const member = json === undefined ? "" : `,"${outcome.ok ? "value" : "errorData"}":${format(json)}`;
  const headers = { "content-type": "application/json" };
  return new Response(`${JSON.stringify(body).slice(0, -1)}${member}}`, { headers });
}

/** JSON without Convex's own objects: integers and what JSON's numbers can't say become texts, bytes base64. */
function plainJson(encoded: string): string {
  return JSON.stringify(jsonToConvex(JSON.parse(encoded)), (_name, value) => {
    if (typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value))) return String(value);
    return value instanceof ArrayBuffer ? Buffer.from(value).toString("base64") : value;
  });
}

function adminRoutes({ engine, live }: WireOptions): [string, Route][] {
  const updateEnvironment = async (request: Request) => {
    const { changes } = await readJson(request, environmentChanges);
    await changeEnvironment(engine, changes);
    live.invalidateAll();
    return null;
  };
  const routes = { ...pushRoutes(engine, live), "/api/update_environment_variables": updateEnvironment };
  return Object.entries(routes).map(([path, answer]) => [
    path,
    async (request, viewer) => {
      if (!viewer.isAdmin) throw new Refusal(401, "AdminKeyRequired", `${path} needs an admin key.`);
      return Response.json(await answer(request));
    },
  ]);
}
