/** A deployment in memory: the app and every component that it mounts, and how code of one finds functions of another. */
import { Component, type DeployedFunction } from "./component";
import { childPath, type Deployment, type Mount, mountsOf } from "./componentTree";
import { BUILT_IN_VARIABLES } from "./environment";
import type { FunctionCall } from "./functionCall";
import type { IsolateHost } from "./globals";

/** How the official package names a function: by a path in the same component, by a child's export, or by a handle. */
export interface FunctionAddress {
  name?: string;
  reference?: string;
  functionHandle?: string;
}

type Route = { component: string; invoke(request: Request): Promise<Response> };

const CHILD_REFERENCE = "_reference/childComponent/";
const HANDLE = "function://";

export class Installation {
  private constructor(
    readonly deployment: Deployment,
    readonly components: ReadonlyMap<string, Component>,
  ) {}

  static async load(deployment: Deployment, host: IsolateHost): Promise<Installation> {
    const components = new Map<string, Component>();
    for (const mount of mountsOf(deployment)) {
      components.set(mount.path, await Component.load(mount, hostOf(mount, host)));
    }
    return new Installation(deployment, components);
  }

  get app(): Component {
    return this.components.get("") as Component;
  }

  function(component: string, path: string): DeployedFunction | null {
    return this.components.get(component)?.function(path) ?? null;
  }

  /** Where code of a component leads that calls, schedules or wants a handle. */
  resolve(from: string, { name, reference, functionHandle }: FunctionAddress): Omit<FunctionCall, "args"> {
    if (name !== undefined) return { component: from, path: name, fromInside: true };
    if (functionHandle !== undefined) return handleTarget(functionHandle);
    if (!reference?.startsWith(CHILD_REFERENCE)) throw new Error(`${reference} is no reference to a function.`);
    const [child = "", ...exported] = reference.slice(CHILD_REFERENCE.length).split("/");
    const component = childPath(from, child);
    if (!this.components.has(component)) throw new Error(`Child component "${component}" not found.`);
    const path = `${exported.slice(0, -1).join("/")}:${exported.at(-1)}`;
    if (this.function(component, path)?.isPublic) return { component, path, fromInside: true };
    throw new Error(`Child component "${component}" does not export "${exported.join(".")}".`);
  }

  /** The same for as long as the function has its place, over pushes and restarts. */
  handleOf(from: string, address: FunctionAddress): string {
    const { component = "", path } = this.resolve(from, address);
    const found = this.function(component, path);
    if (found === null) throw new Error(`Function handle not found: there is no function "${path}".`);
    return `${HANDLE}${component}#${found.path}`;
  }

  /** A component's own routes come first, then those of the children that are mounted below the path. */
  route(pathname: string, method: string, component = this.app, prefix = this.app.definition.httpPrefix): Route | null {
    if (prefix !== undefined && !pathname.startsWith(prefix)) return null;
    const path = prefix === undefined ? pathname : pathname.slice(prefix.length - 1);
    const own = component.router?.lookup(path, method);
    if (own) return { component: component.path, invoke: (request) => own[0].invokeHttpAction(request) };
    for (const [mountedAt, reference] of Object.entries(component.definition.httpMounts)) {
      const child = this.components.get(childPath(component.path, reference.slice(CHILD_REFERENCE.length)));
      const found = child && this.route(path, method, child, mountedAt);
      if (found) return found;
    }
    return null;
  }
}

function handleTarget(handle: string): Omit<FunctionCall, "args"> {
  const [component, path] = handle.slice(HANDLE.length).split("#");
  if (!handle.startsWith(HANDLE) || component === undefined || path === undefined) {
    throw new Error(`Invalid function handle ${JSON.stringify(handle)}.`);
  }
  return { component, path, fromInside: true };
}

/** A component sees of the environment what its parent gives it, and what is built in. */
function hostOf(mount: Mount, host: IsolateHost): IsolateHost {
  if (mount.parent === null) return host;
  const { parent, bindings } = mount;
  return {
    now: () => host.now(),
    get environment() {
      const given = hostOf(parent, host).environment;
      const builtIn = [...given].filter(([name]) => BUILT_IN_VARIABLES.has(name));
      const bound = [...bindings].flatMap(([name, binding]): [string, string][] => {
        const value = binding.type === "value" ? binding.value : given.get(binding.name);
        return value === undefined ? [] : [[name, value]];
      });
      return new Map([...builtIn, ...bound]);
    },
  };
}
