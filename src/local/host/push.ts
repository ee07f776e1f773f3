/**
 * The deployment endpoints behind `convex deploy` and `convex codegen` (convex 1.48): a push is evaluated when it starts,
 * kept in memory, and installed when it finishes, in one step that checks the stored documents. Until then the old
 * deployment runs.
 */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { AUTH_CONFIG_PATH, evaluateAuthConfig } from "./authConfig";
import type { Engine } from "./engine";
import { readJson } from "./httpServer";
import type { Deployment, Installation } from "./installation";
import type { LiveQueries } from "./liveQueries";
import { messageOf, Refusal } from "./refusal";

/** The CLI whose protocol this is. */
const VERSION = "1.48.0";

/**
 * The CLI asks in advance about changes that take long on large tables, and waits for them. Here installing a deployment
 * builds its indexes and checks the stored documents in the same step, so there is nothing to announce and nothing to wait for.
 */
const NO_SCHEMA_CHANGE = { allocatedComponentIds: {}, schemaIds: {}, indexDiffs: {} };

const pushedModule = z.object({ path: z.string(), source: z.string(), environment: z.string() });

const startRequest = z.object({
  appDefinition: z.object({
    schema: pushedModule.nullable(),
    changedModules: z.array(pushedModule),
    unchangedModuleHashes: z.array(z.unknown()).max(0, "This host keeps no module hashes: push all modules."),
  }),
  componentDefinitions: z.array(z.unknown()).max(0, "This host runs no components."),
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
  let started: { id: string; deployment: Deployment } | null = null;
  const start: AdminRoute = async (request) => {
    const push = await readJson(request, startRequest);
    const deployment = await deploymentOf(engine, push);
    const installation = await refusing("InvalidModules", "The pushed modules could not be loaded", () =>
      engine.load(deployment),
    );
    started = { id: randomUUID(), deployment };
    return startAnswer(started.id, installation);
  };
  const finish: AdminRoute = async (request) => {
    const { dryRun, startPush } = await readJson(request, finishRequest);
    if (started === null || started.id !== startPush.componentDefinitionPackages[""]) {
      throw new Refusal(400, "RaceDetected", "Another push has started since this one did: push again.");
    }
    const { deployment } = started;
    if (!dryRun) {
      await refusing("DeploymentRefused", "The push is refused", () => engine.deploy(deployment));
      live.invalidateAll();
      engine.onLog(`Deployed ${deployment.modules.length} modules.`);
    }
    return { authDiff: { added: [], removed: [] }, definitionDiffs: {}, componentDiffs: {} };
  };
  const constant = (answer: unknown): AdminRoute => {
    return async () => answer;
  };
  const hashes = {
    config: { functions: "convex/" },
    moduleHashes: [],
    nodeDependencies: [],
    udfServerVersion: VERSION,
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

async function deploymentOf(engine: Engine, { appDefinition }: StartRequest): Promise<Deployment> {
  const { changedModules: modules, schema: schemaModule } = appDefinition;
  for (const { path, environment } of modules) checkModule(path, environment);
  const schema = await refusing("InvalidSchema", "The schema could not be evaluated", async () => {
    if (schemaModule === null) return null;
    const evaluated = (await engine.evaluateDefault(schemaModule)) as { export?: () => string };
    if (typeof evaluated?.export !== "function") throw new Error("its default export must be defineSchema(…)");
    return JSON.parse(evaluated.export());
  });
  return { modules, schema, authProviders: await evaluateAuthConfig(engine, modules) };
}

function checkModule(path: string, environment: string): void {
  const bad = path.split("/").find((name) => !/^[A-Za-z0-9_.]+$/.test(name));
  if (bad !== undefined) {
    // The CLI sends such names, and Convex's cloud refuses them with these words.
    const rule = `Path component ${bad} can only contain alphanumeric characters, underscores, or periods.`;
    throw new Refusal(400, "InvalidModulePath", `${path} is not a valid path to a Convex module. ${rule}`);
  }
  if (environment === "isolate") return;
  throw new Refusal(400, "NodeActionsUnsupported", `This host runs no "use node" modules; ${path} is one.`);
}

/** What the CLI's code generator and its report of the push read. */
function startAnswer(id: string, { deployment, functions, router, crons }: Installation) {
  const modules = deployment.modules.filter(({ path }) => !path.startsWith("_deps/") && path !== AUTH_CONFIG_PATH);
  const routes = router?.getRoutes().map(([path, method]) => ({ path, method })) ?? null;
  const analysisOf = (module: string) => ({
    functions: [...functions.values()].flatMap(({ path, kind, isPublic, registered }) =>
      path.startsWith(`${module}:`)
        ? {
            name: path.slice(module.length + 1),
            pos: null,
            udfType: kind.charAt(0).toUpperCase() + kind.slice(1),
            visibility: { kind: isPublic ? "public" : "internal" },
            args: registered.exportArgs(),
            returns: registered.exportReturns(),
          }
        : [],
    ),
    httpRoutes: module === "http.js" ? routes : null,
    cronSpecs: module === "crons.js" ? crons : null,
    sourceMapped: null,
  });
  const app = { definitionPath: "", componentPath: "", args: {}, childComponents: {}, exports: {} };
  const definition = {
    path: "",
    definitionType: { type: "app" },
    childComponents: [],
    httpMounts: {},
    exports: { type: "branch", branch: [] },
  };
  return {
    environmentVariables: {},
    externalDepsId: null,
    // The CLI hands this back when it finishes the push.
    componentDefinitionPackages: { "": id },
    appAuth: deployment.authProviders,
    analysis: {
      "": {
        definition,
        schema: deployment.schema,
        functions: Object.fromEntries(modules.map(({ path }) => [path, analysisOf(path)])),
        udfConfig: { serverVersion: VERSION, importPhaseRngSeed: null, importPhaseUnixTimestamp: null },
      },
    },
    app: { ...app, httpRoutes: { httpModuleRoutes: routes, mounts: [] } },
    schemaChange: NO_SCHEMA_CHANGE,
  };
}
