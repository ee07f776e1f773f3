/**
 * Deploys a project to a host with the official, unmodified CLI, as a developer would, but without questions, login,
 * reports to third parties or files written into the project.
 */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";

export interface CliTarget {
  url: string;
  adminKey: string;
  /** The folder with package.json and convex/. */
  cwd: string;
}

export interface CliResult {
  exitCode: number | null;
  stdout: string;
  /** Both streams, in the order they were written. */
  output: string;
}

/** What the package's bin/main.js imports: by that way Node takes half as long again to load it. */
const CLI = path.join(createRequire(import.meta.url).resolve("convex/package.json"), "../dist/cli.bundle.cjs");

/** Runs `convex <command…> --url … --admin-key …`. */
export function runConvexCli(command: string[], { url, adminKey, cwd }: CliTarget): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, ...command, "--url", url, "--admin-key", adminKey], {
      cwd,
      env: cliEnvironment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, output] = ["", ""];
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
      output += chunk;
    });
    child.stderr.on("data", (chunk) => {
      output += chunk;
    });
    child.once("error", reject);
    child.once("close", (exitCode) => resolve({ exitCode, stdout, output }));
  });
}

/** Whether a push writes convex/_generated again. */
export type Codegen = "enable" | "disable";

export async function pushWithCli(target: CliTarget, codegen: Codegen = "disable"): Promise<void> {
  const { exitCode, output } = await runConvexCli(["deploy", "--codegen", codegen, "--typecheck", "disable"], target);
  if (exitCode !== 0) throw new Error(`\`convex deploy\` of ${target.cwd} failed:\n${output.trim()}`);
}

/**
 * The CLI's own settings must not come from this shell: they would choose another deployment, a proxy would be asked for
 * a local address, and outside CI it reports errors to its makers.
 */
function cliEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^CONVEX_|^https?_proxy$|^NODE_OPTIONS$/i.test(name),
  );
  return { ...Object.fromEntries(inherited), CI: "1", NO_COLOR: "1" };
}
