/**
 * HTTP for both ports, on the web's own Request and Response: bounded bodies, JSON checked against a schema, and errors as
 * `{code, message}` in one place, so that nothing a client sends ends the host.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { promisify } from "node:util";
import { brotliDecompress } from "node:zlib";
import { z } from "zod";
import { parseJson } from "./json";
import { messageOf, Refusal } from "./refusal";
import { StorageFailure } from "./storageFailure";

/** Convex's own limit on arguments is 16 MiB. */
const MAX_BODY_BYTES = 20 * 1024 * 1024;
const MAX_PUSH_BYTES = 128 * 1024 * 1024;

/** `headersOf`: what every answer to a request carries. */
export function createHttpServer(
  handle: (request: Request) => Promise<Response>,
  onLog: (line: string) => void,
  headersOf: (request: IncomingMessage) => Record<string, string> = () => ({}),
): Server {
  const answer = async (incoming: IncomingMessage): Promise<Response> => {
    try {
      return await handle(await toRequest(incoming));
    } catch (error) {
      if (error instanceof Refusal) {
        return Response.json({ code: error.code, message: error.message }, { status: error.status });
      }
      if (error instanceof StorageFailure) {
        return Response.json({ code: "StorageFailure", message: error.message }, { status: 503 });
      }
      onLog(`Request failed: ${error instanceof Error ? error.stack : error}`);
      const message = "Your request couldn't be completed. Try again later.";
      return Response.json({ code: "InternalServerError", message }, { status: 500 });
    }
  };
  return createServer((incoming, outgoing) => {
    answer(incoming)
      .then((response) => writeResponse(incoming, outgoing, response, headersOf(incoming)))
      .catch((error) => {
        // Who goes away before the answer is no fault of the host's.
        if (incoming.complete && !incoming.socket.destroyed) onLog(`Reply failed: ${error}`);
        outgoing.destroy();
      });
  });
}

/** A JSON body, which the CLI compresses in its pushes. */
export async function readJson<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  let json: unknown;
  try {
    const body = Buffer.from(await request.arrayBuffer());
    const isCompressed = request.headers.get("content-encoding") === "br";
    const plain = isCompressed ? await promisify(brotliDecompress)(body, { maxOutputLength: MAX_PUSH_BYTES }) : body;
    json = parseJson(plain.toString());
  } catch (error) {
    throw new Refusal(400, "BadJsonBody", `The request body is not JSON: ${messageOf(error)}`);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new Refusal(400, "BadJsonBody", `The request body is malformed: ${z.prettifyError(parsed.error)}`);
}

async function toRequest(incoming: IncomingMessage): Promise<Request> {
  const { method = "GET", url = "/", headers } = incoming;
  const address = `http://${headers.host || "localhost"}${url}`;
  if (!URL.canParse(address)) throw new Refusal(400, "BadUrl", "The request's address is malformed.");
  const hasBody = method !== "GET" && method !== "HEAD";
  const maxBytes = url.startsWith("/api/deploy2/") ? MAX_PUSH_BYTES : MAX_BODY_BYTES;
  // What the web's Request can't be made of.
  if (/^(CONNECT|TRACE|TRACK)$/i.test(method)) throw new Refusal(405, "MethodNotAllowed", `${method} is not served.`);
  return new Request(address, {
    method,
    headers: Object.entries(headers).flatMap(([name, value]) =>
      [value ?? []].flat().map((each): [string, string] => [name, each]),
    ),
    body: hasBody ? await readBody(incoming, maxBytes) : null,
  });
}

async function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      length += chunk.length;
      // The rest is read and thrown away, so that the refusal reaches a client that is still sending.
      if (length <= maxBytes) chunks.push(chunk);
    }
  } catch (error) {
    throw new Refusal(400, "BodyIncomplete", `The request ended before its body did: ${messageOf(error)}`);
  }
  if (length <= maxBytes) return new Uint8Array(Buffer.concat(chunks));
  throw new Refusal(413, "BodyTooLarge", `The request body is larger than ${maxBytes} bytes.`);
}

async function writeResponse(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  response: Response,
  more: Record<string, string>,
): Promise<void> {
  const cookies = response.headers.getSetCookie();
  const headers = { ...Object.fromEntries(response.headers), ...more };
  outgoing.writeHead(response.status, cookies.length > 0 ? { ...headers, "set-cookie": cookies } : headers);
  if (response.body === null || incoming.method === "HEAD") outgoing.end();
  else await pipeline(Readable.fromWeb(response.body as ReadableStream), outgoing);
}
