/**
 * A local stack on a state that was begun once a run: the chain with the launched vault, the backend's functions as the
 * official CLI pushed them, first prices, a first proof. Each is a copy of its own. Where a test has first prices of its own
 * there is nothing to copy.
 */
import { cp } from "node:fs/promises";
import { type LocalStack, type StackOptions, startLocalStack } from "../../src/local/stack";
import { prepared } from "./prepared";

async function begin(stateDir: string): Promise<void> {
  const ports = { stacks: 0, convex: 0, convexSite: 0 };
  const stack = await startLocalStack({ stateDir, ports, blockIntervalMs: 100 });
  await stack.close();
}

/** The folder to copy. */
export const preparedState = () => prepared("stack", begin);

/** @param options `stateDir`: an empty folder */
export async function startPreparedStack(options: StackOptions): Promise<LocalStack> {
  if (options.marketPrices) return startLocalStack(options);
  await cp(await preparedState(), options.stateDir, { recursive: true });
  return startLocalStack({ ...options, functions: "kept" });
}
