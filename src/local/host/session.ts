/**
 * One client's WebSocket session: its identity, its query set, and the transitions that keep the client's copy of every
 * result true at one timestamp. Messages are handled in the order they came; mutations run one after another, actions
 * run at once; a transition follows each of them, because the client resolves a mutation only when it has seen its timestamp.
 */
import { randomBytes } from "node:crypto";
import { WebSocket } from "ws";
import { ANONYMOUS, type Authenticator, asking, type Viewer } from "./auth";
import type { Engine } from "./engine";
import type { Failure, MutationOutcome, Outcome } from "./functionCall";
import type { LiveQueries } from "./liveQueries";
import {
  type ClientMessage,
  decodeTimestamp,
  encodeTimestamp,
  failureMessage,
  functionCall,
  ProtocolError,
  parseClientMessage,
} from "./protocol";
import { QuerySet } from "./querySet";
import { messageOf, Refusal } from "./refusal";
import { StorageFailure } from "./storageFailure";

const PING_AFTER_IDLE_MS = 15_000;

export interface WireOptions {
  engine: Engine;
  live: LiveQueries;
  auth: Authenticator;
}

type Of<Type extends ClientMessage["type"]> = Extract<ClientMessage, { type: Type }>;

export class Session {
  readonly #ping: NodeJS.Timeout;
  #inbox: Promise<void> = Promise.resolve();
  #mutations: Promise<void> = Promise.resolve();
  #isOpen = true;

  #sessionId: string | null = null;
  #viewer: Viewer;
  readonly #queries: QuerySet;
  /** Where the client asked to be, and where the last transition took it. */
  #asked = { querySet: 0, identity: 0 };
  #reached = { querySet: 0, identity: 0, ts: 0n };
  #mustUpdate = false;
  #isUpdating = false;

  constructor(
    private readonly socket: WebSocket,
    private readonly options: WireOptions,
    private readonly userAgent: string | null,
  ) {
    this.#viewer = asking(ANONYMOUS, userAgent);
    this.#queries = new QuerySet(options.live, () => this.#update());
    this.#ping = setTimeout(() => this.#send('{"type":"Ping"}'), PING_AFTER_IDLE_MS);
    socket.on("message", (data) => {
      this.#inbox = this.#inbox.then(() => this.#receive(String(data))).catch((error) => this.#fail(error));
    });
    socket.on("close", () => this.#end());
    socket.on("error", (error) => options.engine.onLog(`WebSocket: ${messageOf(error)}`));
  }

  /** The host is going down: clients reconnect by themselves. */
  close(): void {
    this.#end();
    this.socket.close(1001, "The host is closing");
  }

  #end(): void {
    this.#isOpen = false;
    clearTimeout(this.#ping);
    this.#queries.clear();
  }

  #fail(error: unknown): void {
    if (!this.#isOpen) return;
    if (error instanceof ProtocolError) {
      this.#send(JSON.stringify({ type: "FatalError", error: error.message }));
      this.socket.close(1000);
    } else {
      this.options.engine.onLog(`Sync session failed: ${error instanceof Error ? error.stack : error}`);
      this.socket.close(1011, "InternalServerError");
    }
    this.#end();
  }

  /** `baseVersion` is the identity version before the one that failed; the client compares it with its own. */
  #failAuthentication(error: string, baseVersion: number, authUpdateAttempted: boolean): void {
    this.#send(JSON.stringify({ type: "AuthError", error, baseVersion, authUpdateAttempted }));
    this.socket.close(1000);
    this.#end();
  }

  async #receive(text: string): Promise<void> {
    if (!this.#isOpen) return;
    const message = parseClientMessage(text);
    if ((message.type === "Connect") !== (this.#sessionId === null)) {
      throw new ProtocolError("A session starts with Connect, which can't be sent twice.");
    }
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

  #connect({ sessionId, maxObservedTimestamp }: Of<"Connect">): void {
    const { engine } = this.options;
    this.#sessionId = sessionId;
    if (!maxObservedTimestamp) return;
    const observed = decodeTimestamp(maxObservedTimestamp);
    if (observed === null) throw new ProtocolError("maxObservedTimestamp is not a timestamp.");
    if (observed <= engine.lastTs) return;
    throw new ProtocolError(
      "This client has seen a later state than the database holds, which was reset or restored: reload it.",
    );
  }

  async #authenticate({ tokenType, value, baseVersion }: Of<"Authenticate">): Promise<void> {
    if (baseVersion !== this.#asked.identity) {
      throw new ProtocolError(`Identity version is ${this.#asked.identity}, not ${baseVersion}.`);
    }
    const { auth } = this.options;
    try {
      if (tokenType === "None") this.#viewer = ANONYMOUS;
      else this.#viewer = tokenType === "User" ? await auth.user(value) : auth.admin(value);
      this.#viewer = asking(this.#viewer, this.userAgent);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return this.#failAuthentication(error.message, baseVersion, true);
    }
    this.#asked = { ...this.#asked, identity: baseVersion + 1 };
    this.#update();
  }

  #modifyQuerySet({ baseVersion, newVersion, modifications }: Of<"ModifyQuerySet">): void {
    if (baseVersion !== this.#asked.querySet) {
      throw new ProtocolError(`Query set version is ${this.#asked.querySet}, not ${baseVersion}.`);
    }
    for (const change of modifications) {
      if (change.type === "Remove") this.#queries.remove(change.queryId);
      else {
        this.#queries.add(
          change.queryId,
          functionCall(change.udfPath, change.args, change.componentPath),
          change.journal ?? null,
        );
      }
    }
    this.#asked = { ...this.#asked, querySet: newVersion };
    this.#update();
  }

  #mutate(message: Of<"Mutation">): void {
    const { engine } = this.options;
    const viewer = this.#viewer;
    const once = engine.once(this.#sessionId ?? "", message.requestId);
    const call = functionCall(message.udfPath, message.args, message.componentPath);
    this.#mutations = this.#mutations.then(() =>
      this.#answer(message, viewer, () => engine.runMutation(call, viewer, once)),
    );
  }

  #act(message: Of<"Action">): void {
    const viewer = this.#viewer;
    const call = functionCall(message.udfPath, message.args, message.componentPath);
    void this.#answer(message, viewer, () => this.options.engine.runAction(call, viewer));
  }

  async #answer(
    { type, requestId }: Of<"Mutation"> | Of<"Action">,
    viewer: Viewer,
    run: () => Promise<MutationOutcome | Outcome>,
  ): Promise<void> {
    try {
      if (this.#hasExpired(viewer)) return;
      const outcome = await run().catch(refusedByStorage);
      const { ok: success, logLines } = outcome;
      const ts = "ts" in outcome ? encodeTimestamp(outcome.ts) : undefined;
      const head = JSON.stringify({ type: `${type}Response`, requestId, success, logLines, ts }).slice(0, -1);
      if (outcome.ok) this.#send(`${head},"result":${outcome.valueJson}}`);
      else {
        const result = { result: failureMessage(outcome), errorData: outcome.errorData };
        this.#send(`${head},${JSON.stringify(result).slice(1)}`);
      }
      this.#update();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** An expired token ends the session; the client comes back with a new one and sends what was not answered again. */
  #hasExpired(viewer: Viewer): boolean {
    if (!this.options.auth.hasExpired(viewer)) return false;
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
      const asked = this.#asked;
      if (this.#hasExpired(this.#viewer)) return;
      const ts = await this.#queries.refresh(this.#viewer);
      // Another identity or query set, asked for meanwhile, has set `mustUpdate`.
      if (this.#isOpen && asked === this.#asked) await this.#transition(ts);
    }
  }

  /** Waits until the socket has taken the message, so that a slow client gets fewer transitions and not a longer queue. */
  async #transition(ts: bigint): Promise<void> {
    const modifications = this.#queries.takeModifications();
    const start = this.#reached;
    this.#reached = { ...this.#asked, ts };
    const version = (at: typeof start) => ({ ...at, ts: encodeTimestamp(at.ts) });
    const head = JSON.stringify({
      type: "Transition",
      startVersion: version(start),
      endVersion: version(this.#reached),
    });
    await this.#send(`${head.slice(0, -1)},"modifications":[${modifications.join(",")}]}`);
  }

  #send(message: string): Promise<void> {
    if (!this.#isOpen || this.socket.readyState !== WebSocket.OPEN) return Promise.resolve();
    this.#ping.refresh();
    return new Promise((resolve) => this.socket.send(message, () => resolve()));
  }
}

/** The call is refused, so that the client does not send it for ever; the session and its queries go on. */
function refusedByStorage(error: unknown): Failure {
  if (!(error instanceof StorageFailure)) throw error;
  return { ok: false, message: error.message, requestId: randomBytes(8).toString("hex"), logLines: [] };
}
