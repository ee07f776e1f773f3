/** The inside of a worker thread: starts its part, tells the parent, answers its heartbeat, closes when asked. */
import { parentPort, workerData } from "node:worker_threads";
import { Activity } from "./activity";
import type { FromWorker, ToWorker } from "./supervisor";

const parent = parentPort;
if (parent === null) throw new Error("thread.ts runs in a worker thread only.");
const tell = (message: FromWorker): void => parent.postMessage(message);
const onFailure = (error: unknown): void => {
  tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  parent.close();
};

interface WorkerData {
  module: string;
  start: string;
  options: object;
  activity: SharedArrayBuffer;
}

try {
  const { module, start, options, activity } = workerData as WorkerData;
  const service = await import(module);
  const onLog = (line: string) => tell({ kind: "log", line });
  const shown = new Activity(activity);
  const onActivity = (what: string) => shown.set(what);
  const { close, ...facts } = await service[start]({ ...options, onLog, onFailure, onActivity });
  parent.on("message", async (message: ToWorker) => {
    if (message.kind === "heartbeat") return tell({ kind: "heartbeat" });
    await close();
    parent.close();
  });
  tell({ kind: "ready", facts });
} catch (error) {
  onFailure(error);
}
