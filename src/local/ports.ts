/** The ports on which the local stack listens: the variables that move them, and the refusal of those that are taken. */
import { createServer } from "node:net";

export interface StackPorts {
  stacks: number;
  convex: number;
  convexSite: number;
  /** The local market; left out: any free one. */
  prices?: number;
  /** Left out: no web page. */
  web?: number;
}

/** Names every port that is taken, at once. */
export async function requireFreePorts(ports: StackPorts): Promise<void> {
  const taken = await Promise.all(
    Object.entries(ports).map(
      ([name, port]) =>
        new Promise<string | null>((resolve) => {
          const probe = createServer();
          probe.once("error", () => resolve(`${port} (${PORT_VARIABLE[name as keyof StackPorts]})`));
          probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(null)));
        }),
    ),
  );
  const named = taken.filter((port) => port !== null);
  if (named.length === 0) return;
  throw new Error(
    `These ports are taken: ${named.join(", ")}. Stop what uses them, or set the variables to other ports.`,
  );
}

export const PORT_VARIABLE: Record<keyof StackPorts, string> = {
  stacks: "STACKS_API_PORT",
  convex: "CONVEX_PORT",
  convexSite: "CONVEX_SITE_PORT",
  prices: "PRICE_API_PORT",
  web: "WEB_PORT",
};
