/**
 * Pushes convex/ once a run, with the official CLI to a host, and leaves what the host then holds in a file: the code that
 * the tests on the local host's engine run.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";
import { pushWithCli } from "../../src/local/host/cliPush";
import { Store } from "../../src/local/host/store";
import { PROJECT_ROOT, setEnvironment } from "../../src/local/stack";
import { startHostWorker } from "../../src/local/worker/services";

declare module "vitest" {
  interface ProvidedContext {
    engine: "convex-test" | "local host";
    /** A file with the pushed deployment as JSON; for the local host only. */
    deployment: string;
  }
}

export default async function pushOnce(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(path.join(tmpdir(), "pushed-backend-"));
  const databaseFile = path.join(folder, "data.sqlite3");
  const host = await startHostWorker({ databaseFile, port: 0, sitePort: 0, adminKey: "tests" });
  try {
    // The auth config reads these while it is evaluated; here identities are given, not proved.
    const auth = { AUTH_ISSUER: "https://tests.invalid", AUTH_JWKS: "data:application/json,{}" };
    // The host's crons begin with the push, and nobody out there is to be asked.
    await setEnvironment(host, { ...auth, PRICE_SOURCES: "" });
    await pushWithCli({ url: host.url, adminKey: host.adminKey, cwd: PROJECT_ROOT });
  } finally {
    await host.close();
  }
  const store = new Store(databaseFile, "NORMAL");
  const deployment = path.join(folder, "deployment.json");
  writeFileSync(deployment, store.setting("deployment", "current") as string);
  store.close();
  project.provide("deployment", deployment);
  return () => rmSync(folder, { recursive: true, force: true });
}
