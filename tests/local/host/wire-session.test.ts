/** A session's timing, on a socket whose other end this test plays: pings when idle, and patience with a slow reader. */
import { EventEmitter } from "node:events";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { WebSocket } from "ws";
import type { Authenticator } from "../../../src/local/host/auth";
import type { Engine } from "../../../src/local/host/engine";
import { LiveQueries } from "../../../src/local/host/liveQueries";
import { Session } from "../../../src/local/host/session";
import { CountingEngine } from "./countingEngine";

class PlayedSocket extends EventEmitter {
  readonly readyState = 1;
  readonly frames: { type: string; modifications?: unknown[] }[] = [];
  /** What the network has not taken yet. */
  readonly unsent: (() => void)[] = [];

  send(frame: string, taken: () => void): void {
    this.frames.push(JSON.parse(frame));
    this.unsent.push(taken);
  }

  takeAll(): void {
    for (const taken of this.unsent.splice(0)) taken();
  }

  close(): void {
    this.emit("close");
  }

  receive(message: object): void {
    this.emit("message", JSON.stringify(message));
  }

  transitions(): number {
    return this.frames.filter(({ type }) => type === "Transition").length;
  }
}

let engine: CountingEngine;
let socket: PlayedSocket;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  engine = new CountingEngine();
  socket = new PlayedSocket();
  const face = engine as unknown as Engine;
  const auth = { hasExpired: () => false } as unknown as Authenticator;
  new Session(socket as unknown as WebSocket, { engine: face, live: new LiveQueries(face), auth }, null);
  socket.receive({ type: "Connect", sessionId: "played" });
});
afterEach(() => {
  socket.close();
  vi.useRealTimers();
});

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
};

test("a ping goes out after fifteen idle seconds, again and again, and not after the end", async () => {
  await vi.advanceTimersByTimeAsync(14_000);
  expect(socket.frames).toEqual([]);
  await vi.advanceTimersByTimeAsync(32_000);
  expect(socket.frames).toEqual([{ type: "Ping" }, { type: "Ping" }, { type: "Ping" }]);
  socket.close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(socket.frames).toHaveLength(3);
});

test("while the network has not taken a transition, later changes gather into one", async () => {
  const add = { type: "Add", queryId: 0, udfPath: "f", args: [{ key: "k" }] };
  socket.receive({ type: "ModifyQuerySet", baseVersion: 0, newVersion: 1, modifications: [add] });
  await turns(5);
  expect(socket.transitions()).toBe(1);
  for (const key of ["k1", "k2", "k3"]) {
    engine.commit(key);
    await turns(5);
  }
  expect([socket.transitions(), engine.runs.length]).toEqual([1, 1]);
  socket.takeAll();
  await turns(5);
  expect([socket.transitions(), engine.runs.length]).toEqual([2, 2]);
  expect(socket.frames.at(-1)?.modifications).toHaveLength(1);
});
