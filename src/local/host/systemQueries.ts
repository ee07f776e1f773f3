/** The few `_system/…` queries that `convex env` asks; for the admin only. */
import type { Engine, FunctionCall, QueryOutcome } from "./engine";
import { listEnvironment } from "./environment";
import type { Viewer } from "./viewer";

export function isSystemQuery(call: FunctionCall): boolean {
  return call.path.startsWith("_system/");
}

export function runSystemQuery(engine: Engine, call: FunctionCall, viewer: Viewer): QueryOutcome {
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
    default:
      return { ok: false, message: `This host does not answer the system query "${path}".`, ...details };
  }
}
