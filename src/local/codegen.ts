/**
 * `npm run codegen`: writes the generated files of this repository again: the contracts' bindings, and convex/_generated
 * as the official CLI makes it against a host of our own.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { generateBindings } from "./bindings";
import { runConvexCli } from "./host/cliPush";
import { PROJECT_ROOT, setEnvironment } from "./stack";
import { startHostWorker } from "./worker/services";

async function generateConvex() {
  const folder = await mkdtemp(path.join(tmpdir(), "bithedge-codegen-"));
  const databaseFile = path.join(folder, "convex.sqlite3");
  const host = await startHostWorker({ databaseFile, port: 0, sitePort: 0, adminKey: "codegen" });
  try {
    // The auth config reads these while it is evaluated; generated code depends on none of their values.
    await setEnvironment(host, { AUTH_ISSUER: "https://codegen.invalid", AUTH_JWKS: "data:application/json,{}" });
    const target = { url: host.url, adminKey: host.adminKey, cwd: PROJECT_ROOT };
    const { exitCode, output } = await runConvexCli(["codegen", "--typecheck", "disable"], target);
    if (exitCode !== 0) throw new Error(`\`convex codegen\` failed:\n${output}`);
  } finally {
    await host.close();
    await rm(folder, { recursive: true, force: true });
  }
}

await writeFile(
  path.join(PROJECT_ROOT, "src/stacks/bindings.ts"),
  await generateBindings(path.join(PROJECT_ROOT, "Clarinet.toml")),
);
console.log("src/stacks/bindings.ts  from contracts/");
await generateConvex();
console.log("convex/_generated       by the Convex CLI");
