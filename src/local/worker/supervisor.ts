/**
 * Runs a part of the local stack in a worker thread, so that a call that never returns freezes that part alone: without
 * a heartbeat the thread is ended and its owner told, who may start it again on the same state, which loses nothing that
 * was acknowledged.
 */
import { Worker } from "node:worker_threads";

const HEARTBEAT_EVERY_MS = 1_000;
const HUNG_AFTER_MS = 30_000;

/** The function that starts the part: an export of a module. Its options and its handle's facts must be cloneable. */
export interface Service {
  /** As the subject of a sentence, such as "The Stacks node". */
  name: string;
  module: URL;
  start: string;
  execArgv?: string[];
}

export type FromWorker =
  | { kind: "ready"; facts: object }
  | { kind: "failed"; message: string }
  | { kind: "log"; line: string }
  | { kind: "heartbeat" };
export type ToWorker = { kind: "heartbeat" } | { kind: "close" };

export interface Supervision {
  onLog?: (line: string) => void;
  /** Told once when the worker ends without having been closed. */
  onExit?: (reason: string) => void;
  hungAfterMs?: number;
}

export async function startInWorker<Handle extends { close(): Promise<void> }>(
  { name, module, start, execArgv = [] }: Service,
  options: object,
  { onLog, onExit, hungAfterMs = HUNG_AFTER_MS }: Supervision,
): Promise<Handle> {
  // The parent's own options, such as a test runner's or `--import tsx`, are not for the thread.
  const workerData = { module: module.href, start, options };
  const worker = new Worker(new URL("./bootstrap.mjs", import.meta.url), { workerData, execArgv });
  const tell = (message: ToWorker): void => worker.postMessage(message);
  let [isReady, isClosing] = [false, false];
  let reason: string | null = null;
  let unansweredBeats = 0;
  const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  const heartbeat = setInterval(() => {
    // Beats are counted rather than timed: a machine that slept has sent none. A start may compile or replay for long.
    if (!isReady) return;
    if (unansweredBeats * HEARTBEAT_EVERY_MS >= hungAfterMs) {
      reason ??= `${name} did not answer for ${hungAfterMs} ms and was ended.`;
      void worker.terminate();
    } else {
      unansweredBeats += 1;
      tell({ kind: "heartbeat" });
    }
  }, HEARTBEAT_EVERY_MS);
  worker.on("error", (error) => {
    reason ??= `${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : error}`;
  });

  const facts = await new Promise<object>((resolve, reject) => {
    worker.on("message", (message: FromWorker) => {
      unansweredBeats = 0;
      if (message.kind === "log") onLog?.(message.line);
      if (message.kind === "failed") reason = message.message;
      if (message.kind === "ready") {
        isReady = true;
        resolve(message.facts);
      }
    });
    worker.once("exit", (code) => {
      clearInterval(heartbeat);
      const why = reason ?? `${name} ended with code ${code}.`;
      if (!isReady) reject(new Error(why));
      else if (!isClosing) onExit?.(why);
    });
  });
  const close = async (): Promise<void> => {
    isClosing = true;
    tell({ kind: "close" });
    await ended;
  };
  return { ...facts, close } as Handle;
}
