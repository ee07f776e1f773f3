/** Somebody's webhook: a real HTTP server that keeps what it is sent, and answers as a test says. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export const SECRET = `whsec_${Buffer.from("a secret of thirty-two bytes...!").toString("base64")}`;

export interface Received {
  url: string;
  headers: Record<string, string>;
  body: string;
}

type Answer = (response: ServerResponse, received: Received) => unknown;

export class Receiver {
  readonly received: Received[] = [];
  answer: Answer = (response) => response.end();
  readonly #server = createServer((request, response) => this.#take(request, response));

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request: IncomingMessage, response: ServerResponse) {
    // Who gives up while it sends was not received.
    const body = await text(request).catch(() => null);
    if (body === null) return;
    const received = { url: request.url ?? "", headers: request.headers as Record<string, string>, body };
    this.received.push(received);
    await this.answer(response, received);
  }
}

/** As the README tells a receiver to check a message. */
export function isAuthentic({ headers, body }: Received, secret = SECRET): boolean {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  const expected = Buffer.from(`v1,${createHmac("sha256", key).update(signed).digest("base64")}`);
  const given = Buffer.from(headers["webhook-signature"] ?? "");
  return given.length === expected.length && timingSafeEqual(given, expected);
}
