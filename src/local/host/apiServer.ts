/**
 * The API port: functions over HTTP, the deployment endpoints of the CLI, and the upgrade to WebSocket sessions.
 * A route reads its request, asks the engine, and answers; errors become replies in one place, so that nothing a client sends ends the host.
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import { z } from "zod";
import type { ActionOutcome, MutationOutcome, QueryOutcome } from "./engine";
import { changeEnvironment, environmentChanges } from "./environment";
import { errorReply, jsonReply, type Reply, readJson, send } from "./httpMessages";
import { decodeTimestamp, encodeTimestamp, errorDataMember, failureMessage, functionCall } from "./protocol";
import { Pushes, pushRoutes } from "./push";
import { Session, type SessionOptions } from "./session";
import { callerOf, newRequestId, type Viewer } from "./viewer";
import { WireRefusal } from "./wireRefusal";

const MAX_FRAME_BYTES = 20 * 1024 * 1024;

type Route = (request: IncomingMessage, viewer: Viewer) => Promise<Reply>;
type Outcome = QueryOutcome | MutationOutcome | ActionOutcome;

const functionBody = z.object({
  path: z.string(),
  args: z.unknown(),
  format: z.literal("convex_encoded_json").nullish(),
  componentPath: z.string().nullish(),
  ts: z.string().optional(),
});

export interface ApiServer {
  server: Server;
  closeSessions(): void;
}

export function createApiServer(options: SessionOptions): ApiServer {
  const { auth, onLog } = options;
  const routes = new Map<string, Route>([...functionRoutes(options), ...adminRoutes(options)]);
  const server = createServer((request, response) => {
    const handle = async (): Promise<Reply> => {
      const [pathname = "/"] = (request.url ?? "/").split("?");
      if (request.method === "OPTIONS") return { status: 200, body: "" };
      const page = PAGES[pathname];
      if (page !== undefined) return { status: 200, body: page, contentType: "text/plain" };
      const route = routes.get(pathname);
      if (route === undefined) throw new WireRefusal(404, "NotFound", `This host has no ${pathname}.`);
      if (request.method !== "POST") throw new WireRefusal(405, "MethodNotAllowed", `${pathname} is called by POST.`);
      return route(request, await auth.fromHeader(request.headers.authorization));
    };
    handle()
      .catch((error) => errorReply(error, onLog))
      .then((reply) => send(request, response, reply))
      .catch((error) => onLog(`Reply failed: ${error}`));
  });
  return { server, closeSessions: acceptSessions(server, options) };
}

const PAGES: Record<string, string> = {
  "/": "This Convex deployment is running.",
  "/version": "local",
  "/instance_version": "local",
  "/instance_name": "local",
};

/** Returns how to say goodbye to all of them. */
function acceptSessions(server: Server, options: SessionOptions): () => void {
  const sessions = new Map<WebSocket, Session>();
  const webSockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES });
  server.on("upgrade", (request, socket, head) => {
    if (!/^\/api\/([^/]+\/)?sync(\?|$)/.test(request.url ?? "")) {
      socket.destroy();
      return;
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      sessions.set(webSocket, new Session(webSocket, options));
      webSocket.on("close", () => sessions.delete(webSocket));
    });
  });
  return () => {
    for (const session of sessions.values()) session.close();
    const unanswered = setTimeout(() => {
      for (const webSocket of sessions.keys()) webSocket.terminate();
    }, 500);
    unanswered.unref();
  };
}

function functionRoutes({ engine, live }: SessionOptions): [string, Route][] {
  type Run = (body: z.infer<typeof functionBody>, viewer: Viewer, requestId: string) => Promise<Outcome>;
  const route = (run: Run): Route => {
    return async (request, viewer) => {
      const body = await readJson(request, functionBody);
      const requestId = newRequestId();
      return outcomeReply(await run(body, viewer, requestId), requestId);
    };
  };
  const callOf = ({ path, args, componentPath }: z.infer<typeof functionBody>) =>
    functionCall(path, args, componentPath);
  return [
    ["/api/query_ts", async () => jsonReply({ ts: encodeTimestamp(engine.lastTs) })],
    ["/api/query", route((body, viewer, requestId) => live.run(callOf(body), viewer, requestId, null))],
    [
      "/api/query_at_ts",
      route(async (body, viewer, requestId) => {
        const ts = decodeTimestamp(body.ts ?? "");
        if (ts === null) throw new WireRefusal(400, "BadTimestamp", "`ts` must be a timestamp from /api/query_ts.");
        const outcome = await live.run(callOf(body), viewer, requestId, null);
        // The store keeps no history: the answer stands only if nothing that the query read has changed since.
        if (live.wasTrueAt(outcome, ts)) return outcome;
        throw new WireRefusal(
          400,
          "TimestampTooOld",
          "What this query reads has changed since `ts`: take a new timestamp.",
        );
      }),
    ],
    ["/api/mutation", route((body, viewer, id) => engine.runMutation(callOf(body), callerOf(viewer, id)))],
    ["/api/action", route((body, viewer, id) => engine.runAction(callOf(body), callerOf(viewer, id)))],
    ["/api/function", route((body, viewer, id) => engine.runAny(callOf(body), callerOf(viewer, id)))],
  ];
}

function adminRoutes({ engine, live, onLog }: SessionOptions): [string, Route][] {
  const updateEnvironment: Route = async (request) => {
    const { changes } = await readJson(request, environmentChanges);
    await changeEnvironment(engine, changes);
    live.invalidateAll();
    return jsonReply(null);
  };
  const routes = pushRoutes(new Pushes(engine, live, onLog));
  return [...routes, ["/api/update_environment_variables", updateEnvironment] as [string, Route]].map(
    ([path, route]) => [
      path,
      async (request, viewer) => {
        if (!viewer.isAdmin) throw new WireRefusal(401, "AdminKeyRequired", `${path} needs an admin key.`);
        return route(request, viewer);
      },
    ],
  );
}

/** A function that failed is a successful request: status 200 and `"status":"error"`, as Convex answers. */
function outcomeReply(outcome: Outcome, requestId: string): Reply {
  const logLines = `"logLines":${JSON.stringify(outcome.logLines)}`;
  if (outcome.ok) return { status: 200, body: `{"status":"success","value":${outcome.valueJson},${logLines}}` };
  const message = JSON.stringify(failureMessage(outcome, requestId));
  const body = `{"status":"error","errorMessage":${message},${logLines}${errorDataMember(outcome)}}`;
  return { status: 200, body };
}
