/**
 * Pushed ES modules, linked among themselves and evaluated on first use. The push holds finished modules, so there is
 * nothing to resolve but their relative imports, and the packages that "use node" modules leave to Node.
 */
import { SourceMap, type SourceMapPayload } from "node:module";
import { posix } from "node:path";
import { types } from "node:util";
import { type Context, type Module, SourceTextModule, type SourceTextModuleOptions, SyntheticModule } from "node:vm";
import type { PushedModule } from "./engine";
import { FunctionError, uncaught } from "./functionErrors";
import { createIsolateContext, type IsolateHost, serveNodeModules } from "./globals";

/** Where pushed modules seem to lie in stack traces, as on Convex. */
const ROOT = "../convex";
const MAX_STACK_LINES = 8;

export class LoadedModules {
  readonly #sources = new Map<string, PushedModule>();
  readonly #modules = new Map<string, SourceTextModule>();
  readonly #sourceMaps = new Map<string, SourceMap>();

  private constructor() {}

  /** Compiles and links; a syntax error or an import that leads nowhere throws here, before anything is installed. */
  static async load(sources: PushedModule[], host: IsolateHost): Promise<LoadedModules> {
    const loaded = new LoadedModules();
    const isolate = createIsolateContext(host);
    if (sources.some(({ environment }) => environment === "node")) serveNodeModules();
    for (const source of sources) loaded.#compile(source, isolate);
    for (const module of loaded.#modules.values()) {
      if (module.status === "unlinked")
        await module.link((specifier, from) => loaded.#resolve(specifier, from.identifier));
    }
    return loaded;
  }

  paths(): string[] {
    return [...this.#sources.keys()];
  }

  environment(path: string): "isolate" | "node" {
    return this.#sources.get(path)?.environment ?? "isolate";
  }

  /** The module's exports, or null where nothing was pushed under this path. */
  async exportsOf(path: string): Promise<Record<string, unknown> | null> {
    const module = this.#modules.get(`${ROOT}/${path}`);
    if (module === undefined) return null;
    await module.evaluate().catch((error) => {
      throw uncaught(error, this);
    });
    return module.namespace as Record<string, unknown>;
  }

  /** The stack lines of an error that lie in pushed code, at their place in the original source where a map tells it. */
  stackOf(error: unknown): string {
    const stack = types.isNativeError(error) ? String(error.stack) : "";
    const lines = stack.split("\n").filter((line) => line.trimStart().startsWith("at ") && line.includes(`${ROOT}/`));
    return lines
      .slice(0, MAX_STACK_LINES)
      .map((line) => `\n${this.#original(line)}`)
      .join("");
  }

  #compile(source: PushedModule, isolate: Context): void {
    const identifier = `${ROOT}/${source.path}`;
    const options: SourceTextModuleOptions = {
      identifier,
      ...(source.environment === "isolate" ? { context: isolate } : {}),
      initializeImportMeta: (meta) => {
        meta.url = `convex:/${source.path}`;
      },
      importModuleDynamically: async (specifier) => {
        const target = await this.#resolve(specifier, identifier);
        if (target.status === "unlinked") await target.link(() => Promise.reject(new Error("no imports")));
        await target.evaluate();
        return target;
      },
    };
    try {
      this.#modules.set(identifier, new SourceTextModule(source.source, options));
    } catch (error) {
      // The error is of the isolate's realm, and does not say which module it is about.
      throw new FunctionError(`${source.path}: ${error}`);
    }
    this.#sources.set(source.path, source);
  }

  async #resolve(specifier: string, from: string): Promise<Module> {
    const path = from.slice(ROOT.length + 1);
    if (specifier.startsWith("./") || specifier.startsWith("../")) {
      const target = this.#modules.get(posix.join(posix.dirname(from), specifier));
      if (target !== undefined) return target;
    } else if (this.environment(path) === "node") {
      return nativeModule(specifier);
    }
    throw new Error(`${path} imports "${specifier}", which was not pushed.`);
  }

  #original(line: string): string {
    return line.replace(/\.\.\/convex\/([^\s:()]+):(\d+):(\d+)/, (place, path: string, row: string, column: string) => {
      const entry = this.#sourceMap(path)?.findEntry(Number(row) - 1, Number(column) - 1);
      if (!entry || !("originalSource" in entry)) return place;
      return `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    });
  }

  #sourceMap(path: string): SourceMap | null {
    const text = this.#sources.get(path)?.sourceMap;
    if (text === undefined) return null;
    const known = this.#sourceMaps.get(path) ?? new SourceMap(JSON.parse(text) as SourceMapPayload);
    this.#sourceMaps.set(path, known);
    return known;
  }
}

/** A package or a part of Node, as a module that others can link to. */
async function nativeModule(specifier: string): Promise<SyntheticModule> {
  const exports = (await import(/* @vite-ignore */ specifier)) as Record<string, unknown>;
  return new SyntheticModule(
    Object.keys(exports),
    function (this: SyntheticModule) {
      for (const [name, value] of Object.entries(exports)) this.setExport(name, value);
    },
    { identifier: specifier },
  );
}
