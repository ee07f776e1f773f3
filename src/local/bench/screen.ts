/**
 * How long a deposit that has become final takes to the screen: from the burn block that makes it final until the open
 * page of the local stack shows it, as a ratio to how often sync looks at the chain.
 */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { ClarityValue } from "@stacks/transactions";
import { chromium, type Page } from "playwright-core";
import { vaultCalls } from "../../stacks/deployment";
import type { Wallet } from "../../stacks/wallet";
import { ChainClient } from "../chainClient";
import { type LocalStack, startLocalStack } from "../stack";
import { atMost, type Figure, median, ratioFigure, shownMs } from "./figure";
import type { Conditions } from "./measurements";

const CHROMIUM = "/usr/bin/chromium";
const ROUNDS = 12;
const STX = 1_000_000n;
/** Of the local stack (`environmentOf`). */
const SYNC_POLL_MS = 500;
const LOOK_EVERY_MS = 10;
const FREE_PORTS = { stacks: 0, convex: 0, convexSite: 0, web: 0 };

/** When the page first showed so many STX in the pool, by this machine's clock. */
function shownAt(page: Page, stx: number): Promise<number> {
  return page
    .getByRole("article", { name: "STX in the pool" })
    .getByText(`${stx} STX`, { exact: true })
    .first()
    .waitFor()
    .then(() => Date.now());
}

/** When the chain first had a burn block beyond the given one: what is in that one is final then. */
async function finalAt(node: string, burnHeight: number): Promise<number> {
  for (;;) {
    const tip = (await (await fetch(`${node}/extended/v2/blocks/latest`)).json()) as { burn_block_height: number };
    if (tip.burn_block_height > burnHeight) return Date.now();
    await wait(LOOK_EVERY_MS);
  }
}

async function burnHeightOf(node: string, height: number): Promise<number> {
  const block = (await (await fetch(`${node}/extended/v2/blocks/${height}`)).json()) as { burn_block_height: number };
  return block.burn_block_height;
}

/** Milliseconds from finality to screen, of one deposit each. */
async function timesOf(stack: LocalStack, page: Page, rounds: number, isLate: () => boolean): Promise<number[]> {
  const node = stack.urls.stacksApi;
  const chain = new ChainClient(node);
  const deposit = vaultCalls(stack.deployment).depositFunds(STX, null, 1n);
  const call = { ...deposit, functionArgs: deposit.functionArgs as ClarityValue[] };
  const times: number[] = [];
  for (let round = 1; round <= rounds && !(round > 3 && isLate()); round++) {
    const shown = shownAt(page, round);
    const txId = await chain.call(stack.wallets[0] as Wallet, call, { postConditionMode: "allow" });
    const { blockHeight } = await chain.succeeded(txId);
    const final = await finalAt(node, await burnHeightOf(node, blockHeight));
    times.push((await shown) - final);
  }
  return times;
}

export async function measureScreen({ size, isLate, progress }: Conditions): Promise<Figure[]> {
  if (!existsSync(CHROMIUM)) {
    progress(`SKIPPED: there is no ${CHROMIUM}; install chromium to measure the page.`);
    return [];
  }
  const stateDir = await mkdtemp(path.join(tmpdir(), "bithedge-bench-screen-"));
  progress("starting a local stack and chromium");
  const stack = await startLocalStack({ stateDir, ports: FREE_PORTS });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(stack.urls.web as string);
    await page.getByText("Proof holds").first().waitFor();
    progress("depositing");
    const times = await timesOf(stack, page, size(ROUNDS, 2), isLate);
    const polls = times.map(() => SYNC_POLL_MS);
    const detail = `${shownMs(median(times))}, ${shownMs(SYNC_POLL_MS)}`;
    const name = "a final deposit until it is on the screen, of the time between two looks of sync";
    return [ratioFigure({ name, aim: atMost(3), detail }, times, polls)];
  } finally {
    await browser.close();
    await stack.close();
    await rm(stateDir, { recursive: true, force: true });
  }
}
