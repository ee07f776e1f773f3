/**
 * Environment variables as the CLI sees and sets them. Two are the host's own, as on Convex: functions read them, and
 * nobody can change them. A change re-evaluates `auth.config`, so that a key or issuer kept in the environment takes effect.
 */
import { z } from "zod";
import { AUTH_CONFIG_PATH, evaluateAuthConfig } from "./authConfig";
import type { Engine } from "./engine";
import { Refusal } from "./refusal";

export const BUILT_IN_VARIABLES = new Set(["CONVEX_CLOUD_URL", "CONVEX_SITE_URL"]);

export const environmentChanges = z.object({
  changes: z.array(z.object({ name: z.string(), value: z.string().nullable() })),
});

type Change = z.infer<typeof environmentChanges>["changes"][number];

export function listEnvironment(engine: Engine): { name: string; value: string }[] {
  const variables = [...engine.environment].filter(([name]) => !BUILT_IN_VARIABLES.has(name));
  return variables.map(([name, value]) => ({ name, value })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

export async function changeEnvironment(engine: Engine, changes: Change[]): Promise<void> {
  for (const { name } of changes) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      const message = `Environment variable name "${name}" may hold letters, digits and underscores only.`;
      throw new Refusal(400, "InvalidEnvVarName", message);
    }
    if (!BUILT_IN_VARIABLES.has(name)) continue;
    const message = `Environment variable "${name}" is built in and can't be changed.`;
    throw new Refusal(400, "EnvVarNameForbidden", message);
  }
  const before = changes.map(({ name }) => ({ name, value: engine.environment.get(name) ?? null }));
  await engine.setEnvironment(changes);
  const { deployed } = engine;
  if (!deployed?.modules.some(({ path }) => path === AUTH_CONFIG_PATH)) return;
  try {
    const authProviders = await evaluateAuthConfig(engine, deployed.modules);
    if (JSON.stringify(authProviders) !== JSON.stringify(deployed.authProviders)) {
      await engine.deploy({ ...deployed, authProviders });
    }
  } catch (error) {
    await engine.setEnvironment(before);
    throw error;
  }
}
