/** What people do on the page, by what they read on it: roles, labels and headings only. */
import type { Locator, Page } from "playwright-core";
import { PATIENCE_MS } from "../../engines/patience";

export const region = (on: Page, name: string | RegExp): Locator =>
  on.getByRole("region", typeof name === "string" ? { name, exact: true } : { name });

export const shows = (on: Page | Locator, text: string | RegExp): Promise<void> =>
  on.getByText(text).filter({ visible: true }).first().waitFor();

export const heading = (on: Page, name: string): Promise<void> =>
  on.getByRole("heading", { level: 1, name, exact: true }).waitFor();

/** On a page that asks for it. */
export async function signIn(on: Page, wallet: string): Promise<void> {
  await on.getByRole("radio", { name: wallet }).check();
  await on.getByRole("main").getByRole("button", { name: "Sign in", exact: true }).click();
}

/** By the way that everybody sees, the navigation; what is typed elsewhere stays. */
export async function follow(on: Page, link: string): Promise<void> {
  await on.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: link, exact: true }).click();
}

/** By its label, as people do: the button itself is covered by it, or too small to be seen. */
export async function choose(radio: Locator): Promise<void> {
  await radio.locator("xpath=..").click();
  await radio.and(radio.page().locator(":checked")).waitFor({ state: "attached" });
}

export interface Capital {
  token: "STX" | "sBTC";
  tier: "Conservative" | "Balanced" | "Aggressive";
  amount: string;
}

export async function fillDeposit(on: Page, { token, tier, amount }: Capital): Promise<void> {
  const form = region(on, "Deposit");
  await choose(form.getByRole("radio", { name: token, exact: true }));
  await choose(form.getByRole("radio", { name: tier }).first());
  await form.getByLabel("Amount").fill(amount);
}

/** A passing message is a dialog too: this is the one in which something is signed. */
const signing = (on: Page): Locator =>
  on.getByRole("dialog").filter({ has: on.getByRole("button", { name: "Sign and send" }) });

export async function review(on: Page, button: string): Promise<Locator> {
  await on.getByRole("button", { name: button, exact: true }).click();
  const dialog = signing(on);
  await dialog.waitFor();
  return dialog;
}

export async function send(on: Page): Promise<void> {
  await signing(on).getByRole("button", { name: "Sign and send" }).click();
}

/** From the page "/deposit" of somebody who is signed in, until it is sent. */
export async function deposit(on: Page, capital: Capital): Promise<void> {
  await fillDeposit(on, capital);
  await review(on, "Review deposit");
  await send(on);
}

/** What the tray in the header says of what was sent; it opens from every page. */
export async function followed(on: Page, text: string | RegExp): Promise<void> {
  await on.getByRole("button", { name: /on (its|their) way$|^Transactions$/ }).click();
  const tray = on.getByRole("dialog", { name: "Your transactions" });
  await shows(tray, text);
  await on.keyboard.press("Escape");
  await tray.waitFor({ state: "detached" });
}

/** A position's figures by their headers, once it is there. */
export async function figuresOf(on: Page, position: string): Promise<Record<string, string>> {
  const table = region(on, "Your capital").getByRole("table");
  const row = table.getByRole("row", { name: position });
  await row.waitFor();
  const [names, figures] = await Promise.all([
    table.getByRole("columnheader").allInnerTexts(),
    row.locator("th, td").allInnerTexts(),
  ]);
  return Object.fromEntries(names.map((name, n) => [name.trim(), figures[n]?.trim() ?? ""]));
}

/** Reading a page by roles is work for it. */
const LOOK_AGAIN_MS = 400;

/** Waits until a figure of a position is what it must become, without a reload. */
export async function becomes(on: Page, position: string, figure: string, value: string | RegExp): Promise<void> {
  const isIt = (text: string | undefined) => (typeof value === "string" ? text === value : value.test(text ?? ""));
  for (const deadline = Date.now() + PATIENCE_MS; ; ) {
    const figures = await figuresOf(on, position);
    if (isIt(figures[figure])) return;
    if (Date.now() > deadline) throw new Error(`${figure} of ${position} is ${figures[figure]}, and not ${value}.`);
    await on.waitForTimeout(LOOK_AGAIN_MS);
  }
}

export interface Wish {
  underlying: "BTC" | "STX";
  quantity: string;
  strike: "At the price" | "90% of it" | "80% of it";
}

/** On the page "/policies", until the review of its premium is open. */
export async function askFor(on: Page, { underlying, quantity, strike }: Wish): Promise<Locator> {
  const form = region(on, "Buy protection");
  await choose(form.getByRole("radio", { name: underlying, exact: true }));
  await form.getByLabel("Quantity").fill(quantity);
  await form.getByRole("button", { name: strike }).click();
  return review(on, "Review purchase");
}

/** On the page "/portfolio", until the position's gauge says so. */
export const isInHealth = (on: Page, position: string, status: string): Promise<void> =>
  region(on, position).getByText(status, { exact: true }).first().waitFor();
