/** Counts which live queries of a page were answered anew, from what passes over its WebSocket. */
import type { Page } from "playwright-core";

export interface Answers {
  /** How often each query was answered, by its name as `prices:getPrices`, since the last call of `forget`. */
  counts(): Record<string, number>;
  forget(): void;
}

interface Frame {
  type: string;
  modifications?: { type: string; queryId: number; udfPath?: string }[];
}

/** Must be called before the page opens its socket. */
export function countAnswers(page: Page): Answers {
  const counts = new Map<string, number>();
  page.on("websocket", (socket) => {
    const names = new Map<number, string>();
    socket.on("framesent", ({ payload }) => {
      for (const { type, queryId, udfPath } of read(payload, "ModifyQuerySet")) {
        if (type === "Add" && udfPath) names.set(queryId, udfPath.replace(/\.js:/, ":"));
      }
    });
    socket.on("framereceived", ({ payload }) => {
      for (const { type, queryId } of read(payload, "Transition")) {
        if (type !== "QueryUpdated") continue;
        const name = names.get(queryId) ?? `query ${queryId}`;
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
    });
  });
  return { counts: () => Object.fromEntries(counts), forget: () => counts.clear() };
}

function read(payload: string | Buffer, type: string) {
  const frame = JSON.parse(String(payload)) as Frame;
  return frame.type === type ? (frame.modifications ?? []) : [];
}
