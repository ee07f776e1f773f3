/**
 * A deployment in memory: its modules, its functions by path, and its schema. Immutable; the next deploy makes another,
 * while actions that still run keep theirs.
 */
import type { ValidatorJSON } from "convex/values";
import { z } from "zod";
import type { Deployment, FunctionKind } from "./engine";
import { functionNotFound } from "./functionErrors";
import type { IsolateHost } from "./globals";
import { LoadedModules } from "./isolate";
import type { IndexDefinition } from "./tables";

/** A function as the official package registers it. */
export interface RegisteredFunction {
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
  getRoutes(): (readonly [string, string, unknown])[];
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
  modules: LoadedModules;
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

export function kindOf(registered: Partial<RegisteredFunction>): FunctionKind | null {
  if (registered.isQuery) return "query";
  if (registered.isMutation) return "mutation";
  return registered.isAction ? "action" : null;
}

export function isRegistered(value: unknown): value is RegisteredFunction {
  return typeof value === "function" && kindOf(value as Partial<RegisteredFunction>) !== null;
}

export function isRouter(value: unknown): value is HttpRouter {
  return typeof value === "object" && value !== null && "isRouter" in value;
}

/** `folder/module:name` in the form that is shown and stored; a path without a name means the default export. */
export function canonicalPath(path: string): string {
  const [module = "", name = "default"] = path.split(":");
  return `${module.replace(/\.js$/, "")}.js:${name}`;
}

export class Installation {
  readonly #functions = new Map<string, DeployedFunction>();

  private constructor(
    readonly deployment: Deployment,
    readonly modules: LoadedModules,
    readonly tables: ReadonlyMap<string, TableSchema>,
  ) {}

  static async load(deployment: Deployment, host: IsolateHost): Promise<Installation> {
    const modules = await LoadedModules.load(deployment.modules, host);
    return new Installation(deployment, modules, tablesOf(deployment.schema));
  }

  async function(path: string): Promise<DeployedFunction> {
    const canonical = canonicalPath(path);
    const known = this.#functions.get(canonical);
    if (known !== undefined) return known;
    const [module = "", name = ""] = canonical.split(":");
    const registered = (await this.modules.exportsOf(module))?.[name];
    if (!isRegistered(registered)) throw functionNotFound(path);
    const found: DeployedFunction = {
      path: canonical,
      kind: kindOf(registered) as FunctionKind,
      isPublic: registered.isPublic === true,
      args: JSON.parse(registered.exportArgs()),
      returns: JSON.parse(registered.exportReturns()),
      registered,
      modules: this.modules,
    };
    this.#functions.set(canonical, found);
    return found;
  }

  async router(): Promise<HttpRouter | null> {
    const router = (await this.modules.exportsOf("http.js"))?.default;
    return isRouter(router) ? router : null;
  }

  /** The crons that `crons.ts` declares, by name. */
  async crons(): Promise<Record<string, unknown>> {
    const crons = (await this.modules.exportsOf("crons.js"))?.default as { export?: () => string } | undefined;
    return crons?.export ? JSON.parse(crons.export()) : {};
  }
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
