/**
 * What modules with "use node" see beside Convex's globals: Node's own, and its built-in modules. Their environment and
 * their console are the deployment's, and what would end the process ends the call.
 */
import { createRequire, isBuiltin } from "node:module";
import { type Context, createContext, SyntheticModule } from "node:vm";
import { createIsolateContext, type IsolateHost, surviving } from "./globals";

const NODE_GLOBALS = ["Buffer", "performance", "fetch", "WebSocket", "MessageChannel", "MessagePort", "MessageEvent"];
const builtIn = createRequire(import.meta.url);

export function createNodeContext(host: IsolateHost): Context {
  const context = createIsolateContext(host, createContext({}));
  const outer = globalThis as unknown as Record<string, unknown>;
  const given = NODE_GLOBALS.filter((name) => name in outer).map((name) => [name, outer[name]]);
  return Object.assign(context, Object.fromEntries(given), {
    global: context,
    process: processOf(host),
    require: (name: string) => builtInModule(name, context),
    setTimeout: (run: () => void, ms?: number) => setTimeout(surviving(run), ms),
    setInterval: (run: () => void, ms?: number) => setInterval(surviving(run), ms),
    setImmediate: (run: () => void) => setImmediate(surviving(run)),
    clearImmediate: (handle: NodeJS.Immediate) => clearImmediate(handle),
    clearTimeout: (handle: NodeJS.Timeout) => clearTimeout(handle),
    clearInterval: (handle: NodeJS.Timeout) => clearInterval(handle),
  });
}

function processOf(host: IsolateHost): NodeJS.Process {
  const exit = () => {
    throw new Error("process.exit() is not available: other calls run in this process.");
  };
  return new Proxy(process, {
    get(target, name) {
      if (name === "env") return Object.fromEntries(host.environment);
      if (name === "exit" || name === "abort" || name === "kill") return exit;
      const value = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function builtInModule(name: string, context: Context): Record<string, unknown> {
  if (!isBuiltin(name)) throw new Error(`"${name}" was not pushed, and this host installs no packages.`);
  const plain = name.replace(/^node:/, "");
  return plain === "process" || plain === "console" ? context[plain] : builtIn(name);
}

/** Node's module in the shape in which a pushed module imports it. */
export async function importedBuiltIn(name: string, context: Context): Promise<SyntheticModule> {
  const exported = builtInModule(name, context);
  const names = [...Object.keys(exported).filter((each) => each !== "default"), "default"];
  const module: SyntheticModule = new SyntheticModule(
    names,
    function fill(this: SyntheticModule) {
      for (const each of names) this.setExport(each, each === "default" ? exported : exported[each]);
    },
    { context, identifier: name },
  );
  await module.link(() => module);
  return module;
}
