/** The page in a real browser on the whole local stack, told as one provider's day: each test goes on from the last. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VAULT_ERRORS } from "../../src/domain/vaultErrors";
import { type LocalStack, startLocalStack } from "../../src/local/stack";
import { hasBrowser, launchBrowser, openPage, screenshot } from "./browser";

let stateDir: string;
let stack: LocalStack;
let browser: Browser;
let page: Page;
let errors: string[];
/** Another visitor, not signed in, who never reloads. */
let onlooker: Page;

const pageUrl = () => stack.urls.web ?? "";
const region = (name: string, on = page) => on.getByRole("region", { name, exact: true });
const row = (name: string) => region("Your capital").getByRole("row", { name });
const shows = (text: string | RegExp, on = page) => on.getByText(text).waitFor();

async function signIn(on: Page, wallet: string) {
  await on.getByRole("radio", { name: wallet }).check();
  await on.getByRole("button", { name: "Sign in", exact: true }).click();
  await on.getByRole("heading", { name: "Your capital" }).waitFor();
}

async function deposit(on: Page, token: string, tier: string, amount: string) {
  const form = region("Deposit", on);
  await form.getByText(token, { exact: true }).first().click();
  await form.getByText(tier, { exact: true }).click();
  await form.getByLabel("Amount").fill(amount);
  await form.getByRole("button", { name: "Review deposit" }).click();
  await on.getByRole("button", { name: "Sign and send" }).click();
}

async function askToWithdraw(amount: string) {
  const form = region("Withdraw");
  await form.getByLabel("Position").selectOption("Conservative STX");
  await form.getByLabel("Amount").fill(amount);
  await form.getByRole("button", { name: "Review withdrawal" }).click();
}

async function cells(name: string): Promise<string[]> {
  return row(name).getByRole("cell").allInnerTexts();
}

describe.runIf(hasBrowser())("the page", { timeout: 90_000 }, () => {
  beforeAll(async () => {
    stateDir = await mkdtemp(path.join(tmpdir(), "bithedge-web-"));
    const ports = { stacks: 0, convex: 0, convexSite: 0, web: 0 };
    [stack, browser] = await Promise.all([startLocalStack({ stateDir, ports }), launchBrowser()]);
    ({ page, errors } = await openPage(browser, pageUrl()));
    ({ page: onlooker } = await openPage(browser, pageUrl()));
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await stack?.close();
    await rm(stateDir, { recursive: true, force: true });
  });

  test("an onlooker sees the pool and its proof without signing in", async () => {
    await shows("Proof holds", onlooker);
    expect(await onlooker.getByRole("article", { name: "STX in the pool" }).textContent()).toContain("0 STX");
    await screenshot(onlooker, "signed-out");
  });

  test("amounts are judged while they are typed", async () => {
    await signIn(page, "wallet_1");
    await region("In wallet_1").getByText("10 sBTC").waitFor();
    const form = region("Deposit");
    const amount = form.getByLabel("Amount");
    const button = form.getByRole("button", { name: "Review deposit" });
    for (const [text, message] of [
      ["0.5", "Deposit at least 1 STX."],
      ["1.0000001", "STX has at most 6 decimals."],
      ["five", "Type an amount of STX in digits, such as 1.5."],
      ["999999999999", /The wallet can deposit at most 99,?999,?999\.99 STX/],
    ] as const) {
      await amount.fill(text);
      await form.getByText(message).waitFor();
      expect(await amount.getAttribute("aria-invalid")).toBe("true");
      expect(await button.isEnabled()).toBe(false);
    }
    await amount.fill("0.");
    expect(await amount.getAttribute("aria-invalid")).toBe("false");
  });

  test("a deposit is reviewed in words, pending, then credited; the onlooker's pool follows without a reload", async () => {
    const form = region("Deposit");
    await form.getByLabel("Amount").fill("5");
    await form.getByRole("button", { name: "Review deposit" }).click();
    const review = page.getByRole("dialog");
    await review.getByText(/unless exactly 5 STX leaves your wallet/).waitFor();
    expect(await review.textContent()).toMatch(/Network fee0\.000\d+ STX/);
    await screenshot(page, "review");
    await review.getByRole("button", { name: "Sign and send" }).click();
    await shows(/5 STX for Conservative/);
    await shows(/In block \d+, waiting for finality/);
    await screenshot(page, "pending");
    await row("Conservative STX").waitFor();
    await shows(/Credited to Conservative/);
    expect(await cells("Conservative STX")).toEqual(["5", "5", "0", "0", "0"]);
    await onlooker.getByRole("article", { name: "STX in the pool" }).getByText("5 STX").waitFor();
  });

  test("sBTC goes into another tier, followed across a reload on its way", async () => {
    await deposit(page, "sBTC", "Balanced", "0.001");
    await shows(/Deposit of 0\.001 sBTC/);
    await page.reload();
    await shows(/Credited to Balanced/);
    expect(await cells("Balanced sBTC")).toEqual(["0.001", "0.001", "0", "0", "0"]);
    await region("In wallet_1").getByText("9.999 sBTC").waitFor();
  });

  test("a refusal of the service is explained at the form, and an open withdrawal can be finished", async () => {
    await askToWithdraw("2");
    await page
      .getByRole("dialog")
      .getByText(/reserved for you/)
      .waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await askToWithdraw("1");
    await region("Withdraw")
      .getByText(/A withdrawal of 2 STX is open/)
      .waitFor();
    expect(await cells("Conservative STX")).toEqual(["5", "3", "2", "0", "0"]);
    await screenshot(page, "refused");
    await askToWithdraw("2");
    await page.getByRole("button", { name: "Sign and send" }).click();
    await shows(/Paid to your wallet: block \d+ is final/);
    expect(await cells("Conservative STX")).toEqual(["3", "3", "0", "0", "0"]);
  });

  test("a reload keeps the session and the transactions, and dark mode is dark", async () => {
    await page.reload();
    await shows(/Paid to your wallet: block \d+ is final/);
    await row("Conservative STX").waitFor();
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await ground();
    await screenshot(page, "light");
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await ground()).not.toBe(light);
    await screenshot(page, "dark");
    await page.emulateMedia({ colorScheme: "light" });
  });

  test.each([390, 800])("nothing sticks out of a window %i wide", async (width) => {
    await page.setViewportSize({ width, height: 900 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await screenshot(page, `width-${width}`);
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  test("a transaction that the network does not take says why, and nothing is recorded", async () => {
    const rejection = { error: "transaction rejected", reason: "NotEnoughFunds", txid: "" };
    await page.route("**/v2/transactions", (route) => route.fulfill({ status: 400, json: rejection }));
    await deposit(page, "STX", "Aggressive", "7");
    await page
      .getByRole("dialog")
      .getByText(/too little STX for the network's fee/)
      .waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.unroute("**/v2/transactions");
    expect(await page.getByText("Deposit of 7 STX").count()).toBe(0);
  });

  test("a transaction that aborts says why", async () => {
    const aborted = { tx_status: "abort_by_response", tx_result: { repr: `(err u${VAULT_ERRORS.errTransferFailed})` } };
    await page.route("**/extended/v1/tx/*", (route) => route.fulfill({ json: aborted }));
    await deposit(page, "STX", "Aggressive", "8");
    await shows(/Nothing moved but the fee: the token could not be transferred/);
    await page.unroute("**/extended/v1/tx/*");
  });

  test("a session that ends takes nothing with it", async () => {
    const { page: other } = await openPage(browser, pageUrl(), (fresh) => fresh.clock.install());
    await signIn(other, "wallet_2");
    await region("Deposit", other).getByLabel("Amount").fill("12.5");
    await other.clock.fastForward("12:00:00");
    await shows(/Your session has ended/, other);
    expect(await region("Deposit", other).getByLabel("Amount").inputValue()).toBe("12.5");
    expect(await other.getByRole("button", { name: "Sign in again to continue" }).first().isEnabled()).toBe(false);
    await other.close();
  });

  test("a token that the service refuses asks for a new sign-in, once", async () => {
    const { page: other } = await openPage(browser, pageUrl());
    await signIn(other, "wallet_2");
    await other.evaluate(() => {
      const session = JSON.parse(sessionStorage.getItem("bithedge.session") ?? "");
      const [header, claims] = session.token.split(".");
      sessionStorage.setItem("bithedge.session", JSON.stringify({ ...session, token: `${header}.${claims}.AAAA` }));
    });
    await other.reload();
    await other.getByRole("button", { name: "Sign in as wallet_2" }).click();
    await shows("Nothing yet. Deposit STX or sBTC into a tier; it appears here once it is final.", other);
    await other.close();
  });

  test("a lost connection is shown, and found again without a reload", async () => {
    let isCut = false;
    let cut = () => {};
    const { page: other } = await openPage(browser, pageUrl(), async (fresh) => {
      await fresh.routeWebSocket(/\/sync$/, (socket) => {
        if (isCut) return void socket.close();
        socket.connectToServer();
        cut = () => void socket.close();
      });
    });
    await shows("Proof holds", other);
    isCut = true;
    cut();
    await shows(/The connection to the service is lost/, other);
    await screenshot(other, "disconnected");
    isCut = false;
    await other.getByText(/The connection to the service is lost/).waitFor({ state: "detached" });
    await other.close();
  });

  test("nothing went wrong inside the page", () => {
    expect(errors).toEqual([]);
  });
});
