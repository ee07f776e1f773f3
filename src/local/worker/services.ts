/** The parts of the local stack that run in worker threads. */
import type { HostHandle, HostOptions } from "../host/host";
import type { StacksNodeHandle, StacksNodeOptions } from "../stacksNode/stacksNode";
import { type Service, type Supervision, startInWorker } from "./supervisor";

export type { HostHandle };

/** What a thread can be given: no functions. */
type HostStart = Omit<HostOptions, "now" | "onLog" | "onActivity">;
type NodeStart = Omit<StacksNodeOptions, "now" | "onLog" | "onFailure">;

const HOST: Service<HostStart, Omit<HostHandle, "close">> = {
  name: "The Convex host",
  module: new URL("../host/host.ts", import.meta.url),
  start: "startHost",
  // Pushed modules are evaluated by node:vm, whose modules are still behind a flag.
  execArgv: ["--experimental-vm-modules", "--no-warnings"],
  again: (options, { url, siteUrl }, hungAt) => ({
    ...options,
    port: portOf(url),
    sitePort: portOf(siteUrl),
    hungAt,
  }),
};

const NODE: Service<NodeStart, Omit<StacksNodeHandle, "close">> = {
  name: "The Stacks node",
  module: new URL("../stacksNode/stacksNode.ts", import.meta.url),
  start: "startStacksNode",
  again: (options, { url }) => ({ ...options, port: portOf(url) }),
};

/** Clients come back to where they were. */
function portOf(url: string): number {
  return Number(new URL(url).port);
}

export function startHostWorker(options: HostStart, supervision: Supervision = {}): Promise<HostHandle> {
  return startInWorker(HOST, options, supervision);
}

export function startStacksNodeWorker(options: NodeStart, supervision: Supervision = {}): Promise<StacksNodeHandle> {
  return startInWorker(NODE, options, supervision);
}
