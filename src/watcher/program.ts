/** The watcher's program, callable within another one: arguments, environment and streams come in, the exit code comes out. */
import { setTimeout as pause } from "node:timers/promises";
import { stacksApi } from "../stacks/api";
import { vaultCalls } from "../stacks/deployment";
import { publicBackend } from "./backend";
import { freshMemory, type Memory } from "./memory";
import { HELP, Misunderstood, type Request, readRequest } from "./options";
import { Guardian } from "./pause";
import { type Report, reportTo } from "./report";
import { readState, StateFileProblem, writeState } from "./stateFile";
import { Watcher } from "./watcher";

const EXIT = { fine: 0, misunderstood: 2, silent: 4, found: 7 } as const;

export interface Streams {
  /** A line each. */
  out: (line: string) => void;
  error: (line: string) => void;
}

const HEARTBEAT_MS = 60_000;

/** @param ending ends it after the look that it is in */
export async function runWatcher(
  argv: string[],
  environment: Record<string, string | undefined>,
  { streams, ending }: { streams: Streams; ending: AbortSignal },
): Promise<number> {
  try {
    const request = await readRequest(argv, environment);
    if (!request) {
      streams.out(HELP);
      return EXIT.fine;
    }
    const memory = await rememberedBy(request);
    const { form, webhookUrl, guardian } = request;
    const hands = guardian ? ("guardian" as const) : ("none" as const);
    const report = reportTo({ write: streams.out, form, webhookUrl, hands });
    if (guardian) {
      const refusal = await refusalOf(request, guardian.address);
      if (refusal) return refused(streams, refusal);
    }
    const watcher = watcherOf(request, memory, report);
    return request.times === "once" ? await once(watcher, request) : await always(watcher, { request, report, ending });
  } catch (error) {
    if (!(error instanceof Misunderstood || error instanceof StateFileProblem)) throw error;
    return refused(streams, { code: EXIT.misunderstood, message: error.message });
  }
}

interface Refusal {
  code: number;
  message: string;
}

function refused({ error }: Streams, { code, message }: Refusal): number {
  error(message);
  return code;
}

async function rememberedBy({ stateFile, deployment, fromSequence }: Request): Promise<Memory | null> {
  const kept = stateFile === null ? null : await readState(stateFile, deployment);
  return kept ?? (fromSequence === null ? null : freshMemory(fromSequence));
}

/** Whether this key can pause the vault at all; null: it can. */
async function refusalOf({ deployment, apiUrl, apiKey }: Request, address: string): Promise<Refusal | null> {
  try {
    const api = stacksApi(apiUrl, { apiKey });
    const { index_block_hash: tip } = await api.latestBlock();
    const { guardian } = await api.readOnly(vaultCalls(deployment).getVaultState(), tip);
    if (guardian === address) return null;
    const message = `The guardian of ${deployment.vaultContract} is ${guardian}, and this key is that of ${address}, which can pause nothing. Use the guardian's key, or --dry-run.`;
    return { code: EXIT.misunderstood, message };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { code: EXIT.silent, message: `The vault can't be read at ${apiUrl}: ${why}` };
  }
}

function watcherOf(request: Request, memory: Memory | null, report: Report): Watcher {
  const { deployment, apiUrl, apiKey, patienceMs, feeRule, stateFile, guardian: wallet } = request;
  const api = { apiKey };
  const silenceMs = request.times === "once" ? 0 : patienceMs;
  const patience = { silenceMs, lagMs: patienceMs, feeLimitUstx: feeRule.limitUstx };
  const chain = { deployment, apiUrl, api, finalityBurnBlocks: request.finalityBurnBlocks };
  const settings = { ...chain, ...patience, graceMs: request.graceMs, newestEvents: request.newestEvents };
  const { privateKey } = wallet ?? {};
  const guardian = privateKey ? new Guardian({ deployment, apiUrl, api, privateKey, feeRule }) : null;
  return new Watcher(settings, { backend: publicBackend(request.convexUrl), guardian, report, keep: keeper() }, memory);

  /** A full disk must not keep it from pausing. */
  function keeper() {
    let isBroken = false;
    return async (kept: Memory) => {
      // What was only told must not count as told when somebody can do something about it.
      if (stateFile === null || !wallet) return;
      try {
        await writeState(stateFile, deployment, kept);
        isBroken = false;
      } catch (error) {
        if (!isBroken) report.note("state", `The state can't be kept: ${(error as Error).message}`, {});
        isBroken = true;
      }
    };
  }
}

/** A proof counts when two looks find the same, so there are two. */
async function once(watcher: Watcher, { pollMs }: Request): Promise<number> {
  const first = await watcher.look();
  await pause(pollMs);
  const second = await watcher.look();
  return first.length + second.length > 0 ? EXIT.found : EXIT.fine;
}

async function always(
  watcher: Watcher,
  { request, report, ending }: { request: Request; report: Report; ending: AbortSignal },
): Promise<number> {
  let lastHeartbeat = Number.NEGATIVE_INFINITY;
  while (!ending.aborted) {
    try {
      await watcher.look();
    } catch (error) {
      // A mistake of its own must not blind it for good.
      report.note("problem", `A look failed: ${error instanceof Error ? error.stack : error}`, {});
    }
    if (Date.now() - lastHeartbeat >= HEARTBEAT_MS) {
      report.heartbeat(watcher.facts());
      lastHeartbeat = Date.now();
    }
    await pause(request.pollMs, undefined, { signal: ending }).catch(() => {});
  }
  return EXIT.fine;
}
