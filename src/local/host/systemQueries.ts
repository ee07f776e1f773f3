/** The few `_system/…` queries that the official CLI asks (`convex env`, a mistyped `convex run`); for the admin only. */
import type { Engine, FunctionCall, QueryOutcome } from "./engine";
import { listEnvironment } from "./environment";
import type { Viewer } from "./viewer";

export function isSystemQuery(call: FunctionCall): boolean {
  return call.path.startsWith("_system/");
}

export async function runSystemQuery(engine: Engine, call: FunctionCall, viewer: Viewer): Promise<QueryOutcome> {
  const details = { ts: engine.lastTs, readSet: [], readIdentity: false, journal: null, logLines: [] };
  if (!viewer.isAdmin) {
    return {
      ok: false,
      message: "You do not have permission to perform this operation: an admin key is needed.",
      ...details,
    };
  }
  const path = call.path.replace(/:default$/, "");
  switch (path) {
    case "_system/cli/queryEnvironmentVariables":
      return { ok: true, valueJson: JSON.stringify(listEnvironment(engine)), ...details };
    case "_system/cli/queryEnvironmentVariables:get": {
      const { name } = call.args as { name?: unknown };
      const variable = listEnvironment(engine).find((each) => each.name === name);
      return { ok: true, valueJson: JSON.stringify(variable ?? null), ...details };
    }
    case "_system/cli/modules:apiSpec":
      return { ok: true, valueJson: JSON.stringify(await listFunctions(engine)), ...details };
    default:
      return { ok: false, message: `This host does not answer the system query "${path}".`, ...details };
  }
}

async function listFunctions(engine: Engine) {
  const analysis = await engine.analyze(engine.deployed()?.modules ?? []);
  return Object.entries(analysis).flatMap(([path, { functions }]) =>
    functions.map(({ name, udfType, visibility }) => ({
      identifier: `${path}:${name}`,
      functionType: udfType,
      visibility: { kind: visibility },
    })),
  );
}
