/**
 * Runs a part of the local stack in a worker thread, so that a call that never returns freezes that part alone. Without
 * a heartbeat the thread is ended, what it was at is named, and the part starts again on the same state, which loses
 * nothing that was acknowledged; everything else goes on meanwhile.
 */
import { Worker } from "node:worker_threads";
import { Activity } from "./activity";
import { bundled } from "./bundle";

const THREAD = new URL("./thread.ts", import.meta.url);
const HEARTBEAT_EVERY_MS = 1_000;
const HUNG_AFTER_MS = 30_000;
/** A part that ends sooner than this after its start would only end again. */
const WORTH_STARTING_AGAIN_MS = 10_000;

/** The function that starts the part: an export of a module. Its options and its handle's facts must be cloneable. */
export interface Service<Options, Facts> {
  /** As the subject of a sentence, such as "The Stacks node". */
  name: string;
  module: URL;
  start: string;
  execArgv?: string[];
  /** The options with which the part starts again where it was. @param hungAt what it told `onActivity` last, if it hung */
  again(options: Options, facts: Facts, hungAt: string): Options;
}

export type FromWorker =
  | { kind: "ready"; facts: object }
  | { kind: "failed"; message: string }
  | { kind: "log"; line: string }
  | { kind: "heartbeat" };
export type ToWorker = { kind: "heartbeat" } | { kind: "close" };

export interface Supervision {
  onLog?: (line: string) => void;
  /** Told once when the part has ended without having been closed, and could not be started again. */
  onExit?: (reason: string) => void;
  hungAfterMs?: number;
}

/** Why a thread ended without having been closed. */
interface End {
  reason: string;
  /** Empty where it did not hang. */
  hungAt: string;
}

interface Thread<Facts> {
  facts: Facts;
  startedAt: number;
  ended: Promise<End>;
  close(): Promise<void>;
}

export async function startInWorker<Options extends object, Facts extends object>(
  service: Service<Options, Facts>,
  options: Options,
  supervision: Supervision,
): Promise<Facts & { close(): Promise<void> }> {
  const { onLog = () => {}, onExit = () => {} } = supervision;
  let isClosing = false;
  let current = startThread(service, options, supervision);
  const { facts } = await current;
  const startAgain = async (thread: Thread<Facts>): Promise<void> => {
    const { reason, hungAt } = await thread.ended;
    if (isClosing) return;
    if (hungAt === "" && performance.now() - thread.startedAt < WORTH_STARTING_AGAIN_MS) return onExit(reason);
    onLog(`${reason} It is started again.`);
    current = startThread(service, service.again(options, facts, hungAt), supervision);
    await current.then(startAgain, (error) => onExit(`${reason} It could not be started again: ${error.message}`));
  };
  void current.then(startAgain);
  const close = async (): Promise<void> => {
    isClosing = true;
    await current.then((thread) => thread.close()).catch(() => {});
  };
  return { ...facts, close };
}

async function startThread<Options extends object, Facts extends object>(
  { name, module, start, execArgv = [] }: Service<Options, Facts>,
  options: Options,
  { onLog, hungAfterMs = HUNG_AFTER_MS }: Supervision,
): Promise<Thread<Facts>> {
  const activity = new Activity();
  const [thread, part] = await Promise.all([bundled(THREAD), bundled(module)]);
  const workerData = { module: part.href, start, options, activity: activity.memory };
  // The parent's own options, such as a test runner's or `--import tsx`, are not for the thread.
  const worker = new Worker(thread, { workerData, execArgv: ["--enable-source-maps", ...execArgv] });
  const tell = (message: ToWorker): void => worker.postMessage(message);
  let isReady = false;
  let end: End | null = null;
  let unansweredBeats = 0;
  const heartbeat = setInterval(() => {
    // Beats are counted rather than timed: a machine that slept has sent none. A start may compile or replay for long,
    // but what it runs of others' code may hang it too.
    if (!isReady && activity.get() === "") return;
    if (unansweredBeats * HEARTBEAT_EVERY_MS >= hungAfterMs) {
      const hungAt = activity.get() || "nothing that has a name";
      const [what = ""] = hungAt.split("\n");
      end ??= { reason: `${name} did not answer for ${hungAfterMs} ms and was ended. It was at ${what}.`, hungAt };
      void worker.terminate();
    } else {
      unansweredBeats += 1;
      tell({ kind: "heartbeat" });
    }
  }, HEARTBEAT_EVERY_MS);
  const fail = (reason: string): void => {
    end ??= { reason, hungAt: "" };
  };
  worker.on("error", (error) => {
    fail(`${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
  });
  const ended = new Promise<End>((resolve) => {
    worker.once("exit", (code) => {
      clearInterval(heartbeat);
      fail(`${name} ended with code ${code}.`);
      resolve(end as End);
    });
  });
  const facts = await new Promise<Facts>((resolve, reject) => {
    worker.on("message", (message: FromWorker) => {
      unansweredBeats = 0;
      if (message.kind === "log") onLog?.(message.line);
      if (message.kind === "failed") fail(message.message);
      if (message.kind === "ready") {
        isReady = true;
        resolve(message.facts as Facts);
      }
    });
    void ended.then(({ reason }) => reject(new Error(reason)));
  });
  const close = async (): Promise<void> => {
    tell({ kind: "close" });
    await ended;
  };
  return { facts, startedAt: performance.now(), ended, close };
}
