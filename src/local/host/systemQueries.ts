/** The few `_system/…` queries that the CLI's `env` and `run` ask; for the admin only. */
import type { Engine } from "./engine";
import { listEnvironment } from "./environment";
import type { Caller, FunctionCall, QueryOutcome } from "./functionCall";

/** The answer to a system query; null for any other. */
export function systemQuery(
  engine: Engine,
  { component = "", path, args }: FunctionCall,
  { isAdmin }: Caller,
): QueryOutcome | null {
  if (!path.startsWith("_system/")) return null;
  const details = { ts: engine.lastTs, readSet: [], readIdentity: false, journal: null, logLines: [] };
  const fail = (message: string): QueryOutcome => ({ ok: false, message, requestId: "", ...details });
  if (!isAdmin) return fail("You do not have permission to perform this operation: an admin key is needed.");
  const value = answer(engine, path.replace(/:default$/, ""), { ...(args as { name?: string }), component });
  if (value === undefined) return fail(`This host does not answer the system query "${path}".`);
  return { ok: true, valueJson: JSON.stringify(value), ...details };
}

function answer(engine: Engine, path: string, { name, component }: { name?: string; component: string }): unknown {
  switch (path) {
    case "_system/cli/queryEnvironmentVariables":
      return listEnvironment(engine);
    case "_system/cli/queryEnvironmentVariables:get":
      return listEnvironment(engine).find((each) => each.name === name) ?? null;
    case "_system/cli/modules:apiSpec":
      return [...(engine.installation?.components.get(component)?.functions.values() ?? [])].map(
        ({ path: identifier, kind }) => ({
          identifier,
          functionType: kind.charAt(0).toUpperCase() + kind.slice(1),
        }),
      );
  }
}
