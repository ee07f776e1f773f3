/**
 * A deployment in memory: its modules, its functions by path, and its schema. Immutable; the next deploy makes another,
 * while actions that still run keep theirs.
 */
import type { ValidatorJSON } from "convex/values";
import { z } from "zod";
import type { AuthProvider } from "./authConfig";
import type { FunctionKind } from "./functionCall";
import type { IsolateHost } from "./globals";
import { LoadedModules, type PushedModule } from "./isolate";
import type { IndexDefinition } from "./store";

/** What one push deploys. */
export interface Deployment {
  modules: PushedModule[];
  /** The evaluated schema as `schema.export()` gives it, parsed; null without a schema file. */
  schema: unknown;
  /** Evaluated auth providers of `auth.config`. */
  authProviders: AuthProvider[];
}

/** A function as the official package registers it. */
interface RegisteredFunction {
  isQuery?: true;
  isMutation?: true;
  isAction?: true;
  isPublic?: true;
  exportArgs(): string;
  exportReturns(): string;
  invokeQuery(args: string): Promise<string>;
  invokeMutation(args: string): Promise<string>;
  invokeAction(requestId: string, args: string): Promise<string>;
}

interface HttpRouter {
  lookup(path: string, method: string): readonly [{ invokeHttpAction(request: Request): Promise<Response> }] | null;
  getRoutes(): (readonly [path: string, method: string, action: unknown])[];
}

export interface DeployedFunction {
  /** Canonical, such as `messages.js:send`. */
  path: string;
  kind: FunctionKind;
  isPublic: boolean;
  args: ValidatorJSON;
  /** null where the function declares none. */
  returns: ValidatorJSON | null;
  registered: RegisteredFunction;
}

const schemaExport = z.object({
  schemaValidation: z.boolean(),
  tables: z.array(
    z.object({
      tableName: z.string(),
      indexes: z.array(z.object({ indexDescriptor: z.string(), fields: z.array(z.string()) })),
      documentType: z.custom<ValidatorJSON>(),
    }),
  ),
});

export interface TableSchema {
  /** null where the schema says not to validate. */
  document: ValidatorJSON | null;
  indexes: IndexDefinition[];
}

/** `folder/module:name` in the form that is shown and stored; a path without a name means the default export. */
export function canonicalPath(path: string): string {
  const [module = "", name = "default"] = path.split(":");
  return `${module.replace(/\.js$/, "")}.js:${name}`;
}

export class Installation {
  private constructor(
    readonly deployment: Deployment,
    readonly tables: ReadonlyMap<string, TableSchema>,
    readonly functions: ReadonlyMap<string, DeployedFunction>,
    readonly router: HttpRouter | null,
    /** The crons that `crons.ts` declares, by name. */
    readonly crons: Record<string, unknown>,
  ) {}

  /** Evaluates all modules: what throws at import is refused before it is installed. */
  static async load(deployment: Deployment, host: IsolateHost): Promise<Installation> {
    const modules = await LoadedModules.load(deployment.modules, host);
    const functions = new Map<string, DeployedFunction>();
    for (const module of modules.paths()) {
      for (const [name, value] of Object.entries((await modules.exportsOf(module)) ?? {})) {
        const found = deployedFunction(`${module}:${name}`, value);
        if (found !== null) functions.set(found.path, found);
      }
    }
    const mainOf = async (path: string) =>
      (await modules.exportsOf(path))?.default as Record<string, unknown> | undefined;
    const [router, crons] = [await mainOf("http.js"), await mainOf("crons.js")];
    return new Installation(
      deployment,
      tablesOf(deployment.schema),
      functions,
      router?.isRouter ? (router as unknown as HttpRouter) : null,
      crons?.isCrons ? JSON.parse((crons as unknown as { export(): string }).export()) : {},
    );
  }

  function(path: string): DeployedFunction | null {
    return this.functions.get(canonicalPath(path)) ?? null;
  }
}

function deployedFunction(path: string, exported: unknown): DeployedFunction | null {
  if (typeof exported !== "function") return null;
  const registered = exported as unknown as RegisteredFunction;
  const { isQuery, isMutation, isAction, isPublic = false } = registered;
  const kind = isQuery ? "query" : isMutation ? "mutation" : isAction ? "action" : null;
  if (kind === null) return null;
  const [args, returns] = [JSON.parse(registered.exportArgs()), JSON.parse(registered.exportReturns())];
  return { path, kind, isPublic, args, returns, registered };
}

function tablesOf(schema: unknown): Map<string, TableSchema> {
  if (schema === null) return new Map();
  const { tables, schemaValidation } = schemaExport.parse(schema);
  return new Map(
    tables.map(({ tableName, indexes, documentType }) => [
      tableName,
      {
        document: schemaValidation ? documentType : null,
        indexes: indexes.map(({ indexDescriptor, fields }) => ({ name: indexDescriptor, fields })),
      },
    ]),
  );
}
