/** A provider's day, from the first look to the last withdrawal, while somebody else's window follows without a reload. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasBrowser, screenshot } from "../browser";
import { deposit, fillDeposit, follow, heading, region, review, send, shows, signIn } from "./acts";
import { openStage, type Stage, type Visitor } from "./stage";

let stage: Stage;
let provider: Visitor;
/** Never signs in, never reloads. */
let onlooker: Visitor;
let page: Page;

const form = (name: string) => region(page, name);
const row = (name: string) => region(page, "Your capital").getByRole("row", { name });
const pooled = (token: string) => onlooker.page.getByRole("article", { name: `${token} in the pool` });

async function cells(name: string): Promise<string[]> {
  return row(name).getByRole("cell").allInnerTexts();
}

async function askToWithdraw(amount: string) {
  await form("Withdraw").getByLabel("Amount").fill(amount);
  return review(page, "Review withdrawal");
}

describe.runIf(hasBrowser())("a provider", { timeout: 240_000 }, () => {
  beforeAll(async () => {
    stage = await openStage();
    [provider, onlooker] = await Promise.all([stage.enter("/deposit"), stage.enter("/")]);
    page = provider.page;
  }, 300_000);
  afterAll(() => stage?.close());

  test("sees the pool and its proof without signing in", async () => {
    await shows(onlooker.page, "Proof holds");
    await pooled("STX").getByText("0 STX", { exact: true }).first().waitFor();
  });

  test("signs in, out, and in with another wallet, where it was asked for", async () => {
    await heading(page, "Deposit");
    expect(await page.getByRole("button", { name: "Review deposit" }).count()).toBe(0);
    await signIn(page, "wallet_2");
    await page.getByRole("button", { name: "Review deposit" }).waitFor();
  });
});
