/**
 * One mounted component in memory (the app is one): its functions by path, its schema, its HTTP routes and its crons.
 * Immutable; the next deploy makes another, while actions that still run keep theirs.
 */
import type { ValidatorJSON } from "convex/values";
import { z } from "zod";
import { type Definition, definitionOf, type Mount } from "./componentTree";
import { canonicalPath, type FunctionKind } from "./functionCall";
import type { IsolateHost } from "./globals";
import type { IndexDefinition } from "./indexes";
import { LoadedModules } from "./isolate";

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
  /** The path of the component that it belongs to. */
  component: string;
  /** Canonical, such as `messages.js:send`. */
  path: string;
  kind: FunctionKind;
  isPublic: boolean;
  args: ValidatorJSON;
  /** null where the function declares none. */
  returns: ValidatorJSON | null;
  registered: RegisteredFunction;
}

/** Names with an underscore in front are the host's own. */
const identifier = z
  .string()
  .regex(
    /^[a-zA-Z][a-zA-Z0-9_]{0,63}$/,
    "a name starts with a letter and has at most 64 letters, digits or underscores",
  );

const schemaExport = z.object({
  schemaValidation: z.boolean(),
  tables: z.array(
    z.object({
      tableName: identifier,
      indexes: z.array(z.object({ indexDescriptor: identifier, fields: z.array(z.string()) })),
      documentType: z.custom<ValidatorJSON>(),
    }),
  ),
});

export interface TableSchema {
  /** null where the schema says not to validate. */
  document: ValidatorJSON | null;
  indexes: IndexDefinition[];
}

export class Component {
  private constructor(
    readonly path: string,
    readonly definitionPath: string,
    readonly definition: Definition,
    readonly tables: ReadonlyMap<string, TableSchema>,
    readonly functions: ReadonlyMap<string, DeployedFunction>,
    readonly router: HttpRouter | null,
    /** The crons that `crons.ts` declares, by name. */
    readonly crons: Record<string, unknown>,
    /** Kept for as long as the functions are: these may still import something. */
    readonly modules: LoadedModules,
  ) {}

  /** Evaluates all modules: what throws at import is refused before it is installed. */
  static async load(mount: Mount, host: IsolateHost): Promise<Component> {
    const { path, definitionPath, code } = mount;
    const modules = await LoadedModules.load(code.modules, host);
    const functions = new Map<string, DeployedFunction>();
    const inNode = new Set(code.modules.filter(({ environment }) => environment === "node").map((each) => each.path));
    for (const module of modules.paths()) {
      for (const [name, value] of Object.entries((await modules.exportsOf(module)) ?? {})) {
        const found = deployedFunction(path, `${module}:${name}`, value);
        if (found === null) continue;
        if (inNode.has(module) && found.kind !== "action") throw new Error(onlyActionsInNode(found, name, module));
        functions.set(found.path, found);
      }
    }
    const mainOf = async (module: string) =>
      (await modules.exportsOf(module))?.default as Record<string, unknown> | undefined;
    const [router, crons] = [await mainOf("http.js"), await mainOf("crons.js")];
    return new Component(
      path,
      definitionPath,
      definitionOf(mount),
      tablesOf(code.schema),
      functions,
      router?.isRouter ? (router as unknown as HttpRouter) : null,
      crons?.isCrons ? JSON.parse((crons as unknown as { export(): string }).export()) : {},
      modules,
    );
  }

  function(path: string): DeployedFunction | null {
    return this.functions.get(canonicalPath(path)) ?? null;
  }
}

function onlyActionsInNode({ kind }: DeployedFunction, name: string, module: string): string {
  const rule =
    "Only actions can be defined in Node.js. See https://docs.convex.dev/functions/actions for more details.";
  return `\`${name}\` defined in \`${module}\` is a ${kind} function. ${rule}`;
}

function deployedFunction(component: string, path: string, exported: unknown): DeployedFunction | null {
  if (typeof exported !== "function") return null;
  const registered = exported as unknown as RegisteredFunction;
  const { isQuery, isMutation, isAction, isPublic = false } = registered;
  const kind = isQuery ? "query" : isMutation ? "mutation" : isAction ? "action" : null;
  if (kind === null) return null;
  const [args, returns] = [JSON.parse(registered.exportArgs()), JSON.parse(registered.exportReturns())];
  return { component, path, kind, isPublic, args, returns, registered };
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
