/** Official WebSocket clients of the bench's project; one that is told nothing has seen no transition. */
import { ConvexClient } from "convex/browser";
import { type ApiFromModules, anyApi } from "convex/server";
import { WebSocket } from "ws";
import type * as notesModule from "./project/convex/notes";

export const { notes } = anyApi as unknown as ApiFromModules<{ notes: typeof notesModule }>;

export class BenchClient extends ConvexClient {
  readonly #seen: { transitions: number };

  constructor(url: string) {
    const seen = { transitions: 0 };
    super(url, { webSocketConstructor: countingSocket(seen) as never, logger: false });
    this.#seen = seen;
  }

  /** How many transitions the host has sent it, those included that change no result. */
  get transitions(): number {
    return this.#seen.transitions;
  }
}

function countingSocket(seen: { transitions: number }) {
  return class extends WebSocket {
    constructor(address: string | URL) {
      super(address);
      this.on("message", (data) => {
        if (String(data).startsWith('{"type":"Transition"')) seen.transitions += 1;
      });
    }
  };
}
