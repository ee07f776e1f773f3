/**
 * Pushed ES modules, linked among themselves and evaluated on first use. The push holds finished modules, so there is
 * nothing to resolve but their relative imports.
 */
import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { type Context, SourceTextModule, type SyntheticModule } from "node:vm";
import { CODE_ROOT, FunctionError, uncaught } from "./functionCall";
import { createIsolateContext, type IsolateHost } from "./globals";
import { createNodeContext, importedBuiltIn } from "./nodeGlobals";

/** One finished ES module of the CLI's push. */
export interface PushedModule {
  path: string;
  source: string;
  /** `node` for modules that say "use node"; all others see Convex's globals only. */
  environment?: string;
}

export class LoadedModules {
  readonly #modules = new Map<string, SourceTextModule>();
  /** Each of Node's modules once; kept, as nothing else keeps what pushed modules are linked to. */
  readonly #builtIns = new Map<string, Promise<SyntheticModule>>();
  /** Where modules with "use node" run; null where there are none. */
  #node: Context | null = null;

  private constructor() {}

  /** Compiles and links; a syntax error or an import that leads nowhere throws here, before anything is installed. */
  static async load(sources: PushedModule[], host: IsolateHost): Promise<LoadedModules> {
    const loaded = new LoadedModules();
    const isolate = createIsolateContext(host);
    const usesNode = sources.some(({ environment }) => environment === "node");
    loaded.#node = usesNode ? createNodeContext(host) : null;
    for (const source of sources) {
      loaded.#compile(source, source.environment === "node" ? (loaded.#node as Context) : isolate);
    }
    for (const module of loaded.#modules.values()) {
      if (module.status !== "unlinked") continue;
      await module.link((specifier, from) => loaded.#resolve(specifier, from.identifier, from.context));
    }
    return loaded;
  }

  /** Chunks that modules share are left out: they define nothing of their own. */
  paths(): string[] {
    const paths = [...this.#modules.keys()].map((identifier) => identifier.slice(CODE_ROOT.length + 1));
    return paths.filter((path) => !path.startsWith("_deps/"));
  }

  /** The module's exports, or null where nothing was pushed under this path. */
  async exportsOf(path: string): Promise<Record<string, unknown> | null> {
    const module = this.#modules.get(`${CODE_ROOT}/${path}`);
    if (module === undefined) return null;
    await module.evaluate().catch((error) => {
      throw uncaught(error);
    });
    return module.namespace as Record<string, unknown>;
  }

  #compile({ path, source }: PushedModule, context: Context): void {
    const identifier = `${CODE_ROOT}/${path}`;
    try {
      const module = new SourceTextModule(source, {
        identifier,
        context,
        initializeImportMeta: (meta) => {
          meta.url = `convex:/${path}`;
        },
        importModuleDynamically: async (specifier) => {
          const target = await this.#resolve(specifier, identifier, context);
          await target.evaluate();
          return target;
        },
      });
      this.#modules.set(identifier, module);
    } catch (error) {
      // The error is of the isolate's realm, and does not say which module it is about.
      throw new FunctionError(`${path}: ${error}`);
    }
  }

  async #resolve(specifier: string, from: string, context: object): Promise<SourceTextModule | SyntheticModule> {
    if (context === this.#node && isBuiltin(specifier)) {
      const known = this.#builtIns.get(specifier) ?? importedBuiltIn(specifier, context as Context);
      this.#builtIns.set(specifier, known);
      return known;
    }
    const target = specifier.startsWith(".") && this.#modules.get(posix.join(posix.dirname(from), specifier));
    if (target) return target;
    throw new Error(`${from.slice(CODE_ROOT.length + 1)} imports "${specifier}", which was not pushed.`);
  }
}
