/**
 * The auth providers of a deployment: what `auth.config` may say, checked when it is pushed and again when the
 * environment that it reads changes. Only `customJwt` providers are served; OIDC discovery would need the open network.
 */
import { z } from "zod";
import type { Engine } from "./engine";
import type { PushedModule } from "./isolate";
import { messageOf, Refusal } from "./refusal";

export const AUTH_CONFIG_PATH = "auth.config.js";

const provider = z.object({
  type: z.literal("customJwt", "only customJwt providers work on this host"),
  issuer: z.string().min(1),
  jwks: z.string().regex(/^(data:|https?:\/\/)/, "must be a data: URI or an http(s) URL"),
  algorithm: z.enum(["RS256", "ES256"]),
  applicationID: z
    .string()
    .nullish()
    .transform((id) => id ?? null),
});

export type AuthProvider = z.infer<typeof provider>;

const authConfig = z.object({ providers: z.array(provider) });

/** Evaluates `auth.config` in the environment of now; the code of a missing variable makes the CLI say how to set it. */
export async function evaluateAuthConfig(engine: Engine, modules: PushedModule[]): Promise<AuthProvider[]> {
  const module = modules.find(({ path }) => path === AUTH_CONFIG_PATH);
  if (module === undefined) return [];
  for (const [, dotted, quoted] of module.source.matchAll(/process\.env(?:\.(\w+)|\[["'](\w+)["']\])/g)) {
    const name = dotted ?? quoted ?? "";
    if (engine.environment.has(name)) continue;
    const message = `Environment variable ${name} is used in auth config file but its value was not set`;
    throw new Refusal(400, "AuthConfigMissingEnvironmentVariable", message);
  }
  let evaluated: unknown;
  try {
    evaluated = await engine.evaluateDefault(module);
  } catch (error) {
    throw new Refusal(400, "InvalidAuthConfig", `auth.config could not be evaluated: ${messageOf(error)}`);
  }
  const parsed = authConfig.safeParse(evaluated);
  if (parsed.success) return parsed.data.providers;
  throw new Refusal(400, "InvalidAuthConfig", `auth.config is not valid: ${z.prettifyError(parsed.error)}`);
}
