/** What a WebSocket client could do wrong in Convex's sync protocol, from single bits to messages out of order. */
import { randomBytes } from "node:crypto";
import { WebSocket } from "ws";
import type { Mutator } from "./mutator";
import { rawRequest } from "./rawHttp";

export interface Sent {
  name: string;
  /** Whether a good Connect goes before. */
  isConnected: boolean;
  frames: (string | Uint8Array)[];
  /** Bytes that go onto the socket as they are, after the frames. */
  raw?: Uint8Array;
}

const CONNECT = { type: "Connect", sessionId: "malformed", connectionCount: 0, lastCloseReason: null, clientTs: 0 };
const ADD = { type: "Add", queryId: 0, udfPath: "notes:list", args: [{ list: "kept" }] };
const MODIFY = { type: "ModifyQuerySet", baseVersion: 0, newVersion: 1, modifications: [ADD] };
/** Two things are wrong with its arguments already. */
const MUTATION = { type: "Mutation", requestId: 0, udfPath: "notes:add", args: [{ list: 7, text: "" }] };
const ACTION = { type: "Action", requestId: 0, udfPath: "notes:addSlowly", args: [{ list: 7, text: 7, delayMs: 1 }] };
const AUTHENTICATE = { type: "Authenticate", baseVersion: 0, tokenType: "User", value: "a.b.c" };
const EVENT = { type: "Event", eventType: "x", event: {} };

/** A question that a session that still stands answers. */
const LAST = { type: "Mutation", requestId: 999, udfPath: "no:such", args: [{}] };
const ANSWER_WITHIN_MS = 10_000;

export function frames(mutator: Mutator): Sent[] {
  const after = (name: string, ...messages: (object | string | Uint8Array)[]): Sent => ({
    name,
    isConnected: true,
    frames: messages.map((each) =>
      typeof each === "string" || each instanceof Uint8Array ? each : JSON.stringify(each),
    ),
  });
  const mutated = [CONNECT, MODIFY, MUTATION, ACTION, AUTHENTICATE, EVENT].flatMap((message) =>
    Array.from({ length: 22 }, (): Sent => {
      const text = mutator.json(message);
      return { name: text, isConnected: message !== CONNECT, frames: [text] };
    }),
  );
  const query = (more: object) => ({ ...MODIFY, modifications: [{ ...ADD, ...more }] });
  const paths = [
    "",
    ":",
    "::",
    "__proto__:constructor",
    "constructor:prototype",
    "notes:__proto__",
    "../notes:list",
    "_system/x",
  ];
  const raw = [
    Uint8Array.of(0x81, 0x85, 1, 2, 3, 4, 0xff ^ 1, 0xfe ^ 2, 0x80 ^ 3, 0xc0 ^ 4, 0xff ^ 1),
    Uint8Array.of(0x81, 0x02, 0x7b, 0x7d),
    Uint8Array.of(0xf1, 0x80, 0, 0, 0, 0),
    Uint8Array.of(0x83, 0x80, 0, 0, 0, 0),
    Uint8Array.of(0x80, 0x80, 0, 0, 0, 0),
    Uint8Array.of(0x89, 0xfe, 0x01, 0x00, 0, 0, 0, 0),
    Uint8Array.of(0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0),
    Uint8Array.of(0x88, 0x81, 0, 0, 0, 0, 0x03),
  ];
  return [
    ...mutated,
    ...Array.from({ length: 12 }, () => after("random bytes", randomBytes(1 + mutator.below(300)))),
    ...raw.map(
      (bytes): Sent => ({
        name: `bytes ${Buffer.from(bytes).toString("hex")}`,
        isConnected: true,
        frames: [],
        raw: bytes,
      }),
    ),
    ...paths.flatMap((udfPath) => [
      after(`query ${udfPath}`, query({ udfPath })),
      after(udfPath, { ...MUTATION, udfPath }),
    ]),
    ...["", "!", "AAAA", "//////////8=", 7].map(
      (maxObservedTimestamp): Sent => ({
        name: `timestamp ${maxObservedTimestamp}`,
        isConnected: false,
        frames: [JSON.stringify({ ...CONNECT, maxObservedTimestamp })],
      }),
    ),
    ...["", "END_CURSOR", "x".repeat(50_000), "\u0000"].map((journal) => after("journal", query({ journal }))),
    after(
      "a page of nonsense",
      query({ udfPath: "notes:page", args: [{ paginationOpts: { numItems: -1, cursor: "!" } }] }),
    ),
    after(
      "a page of another query",
      query({ udfPath: "notes:page", args: [{ paginationOpts: { numItems: 1, cursor: "AAAAAAAAAAAA" } }] }),
    ),
    after("half a page", query({ udfPath: "notes:page", args: [{ paginationOpts: { numItems: 0.5, cursor: null } }] })),
    after("Connect twice", CONNECT),
    after("the same version twice", MODIFY, MODIFY),
    after("backwards", { ...MODIFY, newVersion: 0 }),
    after(
      "a version far ahead",
      { ...MODIFY, newVersion: 2 ** 31 },
      { ...MODIFY, baseVersion: 2 ** 31, newVersion: 2 ** 32, modifications: [] },
    ),
    after("a query id twice", { ...MODIFY, modifications: [ADD, ADD] }),
    after("an unknown query removed", { ...MODIFY, modifications: [{ type: "Remove", queryId: 77 }] }),
    after("ten thousand queries", {
      ...MODIFY,
      modifications: Array.from({ length: 10_000 }, (_, queryId) => ({ ...ADD, queryId })),
    }),
    after(
      "identities in a row",
      ...Array.from({ length: 50 }, (_, baseVersion) => ({ type: "Authenticate", baseVersion, tokenType: "None" })),
    ),
    after("a flood of events", ...Array.from({ length: 2_000 }, () => EVENT)),
    after("a large message", `{"type":"Event","event":"${"x".repeat(5_000_000)}"}`),
    after("too large a message", "x".repeat(21 * 1024 * 1024)),
    { name: "before Connect", isConnected: false, frames: [JSON.stringify(MODIFY)] },
    {
      name: "ping flood",
      isConnected: true,
      frames: [],
      raw: Buffer.concat(Array.from({ length: 5_000 }, () => Buffer.from("898000000000", "hex"))),
    },
  ];
}

export function handshakes(): Uint8Array[] {
  const upgrade = {
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
  };
  const requests: [string, Record<string, string>][] = [
    ["/api/1.48.0/sync", { ...upgrade, "sec-websocket-key": "short" }],
    ["/api/1.48.0/sync", { ...upgrade, "sec-websocket-version": "7" }],
    ["/api/1.48.0/sync", { ...upgrade, "sec-websocket-extensions": "permessage-deflate; nonsense=\u0001" }],
    ["/api/1.48.0/sync", { ...upgrade, upgrade: "nonsense" }],
    ["/api/nonsense", upgrade],
    ["/api/%/sync", upgrade],
    ["/__proto__", upgrade],
  ];
  return requests.map(([address, headers]) => rawRequest("GET", address, headers, ""));
}

export interface Answer {
  /** The sentence of a FatalError or AuthError. */
  fatal: string | null;
  closeCode: number | null;
  /** Whether the session still answers. */
  isAlive: boolean;
}

/** Sends it all on a socket of its own, and waits until the session has ended or shown that it stands. */
export function answerTo(url: string, { name, isConnected, frames: all, raw }: Sent): Promise<Answer> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/api/1.48.0/sync`, { maxPayload: 0 });
  const answer: Answer = { fatal: null, closeCode: null, isAlive: false };
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.terminate();
      reject(new Error(`No answer within ${ANSWER_WITHIN_MS} ms to ${name.slice(0, 300)}`));
    }, ANSWER_WITHIN_MS);
    const end = () => {
      clearTimeout(timer);
      resolve(answer);
    };
    socket.on("error", () => {});
    socket.on("close", (code) => {
      answer.closeCode = code;
      end();
    });
    socket.on("message", (data) => {
      const message = JSON.parse(String(data));
      if (message.type === "FatalError" || message.type === "AuthError") answer.fatal = message.error;
      if (message.type !== "MutationResponse" || message.requestId !== LAST.requestId) return;
      answer.isAlive = true;
      socket.terminate();
    });
    socket.once("open", () => {
      if (isConnected) socket.send(JSON.stringify(CONNECT));
      for (const frame of all) socket.send(frame);
      if (raw) (socket as unknown as { _socket: { write(bytes: Uint8Array): void } })._socket.write(raw);
      socket.send(JSON.stringify(LAST));
    });
  });
}
