/**
 * Reading and answering HTTP for both ports: bounded bodies, JSON checked against a schema,
 * errors as `{code, message}`, and CORS as open as Convex's own, since browsers call from other origins.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { brotliDecompress } from "node:zlib";
import { z } from "zod";
import { messageOf, WireRefusal } from "./wireRefusal";

/** Convex's own limit on arguments is 16 MiB. */
export const MAX_BODY_BYTES = 20 * 1024 * 1024;
export const MAX_PUSH_BYTES = 128 * 1024 * 1024;

export interface Reply {
  status: number;
  body: string;
  contentType?: string;
}

export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    // The rest is read and thrown away, so that the refusal reaches a client that is still sending.
    if (length <= maxBytes) chunks.push(chunk);
  }
  if (length > maxBytes) throw tooLarge(maxBytes);
  return Buffer.concat(chunks);
}

function tooLarge(maxBytes: number): WireRefusal {
  return new WireRefusal(413, "BodyTooLarge", `The request body is larger than ${maxBytes} bytes.`);
}

/** The CLI compresses its pushes. */
async function decompress(body: Buffer, encoding: string | undefined, maxBytes: number): Promise<Buffer> {
  if (encoding !== "br") return body;
  try {
    return await promisify(brotliDecompress)(body, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(maxBytes);
    throw new WireRefusal(400, "BadBody", `The request body could not be decompressed: ${messageOf(error)}`);
  }
}

export async function readJson<T>(
  request: IncomingMessage,
  schema: z.ZodType<T>,
  maxBytes = MAX_BODY_BYTES,
): Promise<T> {
  const body = await decompress(await readBody(request, maxBytes), request.headers["content-encoding"], maxBytes);
  let json: unknown;
  try {
    json = JSON.parse(body.toString());
  } catch (error) {
    throw new WireRefusal(400, "BadJsonBody", `The request body is not JSON: ${messageOf(error)}`);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new WireRefusal(400, "BadJsonBody", `The request body is malformed: ${z.prettifyError(parsed.error)}`);
}

export function jsonReply(value: unknown): Reply {
  return { status: 200, body: JSON.stringify(value) };
}

export function errorReply(error: unknown, onLog: (line: string) => void): Reply {
  if (error instanceof WireRefusal) {
    return { status: error.status, body: JSON.stringify({ code: error.code, message: error.message }) };
  }
  onLog(`Request failed: ${error instanceof Error ? error.stack : error}`);
  const message = "Your request couldn't be completed. Try again later.";
  return { status: 500, body: JSON.stringify({ code: "InternalServerError", message }) };
}

export function send(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, {
    ...corsHeaders(request),
    "content-type": reply.contentType ?? "application/json",
    "content-length": Buffer.byteLength(reply.body),
  });
  response.end(request.method === "HEAD" ? undefined : reply.body);
}

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
