/**
 * Stands between the backend on one side, and the node and the sources of prices on the other, and makes what passes go
 * wrong. Which requests are hit follows from a seed and from how often the same question was asked, so that the order in
 * which different questions arrive changes nothing.
 */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What an upstream answered. */
export interface Answer {
  status: number;
  type: string;
  body: string;
}

export interface Exchange {
  /** Method, path and query, such as `GET /extended/v2/blocks/latest`. */
  request: string;
  body: string;
  /** What this question was answered before, oldest first. */
  earlier: Answer[];
  /** Asks the upstream. */
  forward: () => Promise<Answer>;
}

/**
 * Gives an answer, or null to break the connection off; `torn`: in the middle of the answer. Undefined where there is nothing
 * to make wrong yet.
 */
export type Strike = (exchange: Exchange) => Promise<Answer | { torn: Answer } | null | undefined>;

export interface Fault {
  kind: string;
  /** Which requests may be hit. */
  requests: RegExp;
  /** The share of them that is. */
  chance: number;
  /** At most so many are, so that what gives up for longer with each failure comes back. */
  most: number;
  strike: Strike;
}

/** Of each question so many different answers are remembered. */
const REMEMBERED = 4;

function drawn(...parts: (string | number)[]): number {
  return createHash("sha256").update(parts.join(" ")).digest().readUInt32BE() / 2 ** 32;
}

export class FaultProxy {
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #upstreams = new Map<string, string>();
  readonly #earlier = new Map<string, Answer[]>();
  readonly #asked = new Map<string, number>();
  #faults: (Fault & { hits: number; seed: number })[] = [];
  /** By kind of fault, how many requests it hit. */
  readonly met = new Map<string, number>();
  /** A request that matches is told of; what comes back decides whether it goes on. */
  onRequest: ((request: string) => Strike | null) | null = null;

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  /** The address under which an upstream is found here. */
  before(name: string, url: string): string {
    this.#upstreams.set(name, url);
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${name}`;
  }

  /** In place of those that were set before; none: all is well. */
  setFaults(faults: Fault[], seed = 0): void {
    this.#faults = faults.map((fault, n) => ({ ...fault, hits: 0, seed: seed + n }));
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #strikeOf(request: string): Strike | null {
    const asked = this.#asked.get(request) ?? 0;
    this.#asked.set(request, asked + 1);
    for (const fault of this.#faults) {
      if (fault.hits >= fault.most || !fault.requests.test(request)) continue;
      if (drawn(fault.seed, fault.kind, request, asked) >= fault.chance) continue;
      return async (exchange) => {
        const struck = await fault.strike(exchange);
        if (struck === undefined) return exchange.forward();
        fault.hits += 1;
        this.met.set(fault.kind, (this.met.get(fault.kind) ?? 0) + 1);
        return struck;
      };
    }
    return null;
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const [, name = "", path = ""] = /^\/(\w+)(.*)$/.exec(incoming.url ?? "") ?? [];
      const request = `${incoming.method} ${path}`;
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks).toString();
      const question = `${name} ${request} ${body}`;
      const earlier = this.#earlier.get(question) ?? [];
      const forward = async (): Promise<Answer> => {
        const answer = await ask(`${this.#upstreams.get(name)}${path}`, incoming, body);
        if (answer.body !== earlier.at(-1)?.body) this.#earlier.set(question, [...earlier, answer].slice(-REMEMBERED));
        return answer;
      };
      const strike = this.onRequest?.(request) ?? this.#strikeOf(request);
      give(response, strike ? await strike({ request, body, earlier, forward }) : await forward());
    } catch {
      // The backend is gone, or the upstream is: the other side sees a broken connection.
      response.destroy();
    }
  }
}

async function ask(url: string, { method = "GET", headers }: IncomingMessage, body: string): Promise<Answer> {
  const type = headers["content-type"] ?? "application/json";
  const answer = await fetch(url, { method, headers: { "content-type": type }, ...(method === "POST" && { body }) });
  return {
    status: answer.status,
    type: answer.headers.get("content-type") ?? "application/json",
    body: await answer.text(),
  };
}

function give(response: ServerResponse, answer: Answer | { torn: Answer } | null | undefined): void {
  if (!answer) return void response.destroy();
  const { status, type, body } = "torn" in answer ? answer.torn : answer;
  const bytes = Buffer.from(body);
  response.writeHead(status, { "content-type": type, "content-length": bytes.length });
  if (!("torn" in answer)) return void response.end(bytes);
  response.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => response.destroy());
}
