/** Has the official CLI write a project's convex/_generated, against a host that lives only for that. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { runConvexCli } from "./host/cliPush";
import { setEnvironment } from "./stack";
import { startHostWorker } from "./worker/services";

export async function generateConvexCode(projectRoot: string): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "bithedge-codegen-"));
  const databaseFile = path.join(folder, "convex.sqlite3");
  const host = await startHostWorker({ databaseFile, port: 0, sitePort: 0, adminKey: "codegen" });
  try {
    // The auth config reads these while it is evaluated; generated code depends on none of their values.
    await setEnvironment(host, { AUTH_ISSUER: "https://codegen.invalid", AUTH_JWKS: "data:application/json,{}" });
    const target = { url: host.url, adminKey: host.adminKey, cwd: projectRoot };
    const { exitCode, output } = await runConvexCli(["codegen", "--typecheck", "disable"], target);
    if (exitCode !== 0) throw new Error(`\`convex codegen\` failed:\n${output}`);
  } finally {
    await host.close();
    await rm(folder, { recursive: true, force: true });
  }
}
