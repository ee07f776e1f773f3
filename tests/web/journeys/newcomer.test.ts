/**
 * From nothing to a deposit, a policy, a crash and an exit by the page alone: two people in a tab each, and the local stack's
 * own page for the market. Nothing here is done by anything but the page, which is served as `npm start` does.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasBrowser } from "../browser";
import {
  askFor,
  becomes,
  deposit,
  follow,
  followed,
  heading,
  isInHealth,
  region,
  review,
  send,
  shows,
  signIn,
} from "./acts";
import { asOneStory, openStage, type Stage, type Visitor } from "./stage";

let stage: Stage;
let provider: Visitor;
let buyer: Visitor;

const mine = () => region(buyer.page, "My policies").getByRole("article").first();

describe.runIf(hasBrowser())("a newcomer", { timeout: 900_000 }, () => {
  asOneStory();
  beforeAll(async () => {
    stage = await openStage({ pageFrom: "sources" });
    [provider, buyer] = await Promise.all([stage.enter("/"), stage.enter("/policies")]);
  });
  afterAll(() => stage?.close());

  test("deposits", async () => {
    const { page } = provider;
    await follow(page, "Portfolio");
    await signIn(page, "wallet_1");
    await page.getByRole("link", { name: "Make your first deposit" }).click();
    await heading(page, "Deposit");
    await deposit(page, { token: "STX", tier: "Balanced", amount: "5000" });
    await follow(page, "Portfolio");
    await becomes(page, "Balanced STX", "Total", "5,000");
  });

  test("buys a policy in another tab, and the provider sees what is locked without a reload", async () => {
    const { page } = buyer;
    await signIn(page, "wallet_2");
    const words = await askFor(page, { underlying: "STX", quantity: "1000", strike: "At the price" });
    await words.getByText(/The premium never comes back/).waitFor();
    await send(page);
    await mine().getByText("Covered", { exact: true }).waitFor();
    await becomes(provider.page, "Balanced STX", "Locked", "500");
    await becomes(provider.page, "Balanced STX", "Available", "4,500");
  });

  test("lets the price fall on the local stack's page, and the policy is worth something at once", async () => {
    const local = await stage.enter("/local");
    const price = local.page.getByRole("form", { name: "Price of STX" });
    await price.getByRole("button", { name: "−30%" }).click();
    await price.getByText("$1.05").waitFor();
    await mine()
      .getByText(/428\.571428/)
      .first()
      .waitFor();
    await isInHealth(provider.page, "Balanced STX", "Healthy");
    expect(local.errors).toEqual([]);
    await local.close();
  });

  test("exercises, and the payout arrives in the wallet", async () => {
    const { page } = buyer;
    await mine().getByRole("button", { name: "Exercise", exact: true }).click();
    const words = page.getByRole("dialog", { name: /^Exercise/ });
    await words.getByText(/428\.571428 STX/).waitFor();
    await words.getByRole("button", { name: "Exercise for good" }).click();
    await mine().getByText("Paid", { exact: true }).waitFor();
    await mine()
      .getByText(/428\.571428/)
      .first()
      .waitFor();
    await mine().getByRole("link", { name: "Details and proof" }).click();
    await shows(page, /428\.571428/);
  });

  test("collects what was earned, and takes all that is left", async () => {
    const { page } = provider;
    await becomes(page, "Balanced STX", "Locked", "0");
    await page.getByRole("button", { name: /^Collect [\d.]+ STX$/ }).click();
    await becomes(page, "Balanced STX", "Yield", "0");
    await follow(page, "Withdraw");
    const form = region(page, "Withdraw");
    await form.getByRole("button", { name: "Max" }).click();
    await review(page, "Review withdrawal");
    await send(page);
    await followed(page, /Paid to your wallet: block \d+ is final/);
    await follow(page, "Portfolio");
    await page
      .getByText(/Nothing yet|No position yet/)
      .first()
      .waitFor();
  });

  test("finds all of it in the history", async () => {
    const { page } = provider;
    await follow(page, "History");
    for (const kind of [/deposit/i, /premium earned/i, /payout borne/i, /withdrawal/i]) await shows(page, kind);
  });

  test("and nothing went wrong inside the pages", () => {
    expect({ provider: provider.errors, buyer: buyer.errors }).toEqual({ provider: [], buyer: [] });
  });
});
