/**
 * The deployment endpoints behind `convex deploy` and `convex codegen` (convex 1.48): a push is evaluated when it starts,
 * kept in memory, and installed when it finishes, in one step that checks the stored documents. Until then the old
 * deployment runs.
 */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { evaluateAuthConfig } from "./authConfig";
import { Component } from "./component";
import { checkAppEnvironment, type Deployment, evaluateDefinitions, type PushedDefinition } from "./componentTree";
import type { Engine } from "./engine";
import { readJson } from "./httpServer";
import type { Installation } from "./installation";
import type { PushedModule } from "./isolate";
import type { LiveQueries } from "./liveQueries";
import { analysisOf, CLI_VERSION, componentDiffs, NO_SCHEMA_CHANGE } from "./pushAnalysis";
import { messageOf, Refusal } from "./refusal";

const pushedModule = z.object({ path: z.string(), source: z.string(), environment: z.string() });
const pushedCode = { dependencies: z.array(z.string()).default([]), schema: pushedModule.nullable() };

const startRequest = z.object({
  appDefinition: z.object({
    ...pushedCode,
    definition: pushedModule.nullish(),
    changedModules: z.array(pushedModule),
    unchangedModuleHashes: z.array(z.unknown()).max(0, "This host keeps no module hashes: push all modules."),
  }),
  componentDefinitions: z.array(
    z.object({
      ...pushedCode,
      definitionPath: z.string(),
      definition: pushedModule,
      functions: z.array(pushedModule),
    }),
  ),
  nodeDependencies: z.array(z.unknown()).max(0, "This host installs no external packages."),
});
type StartRequest = z.infer<typeof startRequest>;

const finishRequest = z.object({
  dryRun: z.boolean(),
  startPush: z.object({ componentDefinitionPackages: z.record(z.string(), z.string()) }),
});

type AdminRoute = (request: Request) => Promise<unknown>;

export function pushRoutes(engine: Engine, live: LiveQueries): Record<string, AdminRoute> {
  /** One is enough: `codegen` starts pushes that never finish, and two deployments at once are a race. */
  let started: { id: string; installation: Installation } | null = null;
  const start: AdminRoute = async (request) => {
    const push = await readJson(request, startRequest);
    const deployment = await deploymentOf(engine, push);
    return refusing("InvalidModules", "The pushed modules could not be loaded", async () => {
      const installation = await engine.load(deployment);
      const components = await oneOfEachDefinition(engine, installation);
      started = { id: randomUUID(), installation };
      return analysisOf(started.id, installation, components);
    });
  };
  const finish: AdminRoute = async (request) => {
    const { dryRun, startPush } = await readJson(request, finishRequest);
    if (started === null || started.id !== startPush.componentDefinitionPackages[""]) {
      throw new Refusal(400, "RaceDetected", "Another push has started since this one did: push again.");
    }
    const { installation } = started;
    const diffs = componentDiffs(engine.installation, installation);
    if (!dryRun) {
      await refusing("DeploymentRefused", "The push is refused", () => engine.deploy(installation.deployment));
      live.invalidateAll();
      engine.onLog(`Deployed ${installation.deployment.modules.length} modules.`);
    }
    return { authDiff: { added: [], removed: [] }, definitionDiffs: {}, componentDiffs: diffs };
  };
  const constant = (answer: unknown): AdminRoute => {
    return async () => answer;
  };
  const hashes = {
    config: { functions: "convex/" },
    moduleHashes: [],
    nodeDependencies: [],
    udfServerVersion: CLI_VERSION,
  };
  return {
    "/api/get_config_hashes": constant(hashes),
    "/api/deploy2/evaluate_schema": constant({ componentSchemaEvaluations: {}, newComponentDefinitions: [] }),
    "/api/deploy2/evaluate_push": constant({ schemaChange: NO_SCHEMA_CHANGE }),
    "/api/deploy2/start_push": start,
    "/api/deploy2/wait_for_schema": constant({ type: "complete" }),
    "/api/deploy2/finish_push": finish,
    "/api/deploy2/report_push_completed": constant(null),
  };
}

async function refusing<Result>(code: string, what: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(400, code, `${what}: ${messageOf(error)}`);
  }
}

async function deploymentOf(
  engine: Engine,
  { appDefinition, componentDefinitions }: StartRequest,
): Promise<Deployment> {
  const { changedModules: modules, schema, definition, dependencies } = appDefinition;
  for (const { path } of modules) checkPath(path);
  for (const { path, environment } of componentDefinitions.flatMap(({ functions }) => functions)) {
    checkPath(path);
    if (environment === "isolate") continue;
    throw new Refusal(400, "NodeInComponent", `"use node" is not supported in components; ${path} has it.`);
  }
  const app = definition ? [{ definitionPath: "", definition, dependencies }] : [];
  const defined = await refusing("InvalidComponents", "The components could not be evaluated", () =>
    evaluateDefinitions([...app, ...(componentDefinitions as PushedDefinition[])], (source, imported) =>
      engine.evaluateDefault(source, imported),
    ),
  );
  const definitions: Deployment["definitions"] = {};
  for (const { definitionPath, functions, schema: componentSchema } of componentDefinitions) {
    const evaluated = await evaluateSchema(engine, componentSchema, definitionPath);
    definitions[definitionPath] = { modules: functions, schema: evaluated, definition: defined.get(definitionPath) };
  }
  const deployment: Deployment = {
    modules,
    schema: await evaluateSchema(engine, schema, ""),
    authProviders: await evaluateAuthConfig(engine, modules),
    definition: defined.get(""),
    definitions,
  };
  await refusing("InvalidEnvironment", "The push is refused", async () =>
    checkAppEnvironment(deployment, engine.environment),
  );
  return deployment;
}

async function evaluateSchema(engine: Engine, schema: PushedModule | null, definitionPath: string): Promise<unknown> {
  const place = definitionPath === "" ? "" : ` of "${definitionPath}"`;
  return refusing("InvalidSchema", `The schema${place} could not be evaluated`, async () => {
    if (schema === null) return null;
    const evaluated = (await engine.evaluateDefault(schema)) as { export?: () => string };
    if (typeof evaluated?.export !== "function") throw new Error("its default export must be defineSchema(…)");
    return JSON.parse(evaluated.export());
  });
}

/** The code generator asks for definitions too that are imported but not mounted. */
async function oneOfEachDefinition(engine: Engine, { deployment, components }: Installation): Promise<Component[]> {
  const mounted = [...components.values()];
  const paths = ["", ...Object.keys(deployment.definitions ?? {})];
  return Promise.all(
    paths.map(async (definitionPath) => {
      const found = mounted.find((component) => component.definitionPath === definitionPath);
      const code = deployment.definitions?.[definitionPath] ?? deployment;
      const unmounted = { path: definitionPath, definitionPath, code, parent: null, bindings: new Map() };
      return found ?? Component.load(unmounted, { now: engine.now, environment: new Map() });
    }),
  );
}

function checkPath(path: string): void {
  const bad = path.split("/").find((name) => !/^[A-Za-z0-9_.]*[A-Za-z0-9][A-Za-z0-9_.]*$/.test(name));
  if (bad !== undefined) {
    // The CLI sends such names, and Convex's cloud refuses them with these words.
    const rule = /^[_.]+$/.test(bad)
      ? `Path component ${bad} must have at least one alphanumeric character.`
      : `Path component ${bad} can only contain alphanumeric characters, underscores, or periods.`;
    throw new Refusal(400, "InvalidModulePath", `${path} is not a valid path to a Convex module. ${rule}`);
  }
}
