/** The part of the list of calls that is for those who run the deployment: asked by the local deployer, who has every role. */
import type { Value } from "convex/values";
import type { FunctionKind } from "../host/functionCall";
import type { Measured } from "./footprintCalls";
import { DEPLOYER } from "./product";

const call = (kind: FunctionKind, name: string, args: Record<string, Value> = {}): Measured => ({
  name: `operations:${name}`,
  call: (product) => product.call(kind, `operations:${name}`, args, DEPLOYER),
});
const sees = (name: string, args: Record<string, Value> = {}) => call("query", name, args);
const acts = (name: string, args: Record<string, Value> = {}) => call("action", name, { ...args, reason: "measured" });

const COMMIT = { capability: "commit" };

export const OPERATIONS_CALLS: Measured[] = [
  sees("getMyRoles"),
  acts("tripBreaker", COMMIT),
  sees("getBreakers"),
  acts("resetBreaker", COMMIT),
  acts("pauseOutbox"),
  sees("getOutbox"),
  acts("resumeOutbox"),
];
