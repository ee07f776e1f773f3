/** Live queries, mutations and actions over WebSocket with the official clients; and frames that no client would send, over a bare socket. */
import { ConvexReactClient } from "convex/react";
import type { ConvexError } from "convex/values";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { ADMIN_KEY, eventually, HostUnderTest, notes } from "./hostUnderTest";

let host: HostUnderTest;

beforeAll(async () => {
  host = await HostUnderTest.deployed();
});
afterAll(() => host.stop());

/** A socket that speaks the protocol by hand and keeps every frame. */
class BareSocket {
  readonly frames: Record<string, unknown>[] = [];
  readonly socket = new WebSocket(`${host.handle.url.replace("http", "ws")}/api/1.48.0/sync`);
  isClosed = false;

  static async open(connect: object = {}): Promise<BareSocket> {
    const bare = new BareSocket();
    bare.socket.on("message", (data) => bare.frames.push(JSON.parse(String(data))));
    bare.socket.on("close", () => {
      bare.isClosed = true;
    });
    await new Promise((resolve) => bare.socket.once("open", resolve));
    bare.send({
      type: "Connect",
      sessionId: "bare",
      connectionCount: 0,
      lastCloseReason: null,
      clientTs: 0,
      ...connect,
    });
    return bare;
  }

  send(message: object | string): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  subscribe(...queries: [path: string, args: object][]): void {
    const modifications = queries.map(([udfPath, args], queryId) => ({ type: "Add", queryId, udfPath, args: [args] }));
    this.send({ type: "ModifyQuerySet", baseVersion: 0, newVersion: 1, modifications });
  }

  mutate(requestId: number, list: string): void {
    this.send({ type: "Mutation", requestId, udfPath: "notes:add", args: [{ list, text: "bare" }] });
  }

  of(type: string): Record<string, unknown>[] {
    return this.frames.filter((frame) => frame.type === type);
  }

  async next(type: string, count = 1): Promise<Record<string, unknown>> {
    await eventually(() => this.of(type).length >= count, `${count} ${type} in ${JSON.stringify(this.frames)}`);
    return this.of(type)[count - 1] as Record<string, unknown>;
  }
}

describe("ConvexClient and ConvexReactClient", () => {
  test("a mutation of one client reaches the other, and its own result first", async () => {
    const [one, two] = [host.client(), host.client()];
    const seen: unknown[] = [];
    two.onUpdate(notes.list, { list: "shared" }, (value) => seen.push(value));
    await eventually(() => seen.length === 1, "the empty list");
    const own: unknown[] = [];
    one.onUpdate(notes.count, { list: "shared" }, (value) => own.push(value));
    expect(await one.mutation(notes.add, { list: "shared", text: "hello", weight: 5n })).toBe(5);
    expect(own.at(-1)).toBe(1);
    await eventually(() => seen.length === 2, "the update");
    expect(seen[1]).toEqual([{ text: "hello", weight: 5n }]);
  });

  test("an optimistic update shows at once and gives way to the truth without flickering", async () => {
    const react = new ConvexReactClient(host.handle.url, {
      webSocketConstructor: WebSocket as unknown as typeof globalThis.WebSocket,
      logger: false,
    });
    const watch = react.watchQuery(notes.count, { list: "optimistic" });
    const seen: unknown[] = [];
    watch.onUpdate(() => seen.push(watch.localQueryResult()));
    await eventually(() => seen.at(-1) === 0, "the first count");
    await react.mutation(
      notes.add,
      { list: "optimistic", text: "x" },
      {
        optimisticUpdate: (store) => store.setQuery(notes.count, { list: "optimistic" }, 1),
      },
    );
    expect(new Set(seen)).toEqual(new Set([0, 1]));
    expect(seen.at(-1)).toBe(1);
    await react.close();
  });

  test("errors carry their data in mutations, and failing queries reach their listener", async () => {
    const client = host.client();
    const refused = await client.mutation(notes.add, { list: "x", text: "" }).catch((error: unknown) => error);
    expect((refused as ConvexError<never>).data).toMatchObject({ code: "EMPTY_TEXT", least: 1n });
    const errors: Error[] = [];
    client.onUpdate(
      notes.fail,
      {},
      () => {},
      (error) => errors.push(error),
    );
    await eventually(() => errors.length > 0, "the error");
    expect(errors[0]?.message).toMatch(/Server Error\nUncaught Error: this query always fails/);
  });

  test("mutations keep their order, actions run at the same time", async () => {
    const client = host.client();
    const texts = ["a", "b", "c", "d"];
    const actions = texts.map((text) => client.action(notes.meet, { list: "acts", text, others: 3 }));
    await Promise.all(texts.map((text) => client.mutation(notes.add, { list: "order", text })));
    const listed = (await host.http().query(notes.list, { list: "order" })) as { text: string }[];
    expect(listed.map(({ text }) => text)).toEqual(texts);
    expect(await Promise.all(actions)).toEqual(texts.map((text) => `met ${text}`));
  });
});

describe("the protocol", () => {
  test("unchanged results are not sent again, and logs or request ids change nothing", async () => {
    const bare = await BareSocket.open();
    bare.subscribe(["notes:isLong", { list: "long" }], ["notes:list", { list: "long" }]);
    const first = await bare.next("Transition");
    expect(first.modifications).toHaveLength(2);
    bare.mutate(1, "long");
    const second = await bare.next("Transition", 2);
    expect(second.modifications).toMatchObject([{ type: "QueryUpdated", queryId: 1 }]);
    expect(second.startVersion).toEqual(first.endVersion);
    bare.socket.close();
  });

  test("a mutation's response comes before the transition that shows it, whose timestamp is not earlier", async () => {
    const bare = await BareSocket.open();
    bare.subscribe(["notes:count", { list: "response" }]);
    await bare.next("Transition");
    bare.mutate(1, "response");
    const transition = await bare.next("Transition", 2);
    const [response] = bare.of("MutationResponse");
    expect(bare.frames.indexOf(response as never)).toBeLessThan(bare.frames.indexOf(transition));
    const tsOf = (encoded: unknown) => Buffer.from(String(encoded), "base64").readBigUInt64LE();
    expect(tsOf((transition.endVersion as { ts: string }).ts) >= tsOf(response?.ts)).toBe(true);
    bare.socket.close();
  });

  test("a mutation sent again, after a reconnection too, is done once and answered alike", async () => {
    const bare = await BareSocket.open({ sessionId: "repeater" });
    bare.mutate(7, "once");
    bare.mutate(7, "once");
    await bare.next("MutationResponse", 2);
    bare.socket.close();
    const again = await BareSocket.open({ sessionId: "repeater" });
    again.mutate(7, "once");
    await again.next("MutationResponse");
    const answers = [...bare.of("MutationResponse"), ...again.of("MutationResponse")];
    expect(new Set(answers.map(({ ts }) => ts)).size).toBe(1);
    expect(await host.http().query(notes.count, { list: "once" })).toBe(1);
    again.socket.close();
  });

  test("removed queries are confirmed and hear nothing more", async () => {
    const bare = await BareSocket.open();
    bare.subscribe(["notes:count", { list: "removed" }]);
    await bare.next("Transition");
    const modifications = [{ type: "Remove", queryId: 0 }];
    bare.send({ type: "ModifyQuerySet", baseVersion: 1, newVersion: 2, modifications });
    expect((await bare.next("Transition", 2)).modifications).toEqual([{ type: "QueryRemoved", queryId: 0 }]);
    bare.mutate(1, "removed");
    expect((await bare.next("Transition", 3)).modifications).toEqual([]);
    bare.socket.close();
  });

  test("a page keeps its end through its journal when documents are added", async () => {
    const bare = await BareSocket.open();
    bare.subscribe(["notes:page", { paginationOpts: { numItems: 1, cursor: null } }]);
    const [modification] = (await bare.next("Transition")).modifications as { journal: string }[];
    expect(modification?.journal).toEqual(expect.any(String));
    bare.socket.close();
  });

  const fatal: [string, (bare: BareSocket) => void, RegExp][] = [
    ["a frame that is not JSON", (bare) => bare.send("nonsense"), /not JSON/],
    ["a message of no known type", (bare) => bare.send({ type: "Nonsense" }), /malformed/],
    ["a second Connect", (bare) => bare.send({ type: "Connect", sessionId: "x" }), /twice/],
    [
      "a query set out of order",
      (bare) => bare.send({ type: "ModifyQuerySet", baseVersion: 3, newVersion: 4, modifications: [] }),
      /Query set version is 0, not 3/,
    ],
    [
      "an identity out of order",
      (bare) => bare.send({ type: "Authenticate", tokenType: "None", baseVersion: 2 }),
      /Identity version is 0, not 2/,
    ],
    ["a query id twice", (bare) => bare.send(doubleAdd), /exists already/],
  ];
  test.each(fatal)("%s ends the session for good", async (_name, misbehave, message) => {
    const bare = await BareSocket.open();
    misbehave(bare);
    expect((await bare.next("FatalError")).error).toMatch(message);
    await eventually(() => bare.isClosed, "the close");
  });

  test("a client from the future, of a database since reset, is told to reload", async () => {
    const ahead = Buffer.alloc(8);
    ahead.writeBigUInt64LE(2n ** 63n);
    const bare = await BareSocket.open({ maxObservedTimestamp: ahead.toString("base64") });
    expect((await bare.next("FatalError")).error).toMatch(/reset or restored/);
  });

  test("an admin session needs the admin key", async () => {
    const bare = await BareSocket.open();
    bare.send({ type: "Authenticate", tokenType: "Admin", value: "wrong", baseVersion: 0 });
    expect(await bare.next("AuthError")).toMatchObject({ authUpdateAttempted: true, baseVersion: 0 });
    await eventually(() => bare.isClosed, "the close");
    const admin = await BareSocket.open();
    admin.send({ type: "Authenticate", tokenType: "Admin", value: ADMIN_KEY, baseVersion: 0 });
    expect((await admin.next("Transition")).endVersion).toMatchObject({ identity: 1 });
    admin.socket.close();
  });
});

describe("a restart of the host", () => {
  test("clients come back to the same database, and nothing sent meanwhile is lost", async () => {
    const port = Number(new URL(host.handle.url).port);
    const client = host.client();
    const seen: unknown[] = [];
    client.onUpdate(notes.count, { list: "restart" }, (value) => seen.push(value));
    await client.mutation(notes.add, { list: "restart", text: "before" });
    expect(seen.at(-1)).toBe(1);
    await host.handle.close();
    const during = client.mutation(notes.add, { list: "restart", text: "during" });
    await host.open({ port });
    expect(await during).toBe(6);
    await eventually(() => seen.at(-1) === 2, "the update after the restart");
    expect(await host.http().query(notes.count, { list: "restart" })).toBe(2);
  });
});

const doubleAdd = {
  type: "ModifyQuerySet",
  baseVersion: 0,
  newVersion: 1,
  modifications: [0, 0].map((queryId) => ({ type: "Add", queryId, udfPath: "notes:fail", args: [{}] })),
};
