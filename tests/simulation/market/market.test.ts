/** Stories of a market on the whole backend: each way in which a policy can go, and what random episodes once found. */
import { beforeEach, expect, test, vi } from "vitest";
import { openBackend } from "../../convex/backend";
import { playMarket } from "./episode";
import { STORIES } from "./stories";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "Date"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
});

test.each(Object.entries(STORIES))("%s", async (_, { acts, meets }) => {
  const { met: all } = await playMarket(openBackend, acts);
  expect(meets.filter((one) => !all.has(one))).toEqual([]);
});
