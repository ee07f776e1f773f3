/**
 * Runs the node in a worker thread, so that a long Clarity call or a replay freezes the node alone: without a heartbeat
 * the thread is ended and its owner told, who may start it again on the same state, which loses nothing acknowledged.
 */
import { Worker } from "node:worker_threads";
import type { StacksNodeHandle, StacksNodeOptions } from "./stacksNode";

const HEARTBEAT_EVERY_MS = 1_000;
const HUNG_AFTER_MS = 30_000;

export type FromNodeWorker =
  | { kind: "ready"; url: string }
  | { kind: "failed"; message: string }
  | { kind: "log"; line: string }
  | { kind: "heartbeat" };
export type ToNodeWorker = { kind: "heartbeat" } | { kind: "close" };

export interface NodeWorkerOptions extends Omit<StacksNodeOptions, "now" | "onFailure"> {
  /** Told once when the worker ends without having been closed. */
  onExit?: (reason: string) => void;
}

export async function startStacksNodeWorker(options: NodeWorkerOptions): Promise<StacksNodeHandle> {
  const { onExit, onLog, ...workerData } = options;
  // The parent's own options, such as a test runner's or `--import tsx`, are not for the thread.
  const worker = new Worker(new URL("./nodeWorkerBootstrap.mjs", import.meta.url), { workerData, execArgv: [] });
  const tell = (message: ToNodeWorker): void => worker.postMessage(message);
  let [isReady, isClosing] = [false, false];
  let reason: string | null = null;
  let unansweredBeats = 0;
  const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  const heartbeat = setInterval(() => {
    // Beats are counted rather than timed: a machine that slept has sent none. A node that starts may replay for long.
    if (!isReady) return;
    if (unansweredBeats * HEARTBEAT_EVERY_MS >= HUNG_AFTER_MS) {
      reason ??= `The Stacks node did not answer for ${HUNG_AFTER_MS} ms and was ended.`;
      void worker.terminate();
    } else {
      unansweredBeats += 1;
      tell({ kind: "heartbeat" });
    }
  }, HEARTBEAT_EVERY_MS);
  worker.on("error", (error) => {
    reason ??= `The Stacks node failed: ${error.stack ?? error.message}`;
  });

  const url = await new Promise<string>((resolve, reject) => {
    worker.on("message", (message: FromNodeWorker) => {
      unansweredBeats = 0;
      if (message.kind === "log") onLog?.(message.line);
      if (message.kind === "failed") reason = message.message;
      if (message.kind === "ready") {
        isReady = true;
        resolve(message.url);
      }
    });
    worker.once("exit", (code) => {
      clearInterval(heartbeat);
      const why = reason ?? `The Stacks node's worker ended with code ${code}.`;
      if (!isReady) reject(new Error(why));
      else if (!isClosing) onExit?.(why);
    });
  });
  const close = async (): Promise<void> => {
    isClosing = true;
    tell({ kind: "close" });
    await ended;
  };
  return { url, close };
}
