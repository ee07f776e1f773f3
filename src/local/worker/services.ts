/** The parts of the local stack that run in worker threads. */
import type { HostHandle, HostOptions } from "../host/host";
import type { StacksNodeHandle, StacksNodeOptions } from "../stacksNode/stacksNode";
import { type Supervision, startInWorker } from "./supervisor";

export type { HostHandle };

export function startHostWorker(
  options: Omit<HostOptions, "now" | "onLog">,
  supervision: Supervision = {},
): Promise<HostHandle> {
  const module = new URL("../host/host.ts", import.meta.url);
  // Pushed modules are evaluated by node:vm, whose modules are still behind a flag.
  const execArgv = ["--experimental-vm-modules", "--no-warnings"];
  return startInWorker({ name: "The Convex host", module, start: "startHost", execArgv }, options, supervision);
}

export function startStacksNodeWorker(
  options: Omit<StacksNodeOptions, "now" | "onLog" | "onFailure">,
  supervision: Supervision = {},
): Promise<StacksNodeHandle> {
  const module = new URL("../stacksNode/stacksNode.ts", import.meta.url);
  return startInWorker({ name: "The Stacks node", module, start: "startStacksNode" }, options, supervision);
}
