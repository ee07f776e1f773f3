/** `npm run dev` in a copy of the project: what is saved runs, what is refused is told, and the old code goes on. */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ConvexHttpClient } from "convex/browser";
import { anyApi } from "convex/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PROJECT_ROOT } from "../../src/local/stack";
import { PATIENCE_MS } from "../engines/patience";
import { preparedState } from "../engines/preparedStack";

const COPIED = [
  "convex",
  "src",
  "contracts",
  "settings",
  "Clarinet.toml",
  "package.json",
  "tsconfig.json",
  "vite.config.ts",
];

let folder: string;
let project: string;
let dev: ChildProcess;
let output = "";
/** How much of the output was expected already. */
let read = 0;

/** The next output that matches, after what was expected before. */
async function shown(pattern: RegExp): Promise<string> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const match = pattern.exec(output.slice(read));
    if (match) {
      read += match.index + match[0].length;
      return match[0];
    }
    if (dev.exitCode !== null || Date.now() > deadline) throw new Error(`Never shown: ${pattern}\n${output}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "bithedge-dev-"));
  const stateDir = path.join(folder, "state");
  cpSync(await preparedState(), stateDir, { recursive: true });
  project = path.join(folder, "project");
  for (const name of COPIED) cpSync(path.join(PROJECT_ROOT, name), path.join(project, name), { recursive: true });
  symlinkSync(path.join(PROJECT_ROOT, "node_modules"), path.join(project, "node_modules"));
  const ports = { STACKS_API_PORT: "0", CONVEX_PORT: "0", CONVEX_SITE_PORT: "0", PRICE_API_PORT: "0", WEB_PORT: "0" };
  dev = spawn(process.execPath, ["--import", "tsx", "src/local/dev.ts"], {
    cwd: project,
    env: { ...process.env, ...ports, LOCAL_STATE_DIR: stateDir, BLOCK_INTERVAL_MS: "300" },
  });
  for (const stream of [dev.stdout, dev.stderr]) {
    stream?.on("data", (chunk) => {
      output += chunk;
    });
  }
  await shown(/^ready$/m);
});

afterAll(() => {
  dev?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

const save = (file: string, source: string) => writeFileSync(path.join(project, "convex", file), source);
const probe = (answer: string) => `import { v } from "convex/values"; import { query } from "./_generated/server";
  export const answer = query({ args: {}, returns: v.string(), handler: async () => ${answer} });`;

test("a saved function answers, a broken one changes nothing, and a mended one answers again", {
  timeout: 900_000,
}, async () => {
  const [, url = ""] = /Convex host\s+(http\S+)/.exec(output) ?? [];
  const [, web = ""] = /Web app\s+(http\S+)/.exec(output) ?? [];
  const convex = new ConvexHttpClient(url, { logger: false });
  const answer = () => convex.query(anyApi.probe?.answer as never, {});
  await expect(answer()).rejects.toThrow("Could not find");
  expect(await (await fetch(web)).text()).toContain("/@vite/client");

  save("probe.ts", probe('"one"'));
  await shown(/Pushed\./);
  expect(await answer()).toBe("one");
  expect(readFileSync(path.join(project, "convex/_generated/api.d.ts"), "utf8")).toContain("../probe.js");

  save("probe.ts", probe('"two'));
  await shown(/Not pushed; the code that was pushed before goes on\.[\s\S]*Unterminated string/);
  expect(await answer()).toBe("one");

  save("probe.ts", probe('"three"'));
  const schema = readFileSync(path.join(project, "convex/schema.ts"), "utf8");
  const table = "chainMirror: defineTable({ never: v.string() })";
  const imports = 'import { v } from "convex/values"; import { defineTable } from "convex/server";\n';
  save("schema.ts", imports + schema.replace("...syncTables", `...syncTables, ${table}`));
  await shown(/Not pushed;[\s\S]*chainMirror/);
  expect(await answer()).toBe("one");

  save("schema.ts", schema);
  await shown(/Pushed\./);
  expect(await answer()).toBe("three");
  expect(output.match(/^ready$/gm)).toHaveLength(1);

  const ended = new Promise((resolve) => dev.once("exit", resolve));
  dev.kill("SIGTERM");
  expect(await ended).toBe(0);
  expect(output).toContain("Stopped. State is kept");
});
