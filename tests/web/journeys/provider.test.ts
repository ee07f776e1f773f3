/** A provider's day, from the first look to the last withdrawal, while somebody else's window follows without a reload. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasBrowser } from "../browser";
import { deposit, fillDeposit, follow, heading, region, review, send, shows, signIn } from "./acts";
import { openStage, type Stage, type Visitor } from "./stage";

let stage: Stage;
let provider: Visitor;
/** Never signs in, never reloads. */
let onlooker: Visitor;
let page: Page;

const form = (name: string) => region(page, name);
const position = (name: string) => region(page, "Your capital").getByRole("row", { name });
const pooled = (token: string) => onlooker.page.getByRole("article", { name: `${token} in the pool` });

async function cells(name: string): Promise<string[]> {
  await position(name).waitFor();
  return position(name).getByRole("cell").allInnerTexts();
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
      ["999999999999", /at most 99,?999,?999\.99 STX/],
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
    await shows(page, /Credited to Conservative/);
    expect((await cells("Conservative STX"))[0]).toBe("5");
    await pooled("STX").getByText("5 STX", { exact: true }).first().waitFor();
  });

  test("reloads on the way, and goes on following", async () => {
    await follow(page, "Deposit");
    await deposit(page, { token: "sBTC", tier: "Balanced", amount: "0.001" });
    await follow(page, "Portfolio");
    await shows(page, /Deposit of 0\.001 sBTC/);
    await page.reload();
    await shows(page, /Credited to Balanced/);
    expect((await cells("Balanced sBTC"))[0]).toBe("0.001");
  });

  test("cancels a withdrawal's review, is told that it is open, and finishes it", async () => {
    await follow(page, "Withdraw");
    await form("Withdraw").getByLabel("Position").selectOption("Conservative STX");
    const words = await askToWithdraw("2");
    await words.getByText(/reserved for you/).waitFor();
    await words.getByRole("button", { name: "Cancel" }).click();
    provider.expect(/WITHDRAWAL_OPEN/);
    await form("Withdraw").getByLabel("Amount").fill("1");
    await page.getByRole("button", { name: "Review withdrawal" }).click();
    await shows(form("Withdraw"), /A withdrawal of 2 STX is open/);
    await askToWithdraw("2");
    await send(page);
    await follow(page, "Portfolio");
    await shows(page, /Paid to your wallet: block \d+ is final/);
    expect((await cells("Conservative STX"))[0]).toBe("3");
  });

  test("comes back after a reload with the session and what was sent", async () => {
    await page.reload();
    await shows(page, /Paid to your wallet: block \d+ is final/);
    expect((await cells("Conservative STX"))[0]).toBe("3");
  });

  test("and nothing went wrong inside the pages", () => {
    expect({ provider: provider.errors, onlooker: onlooker.errors }).toEqual({ provider: [], onlooker: [] });
  });
});
