/** What the CLI is told of a push: every function, route and cron of it, from which it generates code and prints its report. */
import { AUTH_CONFIG_PATH } from "./authConfig";
import type { Component } from "./component";
import type { Definition, Deployment } from "./componentTree";
import type { Installation } from "./installation";

/** The CLI whose protocol this is. */
export const CLI_VERSION = "1.48.0";

/**
 * The CLI asks in advance about changes that take long on large tables, and waits for them. Here installing a deployment
 * builds its indexes and checks the stored documents in the same step, so there is nothing to announce and nothing to wait for.
 */
export const NO_SCHEMA_CHANGE = { allocatedComponentIds: {}, schemaIds: {}, indexDiffs: {} };

type ExportTree = { type: "leaf"; leaf: string } | { type: "branch"; branch: [string, ExportTree][] };

/** `components`: one of each definition that was pushed, mounted or not. */
export function analysisOf(
  id: string,
  { deployment, app, components: mounted }: Installation,
  components: Component[],
) {
  const analysis = components.map((component) => [
    component.definitionPath,
    {
      definition: definitionAnswer(component),
      schema: codeOf(deployment, component.definitionPath).schema,
      functions: functionsOf(deployment, component),
      udfConfig: { serverVersion: CLI_VERSION, importPhaseRngSeed: null, importPhaseUnixTimestamp: null },
    },
  ]);
  return {
    environmentVariables: {},
    externalDepsId: null,
    // The CLI hands this back when it finishes the push.
    componentDefinitionPackages: { "": id },
    appAuth: deployment.authProviders,
    analysis: Object.fromEntries(analysis),
    app: treeOf(app, [...mounted.values()]),
    schemaChange: NO_SCHEMA_CHANGE,
  };
}

/** What of the tree of components the push changes; the CLI prints it. */
export function componentDiffs(before: Installation | null, after: Installation) {
  const [old, now] = [before?.components ?? new Map<string, Component>(), after.components];
  const paths = [...new Set([...old.keys(), ...now.keys()])].filter((path) => path !== "");
  const entries = paths.map((path) => {
    const type = !old.has(path) ? "create" : now.has(path) ? "modify" : "unmount";
    const nothing = { added: [], removed: [] };
    const indexDiff = { added_indexes: [], removed_indexes: [] };
    const cronDiff = { added: [], updated: [], deleted: [] };
    return [
      path,
      { diffType: { type }, moduleDiff: nothing, udfConfigDiff: null, cronDiff, indexDiff, schemaDiff: null },
    ];
  });
  return Object.fromEntries(entries);
}

function codeOf(deployment: Deployment, definitionPath: string) {
  return deployment.definitions?.[definitionPath] ?? deployment;
}

function definitionAnswer({ definition, definitionPath: path, functions }: Component) {
  const exported = [...functions.values()].filter(({ isPublic }) => isPublic).map((each) => each.path);
  const envVars = definition.envVars.map(([name, variable]) => [name, { type: "value", ...variable }]);
  const { childComponents, definitionType, httpMounts }: Definition = definition;
  return { path, definitionType, childComponents, httpMounts, envVars, exports: exportTree(exported) };
}

/** A component exports its public functions: a branch for each folder and module, a leaf for each function. */
function exportTree(paths: string[]): ExportTree {
  const root: ExportTree = { type: "branch", branch: [] };
  for (const path of paths) {
    const names = path.replace(".js:", "/").split("/");
    let { branch } = root;
    for (const name of names.slice(0, -1)) {
      let next = branch.find(([known]) => known === name)?.[1];
      if (next?.type !== "branch") {
        next = { type: "branch", branch: [] };
        branch.push([name, next]);
      }
      branch = next.branch;
    }
    branch.push([names.at(-1) as string, { type: "leaf", leaf: `_reference/function/${path}` }]);
  }
  return root;
}

function routesOf({ router }: Component) {
  return router?.getRoutes().map(([path, method]) => ({ path, method })) ?? null;
}

function functionsOf(deployment: Deployment, component: Component) {
  const isReported = ({ path }: { path: string }) => !path.startsWith("_deps/") && path !== AUTH_CONFIG_PATH;
  const modules = codeOf(deployment, component.definitionPath).modules.filter(isReported);
  const inModule = (module: string) =>
    [...component.functions.values()].flatMap(({ path, kind, isPublic, registered }) =>
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
    );
  const answers = modules.map(({ path }) => [
    path,
    {
      functions: inModule(path),
      httpRoutes: path === "http.js" ? routesOf(component) : null,
      cronSpecs: path === "crons.js" ? component.crons : null,
      sourceMapped: null,
    },
  ]);
  return Object.fromEntries(answers);
}

function treeOf(component: Component, all: Component[]): Record<string, unknown> {
  const { path: componentPath, definitionPath, definition } = component;
  const isChild = ({ path }: Component) =>
    path !== "" && path.slice(0, Math.max(path.lastIndexOf("/"), 0)) === componentPath;
  const children = all.filter(isChild).map((child) => [child.path.split("/").at(-1), treeOf(child, all)]);
  return {
    definitionPath,
    componentPath,
    args: {},
    childComponents: Object.fromEntries(children),
    exports: {},
    httpRoutes: { httpModuleRoutes: routesOf(component), mounts: Object.keys(definition.httpMounts) },
  };
}
