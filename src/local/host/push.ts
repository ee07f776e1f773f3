/**
 * The deployment endpoints behind `convex deploy` and `convex codegen`: a push is evaluated when it starts, kept in memory,
 * and installed when it finishes, in one step that checks the stored documents. Until then the old deployment runs.
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { AUTH_CONFIG_PATH, evaluateAuthConfig } from "./authConfig";
import type { Deployment, Engine, ModuleAnalysis, PushedModule } from "./engine";
import { jsonReply, MAX_PUSH_BYTES, type Reply, readJson } from "./httpMessages";
import type { LiveQueries } from "./liveQueries";
import { checkPushRequest, type PushRequest, pushRequest } from "./pushRequest";
import { messageOf, WireRefusal } from "./wireRefusal";

/** The CLI whose protocol this is. */
const VERSION = "1.48.0";
/** `codegen` starts pushes that never finish. */
const MAX_STARTED_PUSHES = 4;

/**
 * The CLI asks in advance about changes that take long on large tables, and waits for them. Here installing a deployment
 * builds its indexes and checks the stored documents in the same step, so there is nothing to announce and nothing to wait for.
 */
const NO_SCHEMA_CHANGE = { allocatedComponentIds: {}, schemaIds: {}, indexDiffs: {} };
const NO_SCHEMA_EVALUATION = { componentSchemaEvaluations: {}, newComponentDefinitions: [] };
const SCHEMA_COMPLETE = { type: "complete" };

const finishRequest = z.object({
  dryRun: z.boolean(),
  startPush: z.object({ componentDefinitionPackages: z.record(z.string(), z.string()) }),
});

export class Pushes {
  readonly #engine: Engine;
  readonly #live: LiveQueries;
  readonly #onLog: (line: string) => void;
  readonly #started = new Map<string, Deployment>();

  constructor(engine: Engine, live: LiveQueries, onLog: (line: string) => void) {
    this.#engine = engine;
    this.#live = live;
    this.#onLog = onLog;
  }

  async start(request: PushRequest) {
    const modules = checkPushRequest(request);
    const schema = await this.#schemaOf(request);
    const authProviders = await evaluateAuthConfig(this.#engine, modules);
    const analysis = await this.#analyze(modules.filter(({ path }) => path !== AUTH_CONFIG_PATH));
    const id = this.#keep({ modules, schema, authProviders });
    const http = analysis["http.js"]?.httpRoutes ?? null;
    return {
      environmentVariables: {},
      externalDepsId: null,
      // The CLI hands this back when it finishes the push.
      componentDefinitionPackages: { "": id },
      appAuth: authProviders,
      analysis: { "": componentAnalysis(schema, analysis) },
      app: {
        definitionPath: "",
        componentPath: "",
        args: {},
        childComponents: {},
        httpRoutes: { httpModuleRoutes: http, mounts: [] },
        exports: {},
      },
      schemaChange: NO_SCHEMA_CHANGE,
    };
  }

  async finish({ dryRun, startPush }: z.infer<typeof finishRequest>) {
    const deployment = this.#started.get(startPush.componentDefinitionPackages[""] ?? "");
    if (deployment === undefined) {
      throw new WireRefusal(400, "RaceDetected", "Other pushes have started since this one did: push again.");
    }
    if (!dryRun) {
      try {
        await this.#engine.deploy(deployment);
      } catch (error) {
        throw new WireRefusal(400, "DeploymentRefused", messageOf(error));
      }
      this.#live.invalidateAll();
      this.#onLog(`Deployed ${deployment.modules.length} modules.`);
    }
    return { authDiff: { added: [], removed: [] }, definitionDiffs: {}, componentDiffs: {} };
  }

  #keep(deployment: Deployment): string {
    const id = randomUUID();
    this.#started.set(id, deployment);
    const [oldest] = this.#started.keys();
    if (this.#started.size > MAX_STARTED_PUSHES && oldest !== undefined) this.#started.delete(oldest);
    return id;
  }

  async #schemaOf({ appDefinition }: PushRequest): Promise<unknown> {
    if (appDefinition.schema === null) return null;
    try {
      const schema = (await this.#engine.evaluateDefault(appDefinition.schema)) as { export?: () => string };
      if (typeof schema?.export !== "function") throw new Error("its default export must be defineSchema(…)");
      return JSON.parse(schema.export());
    } catch (error) {
      throw new WireRefusal(400, "InvalidSchema", `The schema could not be evaluated: ${messageOf(error)}`);
    }
  }

  async #analyze(modules: PushedModule[]): Promise<Record<string, ModuleAnalysis>> {
    try {
      return await this.#engine.analyze(modules);
    } catch (error) {
      const message = `Loading the pushed modules encountered the following error:\n${messageOf(error)}`;
      throw new WireRefusal(400, "InvalidModules", message);
    }
  }
}

function componentAnalysis(schema: unknown, analysis: Record<string, ModuleAnalysis>) {
  const functions = Object.entries(analysis).map(([path, module]) => [
    path,
    {
      functions: module.functions.map((each) => ({ ...each, pos: null, visibility: { kind: each.visibility } })),
      httpRoutes: module.httpRoutes,
      cronSpecs: module.crons,
      sourceMapped: null,
    },
  ]);
  return {
    definition: {
      path: "",
      definitionType: { type: "app" },
      childComponents: [],
      httpMounts: {},
      exports: { type: "branch", branch: [] },
    },
    schema,
    functions: Object.fromEntries(functions),
    udfConfig: { serverVersion: VERSION, importPhaseRngSeed: null, importPhaseUnixTimestamp: null },
  };
}

type PushRoute = (request: IncomingMessage) => Promise<Reply>;

export function pushRoutes(pushes: Pushes): [string, PushRoute][] {
  const constant = (answer: unknown): PushRoute => {
    return async () => jsonReply(answer);
  };
  const config = { functions: "convex/" };
  return [
    ["/api/get_config_hashes", constant({ config, moduleHashes: [], nodeDependencies: [], udfServerVersion: VERSION })],
    ["/api/deploy2/evaluate_schema", constant(NO_SCHEMA_EVALUATION)],
    ["/api/deploy2/evaluate_push", constant({ schemaChange: NO_SCHEMA_CHANGE })],
    [
      "/api/deploy2/start_push",
      async (request) => jsonReply(await pushes.start(await readJson(request, pushRequest, MAX_PUSH_BYTES))),
    ],
    ["/api/deploy2/wait_for_schema", constant(SCHEMA_COMPLETE)],
    [
      "/api/deploy2/finish_push",
      async (request) => jsonReply(await pushes.finish(await readJson(request, finishRequest, MAX_PUSH_BYTES))),
    ],
    ["/api/deploy2/report_push_completed", constant(null)],
  ];
}
