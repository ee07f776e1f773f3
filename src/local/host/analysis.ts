/** What a push's modules define, for the CLI and its code generator; and what Convex would refuse of it. */
import type { ModuleAnalysis } from "./engine";
import { isRegistered, isRouter, kindOf, type RegisteredFunction } from "./installation";
import type { LoadedModules } from "./isolate";

const DEPENDENCIES = "_deps/";
const UDF_TYPES = { query: "Query", mutation: "Mutation", action: "Action" } as const;

export async function analyzeModules(modules: LoadedModules): Promise<Record<string, ModuleAnalysis>> {
  const analysis: Record<string, ModuleAnalysis> = {};
  for (const path of modules.paths()) {
    // Chunks that modules share; they define nothing of their own.
    if (path.startsWith(DEPENDENCIES)) continue;
    const exported = (await modules.exportsOf(path)) ?? {};
    const functions = Object.entries(exported).flatMap(([name, value]) =>
      isRegistered(value) ? [describe(name, value)] : [],
    );
    const misplaced = functions.find(({ udfType }) => udfType !== "Action");
    if (misplaced !== undefined && modules.environment(path) === "node") {
      throw new Error(
        `\`${misplaced.name}\` defined in \`${path}\` is a ${misplaced.udfType} function. Only actions can be defined in Node.js. See https://docs.convex.dev/functions/actions for more details.`,
      );
    }
    const { default: main } = exported;
    analysis[path] = {
      functions,
      httpRoutes: path === "http.js" && isRouter(main) ? routesOf(main) : null,
      crons: path === "crons.js" && isCrons(main) ? JSON.parse(main.export()) : null,
    };
  }
  return analysis;
}

function describe(name: string, registered: RegisteredFunction): ModuleAnalysis["functions"][number] {
  return {
    name,
    udfType: UDF_TYPES[kindOf(registered) ?? "action"],
    visibility: registered.isPublic ? "public" : "internal",
    args: registered.exportArgs(),
    returns: registered.exportReturns(),
  };
}

function routesOf(router: { getRoutes(): (readonly [string, string, unknown])[] }) {
  return router.getRoutes().map(([path, method]) => ({ path, method }));
}

function isCrons(value: unknown): value is { export(): string } {
  return typeof value === "object" && value !== null && "isCrons" in value;
}
