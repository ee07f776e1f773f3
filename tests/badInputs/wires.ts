/**
 * The same over real connections: functions by HTTP and WebSocket, and the site's routes, of a host on the same database. A
 * well-behaved client beside it is answered all the time, and no money has moved when it is over.
 */
import { DatabaseSync } from "@photostructure/sqlite";
import { ConvexHttpClient } from "convex/browser";
import { anyApi } from "convex/server";
import { jsonToConvex } from "convex/values";
import fc from "fast-check";
import { expect } from "vitest";
import type { DeployedFunction } from "../../src/local/host/component";
import { type HostHandle, startHost } from "../../src/local/host/host";
import { Mutator } from "../local/malformed/mutator";
import { answerTo, type Sent } from "../local/malformed/webSocketFrames";
import { WellBehaved } from "../local/malformed/wellBehaved";
import type { Words } from "./arguments";
import { callsOf, type Drawn, publicFunctions } from "./calls";
import { codeOf } from "./judgement";
import { NOW, type Product, STRANGER } from "./product";
import { type Asked, describedRoutes, judgeResponse, requestsTo } from "./routes";

/** Of so many inputs a portion is drawn at once, so that memory does not grow with their number. */
const PORTION = 300;
const AT_ONCE = 4;
const FRAMES = 10;
/** No price is good any more by then, so that nobody buys by chance. */
const LATER = NOW + 3_600_000;
const MONEY = [
  "positions",
  "accounts",
  "postings",
  "entries",
  "withdrawals",
  "policies",
  "backings",
  "outboxCalls",
  "acts",
];

type Call = Drawn & { called: DeployedFunction };

interface Wire {
  host: HostHandle;
  token: string;
  mutator: Mutator;
}

/** Closes the product, whose database the host takes over. */
export async function tryWires(product: Product, words: Words, { runs, seed }: { runs: number; seed: number }) {
  const inputs = drawnFrom(product, words, await describedRoutes(product));
  const token = await product.tokenOf(STRANGER);
  const { databaseFile } = product;
  await product.close();
  const logs: string[] = [];
  const onLog = (line: string) => void logs.push(line);
  const before = moneyIn(databaseFile);
  const host = await startHost({ databaseFile, port: 0, sitePort: 0, adminKey: "inputs", now: () => LATER, onLog });
  const wire: Wire = { host, token, mutator: new Mutator(seed) };
  const wellBehaved = new WellBehaved(() => isAnswered(host));
  const done = { requests: 0, sessions: 0, answers: 0 };
  try {
    for (let portion = 0; done.requests + done.sessions < runs; portion++) {
      const drawn = { seed: seed + portion, numRuns: PORTION };
      done.requests += await eachOf(fc.sample(inputs.calls, drawn), (call) => overHttp(wire, call));
      done.requests += await eachOf(fc.sample(inputs.asked, { ...drawn, numRuns: PORTION / 3 }), (asked) =>
        toSite(wire, asked),
      );
      const sessions = fc.sample(fc.array(inputs.calls, { minLength: FRAMES, maxLength: FRAMES }), {
        ...drawn,
        numRuns: PORTION / FRAMES,
      });
      done.sessions += FRAMES * (await eachOf(sessions, (calls) => overWebSocket(wire, calls)));
      // That there is no chain here is no fault of an input's.
      expect(logs.filter((line) => /failed|Error:/.test(line) && !line.startsWith("sync/loop"))).toEqual([]);
      logs.length = 0;
    }
  } finally {
    await wellBehaved.stop();
    await host.close();
  }
  expect(wellBehaved.failures).toEqual([]);
  expect(moneyIn(databaseFile)).toBe(before);
  return { ...done, answers: wellBehaved.answers };
}

function drawnFrom(product: Product, words: Words, described: Awaited<ReturnType<typeof describedRoutes>>) {
  const calls = publicFunctions(product).map((called) =>
    callsOf(called, words).map((drawn): Call => ({ ...drawn, called })),
  );
  return { calls: fc.oneof(...calls), asked: requestsTo(described, words, product.pushSecret) };
}

async function isAnswered({ url }: HostHandle): Promise<void> {
  const terms = await new ConvexHttpClient(url).query(anyApi.liquidity?.getTierTerms as never);
  expect(terms).toHaveLength(6);
}

function moneyIn(databaseFile: string): string {
  const database = new DatabaseSync(databaseFile, { readOnly: true });
  const tables = MONEY.map(
    (name) => database.prepare("SELECT number FROM tables WHERE component = '' AND name = ?").get(name)?.number,
  );
  const found = tables.map((number) =>
    database.prepare("SELECT json FROM documents WHERE tableNumber = ? ORDER BY id").all(number),
  );
  database.close();
  return JSON.stringify(found);
}

async function eachOf<Input>(inputs: Input[], send: (input: Input) => Promise<void>): Promise<number> {
  const queue = [...inputs];
  const worker = async () => {
    for (let input = queue.shift(); input !== undefined; input = queue.shift()) {
      const shown = JSON.stringify(input, (name, value) => (name === "called" ? value.path : value)).slice(0, 2_000);
      await send(input).catch((error) => {
        throw new Error(`${(error as Error).message}\n${shown}`, { cause: error });
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return inputs.length;
}

/** Every third body is spoilt as a text, some are sent to another kind's address. */
async function overHttp({ host, token, mutator }: Wire, { who, args, called: { path, kind } }: Call): Promise<void> {
  const body = { path: path.replace(".js", ""), args: args as never, format: "convex_encoded_json" };
  const text = mutator.below(3) === 0 ? mutator.json(body) : JSON.stringify(body);
  const address = mutator.below(10) === 0 ? "function" : kind;
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (who === STRANGER) headers.authorization = `Bearer ${token}`;
  const response = await fetch(`${host.url}/api/${address}`, { method: "POST", headers, body: text });
  const told = await response.text();
  expect(response.status, told.slice(0, 300)).toSatisfy((status) => status === 200 || (status >= 400 && status < 500));
  const { status, errorMessage, errorData, message } = JSON.parse(told);
  if (response.status !== 200) expect(message.length).toBeGreaterThan(10);
  else if (errorData !== undefined) codeOf(jsonToConvex(errorData), errorMessage);
  else if (status === "error")
    expect(errorMessage).toMatch(/ArgumentValidationError: |Could not find |Trying to execute /);
}

async function toSite({ host, token }: Wire, { path, method, headers: sent, body, isSignedIn }: Asked): Promise<void> {
  const { "content-length": _declared, ...headers } = sent;
  if (isSignedIn) headers.authorization = `Bearer ${token}`;
  const response = await fetch(host.siteUrl + path, { method, headers, body });
  const text = await response.text();
  if (text !== "No matching routes found.") judgeResponse(path, response, text);
}

/** A session with some good and some bad frames, the last of which is no message at all. */
async function overWebSocket({ host, token, mutator }: Wire, calls: Call[]): Promise<void> {
  const messages = calls.map(({ args, called }, requestId) => frameOf(called, args, requestId));
  const authenticate = { type: "Authenticate", baseVersion: 0, tokenType: "User", value: token };
  const spoilt = mutator.json(mutator.pick(messages) as never);
  const frames = [authenticate, ...messages].map((message) => JSON.stringify(message));
  const sent: Sent = { name: spoilt, isConnected: true, frames: [...frames, spoilt] };
  const { fatal, closeCode, isAlive } = await answerTo(host.url, sent);
  const shown = JSON.stringify({ fatal, closeCode, isAlive });
  expect(closeCode, shown).not.toBe(1011);
  expect(isAlive || closeCode !== null, shown).toBe(true);
  if (fatal !== null) expect(fatal.length, shown).toBeGreaterThan(10);
}

function frameOf({ path, kind }: DeployedFunction, args: unknown, requestId: number): object {
  const call = { udfPath: path, args: [args] };
  if (kind === "query") {
    const add = { type: "Add", queryId: requestId, ...call };
    return { type: "ModifyQuerySet", baseVersion: requestId, newVersion: requestId + 1, modifications: [add] };
  }
  return { type: kind === "action" ? "Action" : "Mutation", requestId, ...call };
}
