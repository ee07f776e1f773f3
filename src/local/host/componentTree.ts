/**
 * What a push deploys, and the components that it mounts: definitions as `convex.config` files export them, and the tree
 * that follows from them. A definition may be mounted several times; each mount has its own path, tables and environment.
 */
import type { ValidatorJSON } from "convex/values";
import { z } from "zod";
import type { AuthProvider } from "./authConfig";
import type { PushedModule } from "./isolate";
import { mismatchOf } from "./validators";

const identifier = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "may hold letters, digits and underscores only");
const declaredVariable = z.object({ value: z.string(), optional: z.boolean().default(false) });
const binding = z.union([
  z.object({ type: z.literal("value"), value: z.string() }),
  z.object({ type: z.literal("envVar"), name: z.string() }),
]);
type Binding = z.infer<typeof binding>;

/** What `defineApp()` and `defineComponent()` export. */
const definition = z.object({
  definitionType: z.union([
    z.object({ type: z.literal("app") }),
    z.object({ type: z.literal("childComponent"), name: identifier }),
  ]),
  /** Where the app's own HTTP routes lie. */
  httpPrefix: z.string().optional(),
  childComponents: z.array(
    z.object({ name: identifier, path: z.string(), env: z.array(z.tuple([z.string(), binding])).nullish() }),
  ),
  /** Path prefixes, each with a reference to the child whose HTTP routes lie below it. */
  httpMounts: z.record(z.string(), z.string()),
  envVars: z.array(z.tuple([z.string(), declaredVariable])).default([]),
});
export type Definition = z.infer<typeof definition>;

/** An app without `convex.config`, such as one that was deployed before the host knew components. */
export const BARE_APP: Definition = {
  definitionType: { type: "app" },
  childComponents: [],
  httpMounts: {},
  envVars: [],
};

interface ComponentCode {
  modules: PushedModule[];
  /** The evaluated schema as `schema.export()` gives it, parsed; null without a schema file. */
  schema: unknown;
  definition?: Definition;
}

/** What one push deploys: the app, and the definitions that it may mount by their paths. */
export interface Deployment extends ComponentCode {
  /** Evaluated auth providers of `auth.config`. */
  authProviders: AuthProvider[];
  definitions?: Record<string, ComponentCode>;
}

/** One component in its place; the app is the one at the empty path, and of the definition at the empty path. */
export interface Mount {
  /** Names joined by slashes, from the app down. */
  path: string;
  definitionPath: string;
  code: ComponentCode;
  /** null for the app. */
  parent: Mount | null;
  bindings: Map<string, Binding>;
}

export function childPath(parent: string, name: string): string {
  return parent === "" ? name : `${parent}/${name}`;
}

export const definitionOf = ({ code }: Pick<Mount, "code">): Definition => code.definition ?? BARE_APP;

/** Parents before children. Throws a readable message where the definitions do not fit together. */
export function mountsOf(deployment: Deployment): Mount[] {
  const app: Mount = { path: "", definitionPath: "", code: deployment, parent: null, bindings: new Map() };
  const mounts = [app];
  for (const parent of mounts) {
    for (const { name, path: definitionPath, env } of definitionOf(parent).childComponents) {
      const path = childPath(parent.path, name);
      const code = deployment.definitions?.[definitionPath];
      if (code === undefined) throw new Error(`Component "${path}" is of "${definitionPath}", which was not pushed.`);
      if (mounts.some((mount) => mount.path === path)) throw new Error(`Two components have the name "${path}".`);
      const mount = { path, definitionPath, code, parent, bindings: new Map(env ?? []) };
      checkBindings(mount);
      mounts.push(mount);
    }
    checkHttpMounts(parent);
  }
  return mounts;
}

function checkBindings({ path, code, bindings, parent }: Mount & { parent: Mount }): void {
  const declared = new Map(definitionOf({ code }).envVars);
  const inherited = new Map(definitionOf(parent).envVars);
  const refuse = (name: string, problem: string): never => {
    throw new Error(`Component "${path}": the environment variable ${name} ${problem}.`);
  };
  for (const [name, bound] of bindings) {
    const variable = declared.get(name) ?? refuse(name, "is given but not declared");
    if (bound.type === "value") {
      const mismatch = mismatchOf(JSON.parse(variable.value) as ValidatorJSON, bound.value, () => null);
      if (mismatch !== null) refuse(name, `has a value that does not fit: ${mismatch}`);
    } else {
      const source =
        inherited.get(bound.name) ?? refuse(name, `refers to ${bound.name}, which its parent doesn't declare`);
      if (source.optional && !variable.optional)
        refuse(name, `is required, but ${bound.name} of its parent is optional`);
    }
  }
  const missing = [...declared].find(([name, { optional }]) => !optional && !bindings.has(name));
  if (missing !== undefined) refuse(missing[0], "is required and not given");
}

function checkHttpMounts(mount: Mount): void {
  const { childComponents, httpMounts } = definitionOf(mount);
  for (const [prefix, reference] of Object.entries(httpMounts)) {
    if (childComponents.some(({ name }) => reference === `_reference/childComponent/${name}`)) continue;
    throw new Error(`The HTTP mount ${prefix} leads to ${reference}, which is no component of "${mount.path}".`);
  }
}

/** What the app declares (`defineApp({env})`), against what is set. */
export function checkAppEnvironment(
  { definition: app = BARE_APP }: Deployment,
  set: ReadonlyMap<string, string>,
): void {
  for (const [name, { value: validator, optional }] of app.envVars) {
    const value = set.get(name);
    if (value === undefined && optional) continue;
    if (value === undefined)
      throw new Error(`The environment variable ${name} is required by convex.config and not set.`);
    const mismatch = mismatchOf(JSON.parse(validator) as ValidatorJSON, value, () => null);
    if (mismatch !== null) throw new Error(`The environment variable ${name} does not fit convex.config: ${mismatch}`);
  }
}

/** A definition as the CLI pushes it; `dependencies` are the paths of the definitions that it imports. */
export interface PushedDefinition {
  definitionPath: string;
  definition: PushedModule;
  dependencies: string[];
}

type Evaluate = (source: PushedModule, dependencies: PushedModule[]) => Promise<unknown>;

/** Evaluates all, each after what it imports: of an imported definition code sees only its path and its name. */
export async function evaluateDefinitions(
  pushed: PushedDefinition[],
  evaluate: Evaluate,
): Promise<Map<string, Definition>> {
  const evaluated = new Map<string, Definition>();
  const visit = async (path: string, importers: string[]): Promise<Definition> => {
    const source = pushed.find(({ definitionPath }) => definitionPath === path);
    if (source === undefined) throw new Error(`"${importers.at(-1)}" uses "${path}", which was not pushed.`);
    if (importers.includes(path)) throw new Error(`Components use each other in a circle: ${importers.join(", ")}.`);
    const known = evaluated.get(path);
    if (known !== undefined) return known;
    const imports: PushedModule[] = [];
    for (const dependency of source.dependencies) {
      imports.push(importOf(dependency, await visit(dependency, [...importers, path])));
    }
    const exported = (await evaluate(source.definition, imports)) as { export?: () => unknown } | undefined;
    if (typeof exported?.export !== "function") {
      throw new Error(`The default export of convex.config in "${path}" must be defineApp() or defineComponent().`);
    }
    const parsed = definition.safeParse(exported.export());
    if (!parsed.success) throw new Error(`convex.config in "${path}" is not valid: ${z.prettifyError(parsed.error)}`);
    const kind = path === "" ? "app" : "childComponent";
    if (parsed.data.definitionType.type !== kind) {
      const rule = "the app's is made by defineApp(), a component's by defineComponent()";
      throw new Error(`convex.config in "${path}" is of the wrong kind: ${rule}.`);
    }
    evaluated.set(path, parsed.data);
    return parsed.data;
  };
  for (const { definitionPath } of pushed) await visit(definitionPath, []);
  return evaluated;
}

/** The CLI's bundler leaves the import of a definition open, under this name. */
function importOf(path: string, { definitionType }: Definition): PushedModule {
  const defaultName = definitionType.type === "app" ? "" : definitionType.name;
  const source = `export default ${JSON.stringify({ componentDefinitionPath: path, defaultName })};`;
  return { path: `_componentDeps/${Buffer.from(path).toString("base64url")}`, source };
}
