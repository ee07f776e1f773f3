/** What people do on the page, by what they read on it: roles, labels and headings only. */
import type { Locator, Page } from "playwright-core";

export const region = (on: Page, name: string | RegExp): Locator =>
  on.getByRole("region", typeof name === "string" ? { name, exact: true } : { name });

export const shows = (on: Page | Locator, text: string | RegExp): Promise<void> => on.getByText(text).first().waitFor();

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

export interface Capital {
  token: "STX" | "sBTC";
  tier: "Conservative" | "Balanced" | "Aggressive";
  amount: string;
}

export async function fillDeposit(on: Page, { token, tier, amount }: Capital): Promise<void> {
  const form = region(on, "Deposit");
  await form.getByRole("radio", { name: token, exact: true }).check({ force: true });
  await form.getByRole("radio", { name: tier }).first().check({ force: true });
  await form.getByLabel("Amount").fill(amount);
}

export async function review(on: Page, button: string): Promise<Locator> {
  await on.getByRole("button", { name: button, exact: true }).click();
  const dialog = on.getByRole("dialog");
  await dialog.waitFor();
  return dialog;
}

export async function send(on: Page): Promise<void> {
  await on.getByRole("dialog").getByRole("button", { name: "Sign and send" }).click();
}

/** From the page "/deposit" of somebody who is signed in, until it is sent. */
export async function deposit(on: Page, capital: Capital): Promise<void> {
  await fillDeposit(on, capital);
  await review(on, "Review deposit");
  await send(on);
}
