/** What both sets of routes share: refusals, the reading of what strangers send, and the server that answers in JSON. */
import { Hono, type HonoRequest } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { z } from "zod";
import { NotWritten } from "./journal";

const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

export class HttpError extends Error {
  override name = "HttpError";

  constructor(
    readonly status: 400 | 403 | 404 | 429 | 503,
    /** The API refuses in JSON, the node in plain words. */
    readonly body: object | string,
  ) {
    super(`HTTP ${status}`);
  }
}

export function badRequest(message: string): HttpError {
  return new HttpError(400, { statusCode: 400, error: "Bad Request", message });
}

function invalid(message: string): HttpError {
  return new HttpError(400, { statusCode: 400, code: "FST_ERR_VALIDATION", error: "Bad Request", message });
}

export function notFound(message: string): HttpError {
  return new HttpError(404, { statusCode: 404, error: "Not Found", message });
}

function checked<T>(shape: z.ZodType<T>, value: unknown): T {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  throw badRequest(z.prettifyError(result.error));
}

export function jsonBody<T>(request: HonoRequest, shape: z.ZodType<T>): Promise<T> {
  return request.json().then(
    (body) => checked(shape, body),
    () => Promise.reject(badRequest("The body is not JSON.")),
  );
}

/** A query's number; the API refuses what it can't take in these words. */
export function numberOf(request: HonoRequest, name: string, usual: number, most = Number.MAX_SAFE_INTEGER): number {
  const text = request.query(name);
  if (text === undefined) return usual;
  const value = Number(text);
  if (!/^-?\d+$/.test(text)) throw invalid(`querystring/${name} must be integer`);
  if (value < 0) throw invalid(`querystring/${name} must be >= 0`);
  if (value > most) throw invalid(`querystring/${name} must be <= ${most}`);
  return value;
}

/** What a page may hold, and what it holds unless asked. */
export interface PageSize {
  most: number;
  usual: number;
}

/** A page of a list that grows at its end, newest first. As in the API, a page beyond the most is refused, not cut. */
export function pageOf<T>(request: HonoRequest, { most, usual }: PageSize, list: readonly T[]) {
  const [limit, offset] = [numberOf(request, "limit", usual, most), numberOf(request, "offset", 0)];
  const end = Math.max(0, list.length - offset);
  return { limit, offset, total: list.length, results: list.slice(Math.max(0, end - limit), end).reverse() };
}

/** A page with the cursors of its first entry, and of the first of the next older (prev) and next newer page (next). */
export function cursorPage<T>(
  request: HonoRequest,
  size: PageSize,
  list: readonly T[],
  cursorOf: (entry: T) => string,
) {
  const cursor = request.query("cursor");
  const [limit, offset] = [numberOf(request, "limit", size.usual, size.most), numberOf(request, "offset", 0)];
  const first = cursor === undefined ? list.length - 1 : list.findLastIndex((entry) => cursorOf(entry) === cursor);
  if (cursor !== undefined && first < 0) throw notFound("Cursor not found");
  const end = Math.max(0, first + 1 - offset);
  const start = Math.max(0, end - limit);
  const at = (index: number) => {
    const entry = list[index];
    return entry === undefined ? null : cursorOf(entry);
  };
  const cursors = { next_cursor: at(end - 1 + limit), prev_cursor: at(start - 1), cursor: at(end - 1) };
  return { limit, offset, total: list.length, ...cursors, results: list.slice(start, end).reverse() };
}

/** A server with no routes yet. @param onError told of what was not meant to happen; the caller sees a 500 */
export function jsonServer(onError: (error: unknown) => void): Hono {
  const app = new Hono({ strict: false });
  app.use(cors({ origin: "*", allowMethods: ["GET", "POST", "OPTIONS"], allowHeaders: ["*"], maxAge: 86_400 }));
  const tooLarge = { error: `A body has at most ${BODY_LIMIT_BYTES} bytes.` };
  app.use(bodyLimit({ maxSize: BODY_LIMIT_BYTES, onError: (context) => context.json(tooLarge, 413) }));
  app.notFound(({ req, json }) =>
    json({ message: `Route ${req.method}:${req.path} not found`, error: "Not Found", statusCode: 404 }, 404),
  );
  app.onError((error, context) => {
    if (error instanceof HttpError) {
      const { body, status } = error;
      return typeof body === "string" ? context.text(body, status) : context.json(body, status);
    }
    onError(error);
    // Nothing of it happened: the caller may try again when there is room.
    if (error instanceof NotWritten) return context.json({ error: error.message }, 503);
    return context.json({ error: String(error) }, 500);
  });
  return app;
}
