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
import { diffSchemas } from "./schemaDiff";
import { messageOf, WireRefusal } from "./wireRefusal";

/** `codegen` starts pushes that never finish. */
const MAX_STARTED_PUSHES = 4;

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

  async evaluateSchema(request: PushRequest) {
    const { added, removed } = diffSchemas(this.#deployedSchema(), await this.#schemaOf(request));
    // No table of a local database is so large that the CLI should ask before it changes an index.
    const prediction = { needsBackfill: false, numDocs: 0 };
    const indexes = [
      ...added.map((index) => ({ ...index, ...prediction, change: "added" })),
      ...removed.map((index) => ({ ...index, ...prediction, change: "dropped" })),
    ];
    const evaluation = { definitionPath: "", schemaValidation: true, tables: [], indexes };
    return { componentSchemaEvaluations: { "": evaluation }, newComponentDefinitions: [] };
  }

  async evaluate(request: PushRequest) {
    return { schemaChange: this.#schemaChange(await this.#schemaOf(request)) };
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
      schemaChange: this.#schemaChange(schema),
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

  #deployedSchema(): unknown {
    return this.#engine.deployed()?.schema ?? null;
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

  #schemaChange(schema: unknown) {
    const { added, removed } = diffSchemas(this.#deployedSchema(), schema);
    const indexDiffs = { "": { added_indexes: added, removed_indexes: removed } };
    return { allocatedComponentIds: {}, schemaIds: {}, indexDiffs };
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
    udfConfig: { serverVersion: "1.48.0", importPhaseRngSeed: null, importPhaseUnixTimestamp: null },
  };
}

type PushRoute = (request: IncomingMessage) => Promise<Reply>;

/** Documents are checked by `finish_push`, together with the installation, so there is nothing to wait for before it. */
export function pushRoutes(pushes: Pushes): [string, PushRoute][] {
  const pushed = (answer: (request: PushRequest) => Promise<unknown>): PushRoute => {
    return async (request) => jsonReply(await answer(await readJson(request, pushRequest, MAX_PUSH_BYTES)));
  };
  const hashes = {
    config: { functions: "convex/" },
    moduleHashes: [],
    nodeDependencies: [],
    udfServerVersion: "1.48.0",
  };
  return [
    ["/api/get_config_hashes", async () => jsonReply(hashes)],
    ["/api/deploy2/evaluate_schema", pushed((request) => pushes.evaluateSchema(request))],
    ["/api/deploy2/evaluate_push", pushed((request) => pushes.evaluate(request))],
    ["/api/deploy2/start_push", pushed((request) => pushes.start(request))],
    ["/api/deploy2/wait_for_schema", async () => jsonReply({ type: "complete" })],
    [
      "/api/deploy2/finish_push",
      async (request) => jsonReply(await pushes.finish(await readJson(request, finishRequest, MAX_PUSH_BYTES))),
    ],
    ["/api/deploy2/report_push_completed", async () => jsonReply(null)],
  ];
}
