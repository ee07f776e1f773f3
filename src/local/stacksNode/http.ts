/** Routes, bodies, pages and refusals of a small JSON server for browsers and programs of this machine. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

export interface ApiRequest {
  /** The values of the path's `:names`. */
  params: Record<string, string>;
  query: URLSearchParams;
  body: Buffer;
}

export interface Route {
  method: "GET" | "POST";
  /** `/v2/accounts/:principal` */
  path: string;
  /** The reply as JSON; a refusal is an HttpError. */
  handle(request: ApiRequest): unknown;
}

export class HttpError extends Error {
  override name = "HttpError";

  constructor(
    readonly status: number,
    readonly body: unknown,
  ) {
    super(`HTTP ${status}`);
  }
}

export function badRequest(message: string): HttpError {
  return new HttpError(400, { statusCode: 400, error: "Bad Request", message });
}

export function notFound(message: string): HttpError {
  return new HttpError(404, { error: message });
}

/** `limit` and `offset` as the API takes them: a page beyond the limit is refused, not cut. */
export function pageOf(query: URLSearchParams, most: number): { limit: number; offset: number } {
  const read = (name: string, fallback: number, [low, high]: [number, number]) => {
    const value = Number(query.get(name) ?? fallback);
    if (Number.isInteger(value) && value >= low && value <= high) return value;
    throw badRequest(`querystring/${name} must be an integer from ${low} to ${high}`);
  };
  return { limit: read("limit", 20, [0, most]), offset: read("offset", 0, [0, Number.MAX_SAFE_INTEGER]) };
}

export function jsonBody(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw badRequest("The body is not JSON.");
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > BODY_LIMIT_BYTES) throw new HttpError(413, { error: `A body has at most ${BODY_LIMIT_BYTES} bytes.` });
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function matcher({ path }: Route): RegExp {
  return new RegExp(`^${path.replace(/:(\w+)/g, "(?<$1>[^/]+)")}/?$`);
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  const headers = {
    "content-type": "application/json; charset=utf-8",
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, POST, OPTIONS",
    "access-control-allow-headers": "*",
    "access-control-max-age": "86400",
  };
  response.writeHead(status, headers).end(status === 204 ? undefined : JSON.stringify(body));
}

function decoded(groups: Record<string, string> | undefined): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch {
    throw badRequest("The path is not percent-encoded UTF-8.");
  }
}

/** @param onError told of what was not meant to happen; the caller sees a 500 */
export function createApiServer(routes: Route[], onError: (error: unknown) => void): Server {
  const table = routes.map((route) => ({ ...route, pattern: matcher(route) }));
  const answer = async (request: IncomingMessage): Promise<unknown> => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const body = await readBody(request);
    const route = table.find(({ method, pattern }) => method === request.method && pattern.test(url.pathname));
    if (!route) throw notFound(`This node has no ${request.method} ${url.pathname}`);
    return route.handle({ params: decoded(route.pattern.exec(url.pathname)?.groups), query: url.searchParams, body });
  };
  return createServer((request, response) => {
    if (request.method === "OPTIONS") return reply(response, 204, null);
    answer(request).then(
      (body) => reply(response, 200, body),
      (error: unknown) => {
        if (error instanceof HttpError) return reply(response, error.status, error.body);
        onError(error);
        reply(response, 500, { error: String(error) });
      },
    );
  });
}
