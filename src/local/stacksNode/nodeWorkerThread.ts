/** The inside of the node's worker thread: starts the node, tells the parent, answers its heartbeat, closes when asked. */
import { parentPort, workerData } from "node:worker_threads";
import type { FromNodeWorker, ToNodeWorker } from "./nodeWorker";
import { type StacksNodeOptions, startStacksNode } from "./stacksNode";

const parent = parentPort;
if (parent === null) throw new Error("nodeWorkerThread runs in a worker thread only.");
const tell = (message: FromNodeWorker): void => parent.postMessage(message);
const fail = (error: unknown): void => {
  tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  parent.close();
};

try {
  const onLog = (line: string) => tell({ kind: "log", line });
  const node = await startStacksNode({ ...(workerData as StacksNodeOptions), onLog, onFailure: fail });
  parent.on("message", async (message: ToNodeWorker) => {
    if (message.kind === "heartbeat") return tell({ kind: "heartbeat" });
    await node.close();
    parent.close();
  });
  tell({ kind: "ready", url: node.url });
} catch (error) {
  fail(error);
}
