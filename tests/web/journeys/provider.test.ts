/** A provider's day, from the first look to the last withdrawal, while somebody else's window follows without a reload. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasBrowser } from "../browser";
import {
  deposit,
  figuresOf,
  fillDeposit,
  follow,
  followed,
  heading,
  region,
  review,
  send,
  shows,
  signIn,
} from "./acts";
import { asOneStory, openStage, type Stage, type Visitor } from "./stage";

let stage: Stage;
let provider: Visitor;
/** Never signs in, never reloads. */
let onlooker: Visitor;
let page: Page;

const form = (name: string) => region(page, name);
const pooled = (token: string) => onlooker.page.getByRole("article", { name: `${token} in the pool` });

async function askToWithdraw(amount: string) {
  await form("Withdraw").getByLabel("Amount").fill(amount);
  return review(page, "Review withdrawal");
}

describe.runIf(hasBrowser())("a provider", { timeout: 900_000 }, () => {
  asOneStory();
  beforeAll(async () => {
    stage = await openStage();
    [provider, onlooker] = await Promise.all([stage.enter("/deposit"), stage.enter("/")]);
    page = provider.page;
  });
  afterAll(() => stage?.close());

  test("sees the pool and its proof without signing in", async () => {
    await shows(onlooker.page, "Proof holds");
    await pooled("STX").getByText("0 STX", { exact: true }).first().waitFor();
  });

  test("signs in where that is asked for, and out", async () => {
    await heading(page, "Deposit");
    expect(await page.getByRole("button", { name: "Review deposit" }).count()).toBe(0);
    await signIn(page, "wallet_2");
    await page.getByRole("button", { name: "Review deposit" }).waitFor();
    await page.getByText("wallet_2").first().click();
    await page.getByText("Sign out or switch wallet").click();
    await page.getByRole("radio", { name: "wallet_1" }).waitFor();
    expect(await page.getByRole("button", { name: "Review deposit" }).count()).toBe(0);
    await signIn(page, "wallet_1");
    await page.getByRole("button", { name: "Review deposit" }).waitFor();
  });

  test("is told of nonsense while it is typed or pasted, at the field", async () => {
    const amount = form("Deposit").getByLabel("Amount");
    const button = page.getByRole("button", { name: "Review deposit" });
    for (const [text, message] of [
      ["0.5", "Deposit at least 1 STX."],
      ["1.0000001", "STX has at most 6 decimals."],
      ["five", /in digits/],
      ["-3", /in digits/],
      ["1e9", /in digits/],
      ["0x10", /in digits/],
      ["<b>7</b>", /in digits/],
      ["999999999999", "Conservative takes 20,000,000 STX more. Choose a smaller amount or another tier."],
    ] as const) {
      await amount.fill(text);
      await form("Deposit").getByText(message).first().waitFor();
      expect([text, await amount.getAttribute("aria-invalid")]).toEqual([text, "true"]);
      expect([text, await button.isEnabled()]).toEqual([text, false]);
    }
    await amount.fill("0.");
    expect(await amount.getAttribute("aria-invalid")).toBe("false");
  });

  test("reviews a deposit in words, follows it, and has it; the onlooker's pool moves too", async () => {
    await fillDeposit(page, { token: "STX", tier: "Conservative", amount: "5" });
    const words = await review(page, "Review deposit");
    await words
      .getByText(/exactly 5 STX/)
      .first()
      .waitFor();
    expect(await words.textContent()).toMatch(/fee[^\d]*0\.000\d+ STX/i);
    await send(page);
    await follow(page, "Portfolio");
    await followed(page, /Credited to Conservative/);
    expect(await figuresOf(page, "Conservative STX")).toMatchObject({ Total: "5", Available: "5", Locked: "0" });
    await pooled("STX").getByText("5 STX", { exact: true }).first().waitFor();
  });

  test("reloads on the way, and goes on following", async () => {
    await follow(page, "Deposit");
    await deposit(page, { token: "sBTC", tier: "Balanced", amount: "0.001" });
    await follow(page, "Portfolio");
    await page.reload();
    await followed(page, /Deposit of 0\.001 sBTC/);
    await followed(page, /Credited to Balanced/);
    expect(await figuresOf(page, "Balanced sBTC")).toMatchObject({ Total: "0.001", Available: "0.001" });
  });

  test("closes a withdrawal's review, finds it open, and finishes it; what left is gone, to the unit", async () => {
    await follow(page, "Withdraw");
    await form("Withdraw").getByLabel("Position").selectOption("Conservative STX");
    const words = await askToWithdraw("2.000001");
    await words.getByText(/returns to your Conservative position after the hour/).waitFor();
    await words.getByRole("button", { name: "Cancel" }).click();
    await shows(form("Withdraw"), /A withdrawal of 2\.000001 STX is open/);
    await form("Withdraw").getByRole("button", { name: "Finish it" }).click();
    await send(page);
    await follow(page, "Portfolio");
    await followed(page, /Paid to your wallet: block \d+ is final/);
    expect(await figuresOf(page, "Conservative STX")).toMatchObject({ Total: "2.999999", Reserved: "0" });
  });

  test("comes back after a reload with the session and what was sent, and takes the exact rest", async () => {
    await page.reload();
    await followed(page, /Paid to your wallet: block \d+ is final/);
    await follow(page, "Withdraw");
    await form("Withdraw").getByLabel("Position").selectOption("Conservative STX");
    await form("Withdraw").getByLabel("Amount").fill("3");
    await shows(form("Withdraw"), /2\.999999/);
    expect(await page.getByRole("button", { name: "Review withdrawal" }).isEnabled()).toBe(false);
    await form("Withdraw").getByRole("button", { name: "Max" }).click();
    await review(page, "Review withdrawal");
    await send(page);
    await pooled("STX").getByText("0 STX", { exact: true }).first().waitFor();
  });

  test("deposits by the keyboard alone", async () => {
    await follow(page, "Deposit");
    await form("Deposit").getByLabel("Amount").focus();
    await page.keyboard.type("1.5");
    await page.keyboard.press("Enter");
    const words = page.getByRole("dialog").filter({ has: page.getByRole("button", { name: "Sign and send" }) });
    await words.waitFor();
    const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");
    for (let step = 0; step < 20 && (await focused()) !== "Sign and send"; step++) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await words.waitFor({ state: "detached" });
    await followed(page, /Credited to/);
  });

  test("and nothing went wrong inside the pages", () => {
    expect({ provider: provider.errors, onlooker: onlooker.errors }).toEqual({ provider: [], onlooker: [] });
  });
});
