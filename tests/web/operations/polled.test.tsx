// @vitest-environment happy-dom
/** Asking again and again: never subscribed, never in a hidden tab, and silence is not an answer. */
import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { usePolled } from "../../../src/web/operations/asking/usePolled";

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));
const ASKING = { key: "q", everyMs: 5_000, hindrance: null };

test("it is asked at once, and again after each answer", async () => {
  const ask = vi.fn(async () => ask.mock.calls.length);
  const { result } = renderHook(() => usePolled(ask, ASKING));
  expect(result.current.asked).toEqual({ kind: "asking" });
  await pass(0);
  expect(result.current.asked).toEqual({ kind: "known", data: 1, at: 1_000_000 });
  await pass(4_999);
  expect(ask).toHaveBeenCalledTimes(1);
  await pass(1);
  expect(result.current.asked).toEqual({ kind: "known", data: 2, at: 1_005_000 });
  act(() => result.current.askAgain());
  await pass(0);
  expect(ask).toHaveBeenCalledTimes(3);
});

test("a question that fails is unknown, keeps the last answer with its time, and is asked again", async () => {
  const ask = vi.fn<() => Promise<string>>().mockResolvedValueOnce("fine").mockRejectedValueOnce(new Error("gone"));
  ask.mockResolvedValue("fine again");
  const { result } = renderHook(() => usePolled(ask, ASKING));
  await pass(0);
  await pass(5_000);
  expect(result.current.asked).toMatchObject({ kind: "unknown", last: { data: "fine", at: 1_000_000 } });
  await pass(5_000);
  expect(result.current.asked).toMatchObject({ kind: "known", data: "fine again" });
});

test("silence is unknown after a while", async () => {
  const { result } = renderHook(() => usePolled(() => new Promise<never>(() => {}), ASKING));
  await pass(14_999);
  expect(result.current.asked).toEqual({ kind: "asking" });
  await pass(1);
  expect(result.current.asked).toMatchObject({ kind: "unknown", last: null });
});

test("a hidden tab and an ended session ask nothing", async () => {
  const ask = vi.fn(async () => 1);
  const visible = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
  const { rerender } = renderHook((hindrance: string | null) => usePolled(ask, { ...ASKING, hindrance }), {
    initialProps: null as string | null,
  });
  await pass(60_000);
  expect(ask).not.toHaveBeenCalled();
  visible.mockReturnValue("visible");
  act(() => void document.dispatchEvent(new Event("visibilitychange")));
  await pass(0);
  expect(ask).toHaveBeenCalledTimes(1);
  rerender("Sign in again to continue");
  await pass(60_000);
  expect(ask).toHaveBeenCalledTimes(1);
});

test("another question's answer is not this one's", async () => {
  const { result, rerender } = renderHook((key: string) => usePolled(async () => key, { ...ASKING, key }), {
    initialProps: "STX",
  });
  await pass(0);
  rerender("sBTC");
  expect(result.current.asked).toEqual({ kind: "asking" });
  await pass(0);
  expect(result.current.asked).toMatchObject({ kind: "known", data: "sBTC" });
});
