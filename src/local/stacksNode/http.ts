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
    readonly status: 400 | 404 | 429,
    /** The API refuses in JSON, the node in plain words. */
    readonly body: object | string,
  ) {
    super(`HTTP ${status}`);
  }
}

export function badRequest(message: string): HttpError {
  return new HttpError(400, { statusCode: 400, error: "Bad Request", message });
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

/** A page of a list that grows at its end, newest first. As in the API, a page beyond `most` is refused, not cut. */
export function pageOf<T>(request: HonoRequest, most: number, list: readonly T[]) {
  const count = z.coerce.number().int().min(0);
  const shape = z.object({ limit: count.max(most).default(20), offset: count.default(0) });
  const { limit, offset } = checked(shape, request.query());
  const end = Math.max(0, list.length - offset);
  return { limit, offset, total: list.length, results: list.slice(Math.max(0, end - limit), end).reverse() };
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
