/** A port for what has to be found at the same place again after it was stopped. */
import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Below those that the system itself gives to connections and to whoever asks for port 0. */
const [FIRST, END] = [20_000, 32_000];
const given = new Set<number>();

const isFree = (port: number) =>
  new Promise<boolean>((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });

/** One that nobody listens on now, and that nobody is likely to take before it is used; never the same twice. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, END);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}
