/** The unmodified CLI against the host: deploy, codegen, run and env; and every way a push is refused while the old code runs on. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pushWithCli } from "../../../src/local/host/cliPush";
import { bundle } from "./engineUnderTest";
import { ADMIN_KEY, eventually, HostUnderTest, ISSUER, jwks, notes } from "./hostUnderTest";

let host: HostUnderTest;
let pristine: string[];

beforeAll(async () => {
  host = await HostUnderTest.start();
  pristine = snapshot();
});
afterAll(() => host.stop());

/** Every file of the project but its packages. */
function snapshot(): string[] {
  return readdirSync(host.project, { recursive: true, encoding: "utf8" })
    .filter((file) => !file.startsWith("node_modules"))
    .sort();
}

/** Writes into the project's convex folder, pushes, and puts the folder back. */
async function pushWith(file: string, source: string): Promise<unknown> {
  const target = path.join(host.project, "convex", file);
  const before = snapshot().includes(path.join("convex", file)) ? readFileSync(target, "utf8") : null;
  writeFileSync(target, source);
  try {
    return await host.push().then(
      () => "deployed",
      (error: Error) => error.message,
    );
  } finally {
    if (before === null) rmSync(target);
    else writeFileSync(target, before);
  }
}

describe("before anything is deployed", () => {
  test("a query names what is missing", async () => {
    await expect(host.http().query(notes.list, { list: "a" })).rejects.toThrow(/Could not find/);
    expect(await (await fetch(`${host.handle.siteUrl}/notes`)).text()).toMatch(/Nothing is deployed/);
  });

  test("a deploy is refused by name while a variable of auth.config is missing", async () => {
    await expect(host.push()).rejects.toThrow(/TEST_ISSUER is used in auth config file but its value was not set/);
  });

  test("env set, get, list and remove", async () => {
    expect((await host.cli("env", "set", "TEST_ISSUER", ISSUER)).output).toMatch(/Successfully set TEST_ISSUER/);
    await host.setEnvironment({ TEST_JWKS: await jwks(), FIXTURE_SETTING: "gone" });
    expect((await host.cli("env", "get", "FIXTURE_SETTING")).stdout.trim()).toBe("gone");
    expect((await host.cli("env", "remove", "FIXTURE_SETTING")).exitCode).toBe(0);
    expect((await host.cli("env", "get", "FIXTURE_SETTING")).output).toMatch(/not found/);
    const { stdout } = await host.cli("env", "list", "--include-values");
    expect(stdout).toContain(`TEST_ISSUER=${ISSUER}`);
    expect(stdout).not.toMatch(/FIXTURE_SETTING|CONVEX_SITE_URL/);
    const unasked = await host.post("/api/query", '{"path":"_system/cli/queryEnvironmentVariables","args":{}}');
    expect(await unasked.json()).toMatchObject({ status: "error" });
    expect(await (await host.setEnvironment({ CONVEX_SITE_URL: "x" })).text()).toMatch(/built in/);
  });

  test("a wrong admin key is refused in words, a missing one too", async () => {
    const wrong = { url: host.handle.url, adminKey: "nonsense", cwd: host.project };
    await expect(pushWithCli(wrong)).rejects.toThrow(/the admin key is not this deployment's/);
    const response = await host.post("/api/deploy2/start_push", "{}");
    expect(response.status).toBe(401);
    expect((await host.post("/api/get_config_hashes", "{}", "Convex nonsense")).status).toBe(403);
  });
});

describe("deploy", () => {
  test("installs the project and writes nothing into it", async () => {
    await host.push();
    expect(snapshot()).toEqual(pristine);
    expect(await host.http().mutation(notes.add, { list: "a", text: "first" })).toBe(5);
    expect(await host.http().query(notes.list, { list: "a" })).toEqual([{ text: "first", weight: 0n }]);
  });

  test("a dry run installs nothing", async () => {
    const { output } = await host.cli("deploy", "--dry-run", "--codegen", "disable", "--typecheck", "disable");
    expect(output).toMatch(/Would have deployed/);
    expect(host.logs.filter((line) => line.startsWith("Deployed"))).toHaveLength(1);
  });

  test("crons of the push run", async () => {
    const ticks = async () => Number((await host.cli("run", "notes:tick", '{"name":"cron"}')).stdout);
    await eventually(async () => (await ticks()) > 2, "the cron ticks");
  });

  test("live queries run again in a new environment, and with new code", async () => {
    const seen: unknown[] = [];
    host.client().onUpdate(notes.setting, {}, (value) => seen.push(value));
    await eventually(() => seen.length === 1, "the first result");
    await host.setEnvironment({ FIXTURE_SETTING: "from the environment" });
    await eventually(() => seen.at(-1) === "from the environment", "the result in the new environment");
    const source = readFileSync(path.join(host.project, "convex/notes.ts"), "utf8");
    expect(await pushWith("notes.ts", source.replace("process.env.FIXTURE_SETTING ?? null", '"new code"'))).toBe(
      "deployed",
    );
    await eventually(() => seen.at(-1) === "new code", "the result of the new code");
  });
});

describe("a refused push leaves the old deployment running", () => {
  async function requireTheOld(): Promise<void> {
    expect(await host.http().query(notes.count, { list: "a" })).toBe(1);
    expect(await host.http().mutation(notes.add, { list: "other", text: "still" })).toBe(5);
  }

  test.each([
    ["a schema that stored documents violate", "schema.ts", schemaWith("v.number()"), /notes|text|v\.number/],
    ["a file name with a hyphen", "bad-name.ts", "export const x = 1;", /bad-name.js is not a valid path/],
  ])("%s", async (_name, file, source, message) => {
    expect(await pushWith(file, source)).toMatch(message);
    await requireTheOld();
  });

  // The CLI shows what the host answers, as above; these answers are asked for without it, which takes it a second or two.
  test.each([
    ["a schema that is none", "schema.ts", "export default 7;", /default export must be defineSchema/],
    ["a module that throws", "broken.ts", 'export const x = 1; throw new Error("at import");', /at import/],
    [
      "an OIDC provider",
      "auth.config.ts",
      'export default {providers:[{domain:"x",applicationID:"y"}]}',
      /only customJwt/,
    ],
  ])("%s", async (_name, file, source, message) => {
    const [pushed] = await bundle({ [file]: source });
    const code =
      file === "schema.ts" ? { schema: pushed, changedModules: [] } : { schema: null, changedModules: [pushed] };
    const appDefinition = { ...code, unchangedModuleHashes: [] };
    const body = JSON.stringify({ appDefinition, componentDefinitions: [], nodeDependencies: [] });
    const response = await host.post("/api/deploy2/start_push", body, `Convex ${ADMIN_KEY}`);
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(message);
    await requireTheOld();
  });

  test("a start that was never finished can't be finished after a restart", async () => {
    const body = JSON.stringify({ dryRun: false, startPush: { componentDefinitionPackages: { "": "unknown" } } });
    const response = await host.post("/api/deploy2/finish_push", body, `Convex ${ADMIN_KEY}`);
    expect(await response.json()).toMatchObject({ code: "RaceDetected" });
  });
});

describe("run and codegen", () => {
  test("run calls public and internal functions and shows failures", async () => {
    const { stdout } = await host.cli("run", "notes:list", '{"list":"a"}');
    expect(JSON.parse(stdout)).toEqual([{ text: "first", weight: { $integer: "AAAAAAAAAAA=" } }]);
    const failed = await host.cli("run", "notes:fail");
    expect(failed.exitCode).toBe(1);
    expect(failed.output).toMatch(/Uncaught Error: this query always fails/);
    const { output } = await host.cli("run", "notes:lst");
    expect(output).toContain("Could not find function for 'notes:lst'.");
    expect(output).toMatch(/Available functions:[\s\S]*notes:list/);
  });

  test("run acts as an identity", async () => {
    const { stdout } = await host.cli("run", "notes:whoAmI", "--identity", '{"subject":"someone","role":"tester"}');
    expect(JSON.parse(stdout)).toMatchObject({ subject: "someone", role: "tester", issuer: "https://convex.test" });
  });

  test("codegen writes the five files", async () => {
    const result = await host.cli("codegen", "--typecheck", "disable");
    expect(result.output).not.toMatch(/rror/);
    const files = readdirSync(path.join(host.project, "convex/_generated")).sort();
    expect(files).toEqual(["api.d.ts", "api.js", "dataModel.d.ts", "server.d.ts", "server.js"]);
    expect(readFileSync(path.join(host.project, "convex/_generated/api.d.ts"), "utf8")).toContain("../notes.js");
  });
});

function schemaWith(validator: string): string {
  return `import { defineSchema, defineTable } from "convex/server"; import { v } from "convex/values";
    export default defineSchema({
      notes: defineTable({ list: v.string(), text: ${validator}, weight: v.int64() }).index("by_list", ["list"]),
      counters: defineTable({ name: v.string(), value: v.number() }).index("by_name", ["name"]),
    });`;
}
