/**
 * Where journeys are played: one local stack, one chromium, and visitors with tabs of their own, who see and touch only what
 * a person does. A journey's file has one stage, so that its crash or its stop is nobody else's.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterEach, beforeEach } from "vitest";
import { type LocalStack, type StackOptions, startLocalStack } from "../../../src/local/stack";
import { PATIENCE_MS } from "../../engines/patience";
import { startPreparedStack } from "../../engines/preparedStack";
import { launchBrowser } from "../browser";
import { filesForDevelopers, servePage } from "../builtPage";
import { backendOf, type StageBackend } from "./backstage";

const FREE_PORTS = { stacks: 0, convex: 0, convexSite: 0, prices: 0 };
/** Half of the usual: journeys wait for blocks most of their time. */
const BLOCK_INTERVAL_MS = 500;

/**
 * What chromium or Convex's client writes to the console where nothing is wrong: an answer that the page asked for and
 * shows in words.
 */
const EXPECTED = [
  // A transaction that no node has heard of yet is asked for until one has.
  /^Failed to load resource: .*404.* @ .*\/extended\/v[12]\/tx\//,
];

export interface Visitor {
  page: Page;
  /** What went wrong inside the page, thrown or written to the console, that nobody expected. */
  errors: string[];
  /** Lets what follows be written to the console: what this journey breaks on purpose. */
  expect(error: RegExp): void;
  /** To another page as somebody types it into the address bar. */
  visit(address: string): Promise<void>;
  close(): Promise<void>;
}

export interface Stage {
  stack: LocalStack;
  browser: Browser;
  /** The page's address. */
  url: string;
  backend: StageBackend;
  /** @param setUp before the page's first request */
  enter(address: string, setUp?: (page: Page) => Promise<unknown>, options?: BrowserContextOptions): Promise<Visitor>;
  /** Stops the stack and starts it again on the same state and ports; open pages stay open. */
  restart(meanwhile?: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

function listen(page: Page, expected: RegExp[]): string[] {
  const errors: string[] = [];
  const note = (text: string) => {
    if (!expected.some((pattern) => pattern.test(text))) errors.push(text);
  };
  page.on("pageerror", (error) => note(`${error.name}: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") note(`${message.text()} @ ${message.location().url}`);
  });
  return errors;
}

function portsOf({ urls }: LocalStack): StackOptions["ports"] {
  const portOf = (url: string | null) => Number(new URL(url ?? "").port);
  return {
    stacks: portOf(urls.stacksApi),
    convex: portOf(urls.convex),
    convexSite: portOf(urls.convexSite),
    prices: portOf(urls.prices),
    ...(urls.web !== null && { web: portOf(urls.web) }),
  };
}

export interface StageOptions extends Partial<StackOptions> {
  /** `built` once a run if left out; from its sources is how `npm start` serves it. */
  pageFrom?: "built" | "sources";
}

export async function openStage({ pageFrom = "built", ...options }: StageOptions = {}): Promise<Stage> {
  const stateDir = await mkdtemp(path.join(tmpdir(), "bithedge-journey-"));
  const settings = { stateDir, blockIntervalMs: BLOCK_INTERVAL_MS, node: { control: true }, ...options };
  const ports = pageFrom === "sources" ? { ...FREE_PORTS, web: 0 } : FREE_PORTS;
  let stack = await startPreparedStack({ ports, ...settings });
  const host = stack.urls.web === null ? await servePage(await filesForDevelopers(), stack.config) : null;
  const browser = await launchBrowser();
  const stage: Stage = {
    get stack() {
      return stack;
    },
    browser,
    url: stack.urls.web ?? host?.url ?? "",
    backend: backendOf(() => stack),
    async enter(address, setUp = async () => {}, context = {}) {
      const page = await browser.newPage({
        viewport: { width: 1280, height: 900 },
        reducedMotion: "reduce",
        ...context,
      });
      page.setDefaultTimeout(PATIENCE_MS);
      const expected = [...EXPECTED];
      const errors = listen(page, expected);
      await setUp(page);
      const visit = async (to: string) => void (await page.goto(`${stage.url}${to}`));
      await visit(address);
      return { page, errors, expect: (error) => void expected.push(error), visit, close: () => page.close() };
    },
    async restart(meanwhile = async () => {}) {
      const ports = portsOf(stack);
      await stack.close();
      await meanwhile();
      stack = await startLocalStack({ ...settings, ports, functions: "kept" });
    },
    async close() {
      await browser.close();
      host?.close();
      await stack.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
  return stage;
}

/** Each test of a story goes on from the one before: behind one that failed nothing can be told, and minutes are not waited. */
export function asOneStory(): void {
  let isBroken = false;
  beforeEach(({ skip }) => skip(isBroken, "the story broke before this"));
  afterEach(({ task }) => {
    isBroken ||= task.result?.state === "fail" || (task.result?.errors?.length ?? 0) > 0;
  });
}
