/** The inside of the host's worker thread: starts the host, tells the parent, answers its heartbeat, closes when asked. */
import { parentPort, workerData } from "node:worker_threads";
import { type HostOptions, startHost } from "./host";
import type { FromHostWorker, ToHostWorker } from "./hostWorker";
import { messageOf } from "./wireRefusal";

const parent = parentPort;
if (parent === null) throw new Error("hostWorkerThread runs in a worker thread only.");
const tell = (message: FromHostWorker): void => parent.postMessage(message);

try {
  const options = workerData as HostOptions;
  const host = await startHost({ ...options, onLog: (line) => tell({ kind: "log", line }) });
  parent.on("message", async (message: ToHostWorker) => {
    if (message.kind === "heartbeat") return tell({ kind: "heartbeat" });
    await host.close();
    parent.close();
  });
  tell({ kind: "ready", url: host.url, siteUrl: host.siteUrl });
} catch (error) {
  tell({ kind: "failed", message: messageOf(error) });
}
