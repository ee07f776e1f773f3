/**
 * One client's WebSocket session: its identity, its query set, and the transitions that keep the client's copy of every
 * result true at one timestamp. Messages are handled in the order they came; mutations run one after another, actions
 * run at once; a transition follows each of them, because the client resolves a mutation only when it has seen its timestamp.
 */
import { WebSocket } from "ws";
import type { Authenticator } from "./auth";
import type { ActionOutcome, Engine, MutationOutcome } from "./engine";
import type { LiveQueries } from "./liveQueries";
import {
  type Authenticate,
  type ClientMessage,
  decodeTimestamp,
  encodeTimestamp,
  errorDataMember,
  failureMessage,
  functionCall,
  ProtocolError,
  parseClientMessage,
} from "./protocol";
import { QuerySet } from "./querySet";
import { ANONYMOUS, callerOf, isExpired, newRequestId, type Viewer } from "./viewer";
import { messageOf, WireRefusal } from "./wireRefusal";

const PING_AFTER_IDLE_MS = 15_000;

export interface SessionOptions {
  engine: Engine;
  live: LiveQueries;
  auth: Authenticator;
  now: () => number;
  onLog: (line: string) => void;
}

type Of<Type extends ClientMessage["type"]> = Extract<ClientMessage, { type: Type }>;

export class Session {
  readonly #socket: WebSocket;
  readonly #options: SessionOptions;
  readonly #ping: NodeJS.Timeout;
  #inbox: Promise<void> = Promise.resolve();
  #mutations: Promise<void> = Promise.resolve();
  #isOpen = true;

  #sessionId: string | null = null;
  #clientClockSkewMs = 0;
  #viewer = ANONYMOUS;
  readonly #queries: QuerySet;
  /** Where the client asked to be, and where the last transition took it. */
  #asked = { querySet: 0, identity: 0 };
  #reached = { querySet: 0, identity: 0, ts: 0n };
  #mustUpdate = false;
  #isUpdating = false;

  constructor(socket: WebSocket, options: SessionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#queries = new QuerySet(options.live, () => this.#update());
    this.#ping = setTimeout(() => this.#send('{"type":"Ping"}'), PING_AFTER_IDLE_MS);
    socket.on("message", (data) => {
      this.#inbox = this.#inbox.then(() => this.#receive(String(data))).catch((error) => this.#fail(error));
    });
    socket.on("close", () => this.#end());
    socket.on("error", (error) => options.onLog(`WebSocket: ${messageOf(error)}`));
  }

  /** The host is going down: clients reconnect by themselves. */
  close(): void {
    this.#end();
    this.#socket.close(1001, "The host is closing");
  }

  #end(): void {
    this.#isOpen = false;
    clearTimeout(this.#ping);
    this.#queries.clear();
  }

  #fail(error: unknown): void {
    if (!this.#isOpen) return;
    if (error instanceof ProtocolError || error instanceof WireRefusal) {
      this.#send(JSON.stringify({ type: "FatalError", error: error.message }));
      this.#socket.close(1000);
    } else {
      this.#options.onLog(`Sync session failed: ${error instanceof Error ? error.stack : error}`);
      this.#socket.close(1011, "InternalServerError");
    }
    this.#end();
  }

  /** `baseVersion` is the identity version before the one that failed; the client compares it with its own. */
  #failAuthentication(error: string, baseVersion: number, authUpdateAttempted: boolean): void {
    this.#send(JSON.stringify({ type: "AuthError", error, baseVersion, authUpdateAttempted }));
    this.#socket.close(1000);
    this.#end();
  }

  async #receive(text: string): Promise<void> {
    if (!this.#isOpen) return;
    const message = parseClientMessage(text);
    if (message.type !== "Connect" && this.#sessionId === null)
      throw new ProtocolError("The first message must be Connect.");
    switch (message.type) {
      case "Connect":
        return this.#connect(message);
      case "Authenticate":
        return this.#authenticate(message);
      case "ModifyQuerySet":
        return this.#modifyQuerySet(message);
      case "Mutation":
        return this.#mutate(message);
      case "Action":
        return this.#act(message);
      case "Event":
        return;
    }
  }

  #connect(message: Of<"Connect">): void {
    if (this.#sessionId !== null) throw new ProtocolError("Connect was sent twice.");
    this.#sessionId = message.sessionId;
    if (message.clientTs !== undefined) this.#clientClockSkewMs = message.clientTs - this.#options.now();
    if (!message.maxObservedTimestamp) return;
    const observed = decodeTimestamp(message.maxObservedTimestamp);
    if (observed === null) throw new ProtocolError("maxObservedTimestamp is not a timestamp.");
    if (observed > this.#options.engine.lastTs) {
      throw new ProtocolError(
        "This client has seen a later state than the database holds, which was reset or restored: reload it.",
      );
    }
  }

  async #authenticate(message: Authenticate): Promise<void> {
    if (message.baseVersion !== this.#asked.identity) {
      throw new ProtocolError(`Identity version is ${this.#asked.identity}, not ${message.baseVersion}.`);
    }
    try {
      this.#viewer = await this.#verify(message);
    } catch (error) {
      if (!(error instanceof WireRefusal)) throw error;
      return this.#failAuthentication(error.message, message.baseVersion, true);
    }
    this.#asked = { ...this.#asked, identity: message.baseVersion + 1 };
    this.#update();
  }

  async #verify(message: Authenticate): Promise<Viewer> {
    switch (message.tokenType) {
      case "None":
        return ANONYMOUS;
      case "User":
        return this.#options.auth.user(message.value);
      case "Admin":
        return this.#options.auth.admin(message.value, message.impersonating);
    }
  }

  #modifyQuerySet(message: Of<"ModifyQuerySet">): void {
    if (message.baseVersion !== this.#asked.querySet) {
      throw new ProtocolError(`Query set version is ${this.#asked.querySet}, not ${message.baseVersion}.`);
    }
    for (const change of message.modifications) {
      if (change.type === "Remove") this.#queries.remove(change.queryId);
      else {
        const call = functionCall(change.udfPath, change.args, change.componentPath);
        this.#queries.add(change.queryId, call, change.journal ?? null);
      }
    }
    this.#asked = { ...this.#asked, querySet: message.newVersion };
    this.#update();
  }

  #mutate(message: Of<"Mutation">): void {
    const viewer = this.#viewer;
    const origin = { sessionId: this.#sessionId ?? "", requestId: message.requestId };
    const call = functionCall(message.udfPath, message.args, message.componentPath);
    this.#mutations = this.#mutations.then(() =>
      this.#answer(message, viewer, (requestId) =>
        this.#options.engine.runMutation(call, callerOf(viewer, requestId), origin),
      ),
    );
  }

  #act(message: Of<"Action">): void {
    const viewer = this.#viewer;
    const call = functionCall(message.udfPath, message.args, message.componentPath);
    void this.#answer(message, viewer, (requestId) =>
      this.#options.engine.runAction(call, callerOf(viewer, requestId)),
    );
  }

  async #answer(
    message: Of<"Mutation"> | Of<"Action">,
    viewer: Viewer,
    run: (requestId: string) => Promise<MutationOutcome | ActionOutcome>,
  ): Promise<void> {
    try {
      if (this.#hasExpired(viewer)) return;
      const requestId = newRequestId();
      const outcome = await run(requestId);
      const head = `{"type":"${message.type}Response","requestId":${message.requestId},"success":${outcome.ok}`;
      const logLines = `"logLines":${JSON.stringify(outcome.logLines)}`;
      if (outcome.ok) {
        const ts = "ts" in outcome ? `,"ts":"${encodeTimestamp(outcome.ts)}"` : "";
        this.#send(`${head},"result":${outcome.valueJson}${ts},${logLines}}`);
      } else {
        const result = JSON.stringify(failureMessage(outcome, requestId));
        this.#send(`${head},"result":${result},${logLines}${errorDataMember(outcome)}}`);
      }
      this.#update();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** An expired token ends the session; the client comes back with a new one and sends what was not answered again. */
  #hasExpired(viewer: Viewer): boolean {
    if (!isExpired(viewer, this.#options.now())) return false;
    this.#failAuthentication("The token has expired.", Math.max(this.#asked.identity - 1, 0), false);
    return true;
  }

  /** Asks for a transition; requests that come while one is under way are answered by the next. */
  #update(): void {
    this.#mustUpdate = true;
    if (this.#isUpdating) return;
    this.#isUpdating = true;
    this.#runUpdates()
      .catch((error) => this.#fail(error))
      .finally(() => {
        this.#isUpdating = false;
      });
  }

  async #runUpdates(): Promise<void> {
    while (this.#mustUpdate && this.#isOpen) {
      this.#mustUpdate = false;
      // A turn of the event loop gathers what came together, and lets a mutation's response go out before its effects.
      await new Promise(setImmediate);
      const viewer = this.#viewer;
      if (this.#hasExpired(viewer)) return;
      await this.#queries.refresh(viewer);
      if (!this.#isOpen) return;
      const ts = this.#queries.commonTimestamp(this.#viewer, this.#reached.ts, this.#options.engine.lastTs);
      if (this.#queries.hasStale(this.#viewer)) this.#mustUpdate = true;
      if (ts === null) this.#mustUpdate = true;
      else await this.#transition(ts);
    }
  }

  /** Waits until the socket has taken the message, so that a slow client gets fewer transitions and not a longer queue. */
  async #transition(ts: bigint): Promise<void> {
    const modifications = this.#queries.takeModifications();
    const start = this.#reached;
    this.#reached = { ...this.#asked, ts };
    const version = (at: typeof start) => JSON.stringify({ ...at, ts: encodeTimestamp(at.ts) });
    const clocks = `"clientClockSkew":${this.#clientClockSkewMs},"serverTs":${this.#options.now() * 1_000_000}`;
    await this.#send(
      `{"type":"Transition","startVersion":${version(start)},"endVersion":${version(this.#reached)},` +
        `"modifications":[${modifications.join(",")}],${clocks}}`,
    );
  }

  #send(message: string): Promise<void> {
    if (!this.#isOpen || this.#socket.readyState !== WebSocket.OPEN) return Promise.resolve();
    this.#ping.refresh();
    return new Promise((resolve) => this.#socket.send(message, () => resolve()));
  }
}
