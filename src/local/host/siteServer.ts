/** The site port: HTTP actions, as the pushed `http.ts` routes them. CORS is the action's own business. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import type { Authenticator } from "./auth";
import type { Engine } from "./engine";
import { errorReply, MAX_BODY_BYTES, readBody, send } from "./httpMessages";
import { ANONYMOUS, callerOf } from "./viewer";
import { WireRefusal } from "./wireRefusal";

export interface SiteServerOptions {
  engine: Engine;
  auth: Authenticator;
  onLog: (line: string) => void;
}

export function createSiteServer({ engine, auth, onLog }: SiteServerOptions): Server {
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const request = await toRequest(incoming);
    // An Authorization header that is no token of ours may be the action's own secret, so it is no reason to refuse.
    const viewer = await auth.fromHeader(incoming.headers.authorization).catch(() => ANONYMOUS);
    const response = await engine.runHttpAction(request, callerOf(viewer));
    if (response !== null) return writeResponse(incoming, outgoing, response);
    const body = engine.deployed() === null ? "Nothing is deployed here yet." : "No matching routes found.";
    send(incoming, outgoing, { status: 404, body, contentType: "text/plain" });
  };
  return createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch((error) => {
      const reply = errorReply(error, onLog);
      if (outgoing.headersSent) outgoing.destroy();
      else send(incoming, outgoing, reply);
    });
  });
}

async function toRequest(incoming: IncomingMessage): Promise<Request> {
  const { method = "GET", url = "/", headers } = incoming;
  const address = `http://${headers.host || "localhost"}${url}`;
  if (!URL.canParse(address)) throw new WireRefusal(400, "BadUrl", "The request's address is malformed.");
  const hasBody = method !== "GET" && method !== "HEAD";
  return new Request(address, {
    method,
    headers: Object.entries(headers).flatMap(([name, value]) =>
      [value ?? []].flat().map((each): [string, string] => [name, each]),
    ),
    body: hasBody ? new Uint8Array(await readBody(incoming, MAX_BODY_BYTES)) : null,
  });
}

async function writeResponse(incoming: IncomingMessage, outgoing: ServerResponse, response: Response): Promise<void> {
  const headers: Record<string, string | string[]> = Object.fromEntries(response.headers);
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) headers["set-cookie"] = cookies;
  outgoing.writeHead(response.status, headers);
  if (response.body === null || incoming.method === "HEAD") outgoing.end();
  else await pipeline(Readable.fromWeb(response.body as ReadableStream), outgoing);
}
