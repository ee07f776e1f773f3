/**
 * The market of March 2020 as a provider lives through it on the page: prices tick, a crash warns, a price calls, a deposit
 * cures; and what a price tick makes the page ask.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasBrowser } from "../browser";
import { type Answers, countAnswers } from "../socketFrames";
import {
  askFor,
  becomes,
  deposit,
  figuresOf,
  follow,
  followed,
  heading,
  isInHealth,
  region,
  review,
  send,
  signIn,
} from "./acts";
import { asOneStory, openStage, type Stage, type Visitor } from "./stage";

const USD = 1_000_000n;
/** The close of 11 March 2020. */
const BEFORE = 7_911_430_000n;

let stage: Stage;
let provider: Visitor;
let buyer: Visitor;
let answers: Answers;

const position = (name: string) => provider.page.getByRole("region", { name, exact: true });

/** What may be asked again by each block, and says nothing of money. */
const BY_BLOCK = ["liquidity:getSyncStatus"];

describe.runIf(hasBrowser())("the market", { timeout: 900_000 }, () => {
  asOneStory();
  beforeAll(async () => {
    stage = await openStage({ marketPrices: { BTC: BEFORE, STX: (3n * USD) / 2n } });
    [provider, buyer] = await Promise.all([
      stage.enter("/deposit", async (page) => {
        answers = countAnswers(page);
      }),
      stage.enter("/policies"),
    ]);
  });
  afterAll(() => stage?.close());

  test("finds a provider at work, who takes out a part of what is free", async () => {
    const { page } = provider;
    await signIn(page, "wallet_3");
    await deposit(page, { token: "sBTC", tier: "Balanced", amount: "1" });
    await follow(page, "Portfolio");
    await becomes(page, "Balanced sBTC", "Total", "1");
    await signIn(buyer.page, "wallet_2");
    await askFor(buyer.page, { underlying: "BTC", quantity: "1.2", strike: "At the price" });
    await send(buyer.page);
    await becomes(page, "Balanced sBTC", "Locked", /^0\.(6|5999)/);
    await position("Balanced sBTC").getByRole("link", { name: "Withdraw" }).click();
    await heading(page, "Withdraw");
    await region(page, "Withdraw").getByLabel("Amount").fill("0.1");
    await review(page, "Review withdrawal");
    await send(page);
    await follow(page, "Portfolio");
    await becomes(page, "Balanced sBTC", "Total", "0.9");
  });

  test("ticks, and the page asks for nothing but prices again", async () => {
    answers.forget();
    for (let tick = 1n; tick <= 10n; tick++) await stage.backend.price("BTC", BEFORE + tick * USD);
    await provider.page.getByText("$7,921.43").first().waitFor();
    const others = Object.entries(answers.counts()).filter(([name]) => !BY_BLOCK.includes(name));
    const { "prices:getPrices": prices = 0, ...rest } = Object.fromEntries(others);
    expect(prices).toBeGreaterThanOrEqual(10);
    expect(rest).toEqual({});
  });

  test("crashes as it did: the provider is warned on the open page", async () => {
    const local = await stage.enter("/local");
    const { page } = local;
    await page.getByRole("button", { name: /^Play .*March 2020/ }).click();
    const next = page.getByRole("button", { name: "Next day" });
    for (let day = 2; day <= 8; day++) {
      await next.click();
      await page.getByText(new RegExp(`day ${day} of \\d+`)).waitFor();
    }
    await page.getByText("$4,970.79").first().waitFor();
    // So that a wait in vain says whether a price or the position's health was missed.
    await stage.backend.believes("BTC", 4_970_790_000n);
    await isInHealth(provider.page, "Balanced sBTC", "Warning");
    await page.getByLabel("BTC in US dollars").fill("4700");
    await page.getByRole("button", { name: "Set BTC" }).click();
    await stage.backend.believes("BTC", 4_700n * USD);
    await isInHealth(provider.page, "Balanced sBTC", "MarginCall");
    expect(local.errors).toEqual([]);
    await local.close();
  });

  test("calls: the page says until when and how much cures it, and a deposit of that does", async () => {
    const { page } = provider;
    const called = position("Balanced sBTC");
    await called.getByText(/You have until/).waitFor();
    await called.getByRole("link", { name: /^Deposit 0\.\d+ sBTC$/ }).click();
    await heading(page, "Deposit");
    expect(await region(page, "Deposit").getByLabel("Amount").inputValue()).toMatch(/^0\.\d+$/);
    await review(page, "Review deposit");
    await send(page);
    await followed(page, /Credited to Balanced/);
    await follow(page, "Portfolio");
    await isInHealth(page, "Balanced sBTC", "Healthy");
    await page.getByRole("button", { name: /notification/i }).click();
    await page
      .getByText(/margin/i)
      .first()
      .waitFor();
    await page.keyboard.press("Escape");
  });

  test("moves on: what is free goes to another tier at once", async () => {
    const { page } = provider;
    await stage.backend.price("BTC", BEFORE);
    await isInHealth(page, "Balanced sBTC", "Healthy");
    await position("Balanced sBTC").getByRole("button", { name: "Move" }).click();
    const form = page.getByRole("dialog", { name: /^Move/ });
    await form.getByLabel("Amount").fill("0.01");
    await form.getByRole("button", { name: "Move 0.01 sBTC" }).click();
    expect(await figuresOf(page, "Conservative sBTC")).toMatchObject({ Total: "0.01" });
  });

  test("and nothing went wrong inside the pages", () => {
    expect({ provider: provider.errors, buyer: buyer.errors }).toEqual({ provider: [], buyer: [] });
  });
});
