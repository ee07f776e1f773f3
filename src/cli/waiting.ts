/** Waits for something that others have to do, telling on what; what stands when the patience ends is said. */
import { setTimeout as pause } from "node:timers/promises";
import { ApiError, type Block } from "../stacks/api";
import type { Cli } from "./cli";
import { Failure } from "./errors";
import type { SyncStatus } from "./views/pool";

const POLL_MS = { local: 400, elsewhere: 5_000 };
/** Seconds. */
const PATIENCE = { local: 300, elsewhere: 3_600 };

interface Awaited<T> {
  /** As it will be: "the policy is active". */
  what: string;
  look: () => Promise<T>;
  holds: (seen: T) => boolean;
}

/** An answer that fails to come is waited for as well: nothing is lost by asking again. */
async function looked<T>(look: () => Promise<T>): Promise<{ seen: T } | null> {
  try {
    return { seen: await look() };
  } catch (error) {
    if (error instanceof ApiError || (error instanceof Failure && error.kind === "unreachable")) return null;
    throw error;
  }
}

/** Looks until what it sees is what was waited for. @throws a Failure "late" behind --timeout */
export async function waitUntil<T>(cli: Cli, { what, look, holds }: Awaited<T>): Promise<T> {
  const kind = (await cli.place()).name === "local" ? "local" : "elsewhere";
  const seconds = cli.options.timeout ?? PATIENCE[kind];
  const deadline = Date.now() + seconds * 1_000;
  let isTold = false;
  for (;;) {
    const answer = await looked(look);
    if (answer && holds(answer.seen)) return answer.seen;
    if (!isTold) cli.out.progress(`Waiting until ${what} …`);
    isTold = true;
    const left = deadline - Date.now();
    if (left <= 0) {
      const why = answer ? "it is not so yet" : "nobody answers";
      throw new Failure("late", "STILL_WAITING", `Waited ${seconds} seconds until ${what}: ${why}. ${cli.standing}`);
    }
    await pause(Math.min(POLL_MS[kind], left));
  }
}

/** Whether the backend has read the chain up to a block. Blocks may share their second, so the height is asked as well. */
export const hasRead = (
  { asOf, tipHeight }: Pick<SyncStatus, "asOf" | "tipHeight">,
  { height, block_time }: Pick<Block, "height" | "block_time">,
): boolean => asOf >= block_time * 1_000 && tipHeight >= height;
