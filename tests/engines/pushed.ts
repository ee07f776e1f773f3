/** convex/ as a host holds it once the official CLI has pushed it: the code that the tests on the local host's engine run. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { inject } from "vitest";
import type { Deployment } from "../../src/local/host/componentTree";

declare module "vitest" {
  interface ProvidedContext {
    engine: "convex-test" | "local host";
  }
}

/** Of what is prepared once a run (pushing.ts). */
export const PUSHED = "pushed";
const FILE = "deployment.json";

export function keepDeployment(folder: string, json: string): void {
  writeFileSync(path.join(folder, FILE), json);
}

export function pushedDeployment(): Deployment {
  return JSON.parse(readFileSync(path.join(inject("prepared"), PUSHED, FILE), "utf8"));
}
