/**
 * Runs the host in a worker thread, so that a function that never returns freezes the host alone: without a heartbeat
 * the thread is ended and its owner told, who may start it again on the same database, which loses nothing committed.
 */
import { Worker } from "node:worker_threads";
import type { HostHandle, HostOptions } from "./host";

export type { HostHandle };

const HEARTBEAT_EVERY_MS = 1_000;
const HUNG_AFTER_MS = 30_000;

export type FromHostWorker =
  | { kind: "ready"; url: string; siteUrl: string }
  | { kind: "failed"; message: string }
  | { kind: "log"; line: string }
  | { kind: "heartbeat" };
export type ToHostWorker = { kind: "heartbeat" } | { kind: "close" };

export interface HostWorkerOptions extends Omit<HostOptions, "now"> {
  /** Told once when the worker ends without having been closed. */
  onExit?: (reason: string) => void;
  hungAfterMs?: number;
}

export async function startHostWorker(options: HostWorkerOptions): Promise<HostHandle> {
  const { onExit, onLog, hungAfterMs = HUNG_AFTER_MS, ...workerData } = options;
  const worker = new Worker(new URL("./hostWorkerBootstrap.mjs", import.meta.url), {
    workerData,
    execArgv: ["--experimental-vm-modules", "--no-warnings"],
  });
  const tell = (message: ToHostWorker): void => worker.postMessage(message);
  let [isReady, isClosing] = [false, false];
  let reason: string | null = null;
  let unansweredBeats = 0;
  const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  const heartbeat = setInterval(() => {
    // Starting compiles the host's own code, and may take longer than any function.
    const limitMs = isReady ? hungAfterMs : HUNG_AFTER_MS;
    // Beats are counted rather than timed: a machine that slept has sent none.
    if (unansweredBeats * HEARTBEAT_EVERY_MS >= limitMs) {
      reason ??= `The host did not answer for ${limitMs} ms and was ended.`;
      void worker.terminate();
    } else {
      unansweredBeats += 1;
      tell({ kind: "heartbeat" });
    }
  }, HEARTBEAT_EVERY_MS);
  worker.on("error", (error) => {
    reason ??= `The host failed: ${error.stack ?? error.message}`;
  });

  const ready = new Promise<{ url: string; siteUrl: string }>((resolve, reject) => {
    worker.on("message", (message: FromHostWorker) => {
      unansweredBeats = 0;
      if (message.kind === "log") onLog?.(message.line);
      if (message.kind === "failed") reason = message.message;
      if (message.kind === "ready") {
        isReady = true;
        resolve(message);
      }
    });
    worker.once("exit", (code) => {
      clearInterval(heartbeat);
      const why = reason ?? `The host's worker ended with code ${code}.`;
      if (!isReady) reject(new Error(why));
      else if (!isClosing) onExit?.(why);
    });
  });
  const { url, siteUrl } = await ready;
  const close = async (): Promise<void> => {
    isClosing = true;
    tell({ kind: "close" });
    await ended;
  };
  return { url, siteUrl, adminKey: options.adminKey, close };
}
