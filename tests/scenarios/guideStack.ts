/** A local stack on which nothing has happened yet, and the environment in which a guide's commands find it. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "vitest";
import { run } from "../../src/cli/program";
import { PROJECT_ROOT, type StackOptions } from "../../src/local/stack";
import { startPreparedStack } from "../engines/preparedStack";
import { readGuide } from "./guideBlocks";
import { runGuide } from "./guideShell";

export interface GuideStack {
  /** Runs a page of docs/ to its end. @param options `elsewhere`: how many of its blocks are not run */
  follow(page: string, options: { elsewhere: number }): Promise<void>;
  close(): Promise<void>;
}

export async function startGuideStack(options: Partial<StackOptions> = {}): Promise<GuideStack> {
  const stateDir = await mkdtemp(path.join(tmpdir(), "bithedge-guide-"));
  const ports = { stacks: 0, convex: 0, convexSite: 0 };
  const stack = await startPreparedStack({
    stateDir,
    ports,
    blockIntervalMs: 300,
    node: { control: true },
    ...options,
  });
  const portOf = (url: string) => new URL(url).port;
  const env = {
    STACKS_API_PORT: portOf(stack.urls.stacksApi),
    CONVEX_PORT: portOf(stack.urls.convex),
    CONVEX_SITE_PORT: portOf(stack.urls.convexSite),
    PRICE_API_PORT: portOf(stack.urls.prices),
    LOCAL_STATE_DIR: stateDir,
  };
  return {
    async follow(page, { elsewhere }) {
      const guide = readGuide(await readFile(path.join(PROJECT_ROOT, "docs", page), "utf8"));
      expect(guide.elsewhere).toHaveLength(elsewhere);
      const { fault } = await runGuide(guide, { env, cli: run });
      expect(fault && `docs/${page}: ${fault}`).toBeNull();
    },
    async close() {
      await stack.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}
