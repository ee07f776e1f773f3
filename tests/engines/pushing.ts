/** Pushes convex/ once a run, with the official CLI: for all test files, and before one of them sets the clock. */
import path from "node:path";
import { pushWithCli } from "../../src/local/host/cliPush";
import { Store } from "../../src/local/host/store";
import { PROJECT_ROOT, setEnvironment } from "../../src/local/stack";
import { startHostWorker } from "../../src/local/worker/services";
import { prepared } from "./prepared";
import { keepDeployment, PUSHED } from "./pushed";

async function push(folder: string): Promise<void> {
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
  keepDeployment(folder, store.setting("deployment", "current") as string);
  store.close();
}

await prepared(PUSHED, push);
