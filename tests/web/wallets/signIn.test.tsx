// @vitest-environment happy-dom
/** Signing in with one's own wallet, and all that may come between: each is explained in place and can be tried again. */
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { walletFromKey } from "../../../src/stacks/wallet";
import { explain } from "../../../src/web/refusals/explain";
import { Problem } from "../../../src/web/refusals/Problem";
import { ConnectWallet } from "../../../src/web/session/ConnectWallet";
import { LocalWallets } from "../../../src/web/session/LocalWallets";
import type { Challenge } from "../../../src/web/session/SessionProvider";
import { nameOf, openWallet, rememberWallet } from "../../../src/web/wallets/open";
import { ALICE, config } from "../page";
import { register, type StandIn, standIn, unregister } from "./standIn";

const account = walletFromKey(ALICE.privateKey, "devnet", "Alice");
if (!account) throw new Error("Alice has no key");

let wallet: StandIn;
beforeEach(() => {
  wallet = standIn({ account, stacksApiUrl: config.stacksApiUrl, network: "devnet" });
  register(globalThis, wallet);
});
afterEach(() => {
  cleanup();
  unregister(globalThis);
  localStorage.clear();
});

const ask = vi.fn(async (address: string): Promise<Challenge> => {
  const facts = { domain: "vault.example", address, network: "devnet", expiresAt: 1_800_000_000_000 };
  return { challenge: "c", message: "m", facts };
});

function show(signIn: (address: string, shown: Challenge) => Promise<void> = async () => {}) {
  render(<ConnectWallet config={config} isConnected ask={ask} signIn={signIn} />);
  return userEvent.setup();
}

const button = (name: string) => screen.findByRole("button", { name });
const problem = async () => (await screen.findByRole("alert")).textContent;

test("the facts are shown before anything is signed, and the wallet is remembered for its account", async () => {
  const signIn = vi.fn(async () => {});
  const user = show(signIn);
  await user.click(await button("Connect a wallet"));
  await user.click(await button("Stand-in"));
  await screen.findByText("vault.example");
  expect(screen.getByText(ALICE.address)).toBeTruthy();
  expect(screen.getByText(/It moves no money and costs no fee/)).toBeTruthy();
  expect(signIn).not.toHaveBeenCalled();
  await user.click(await button("Sign in with Stand-in"));
  expect(signIn).toHaveBeenCalledWith(ALICE.address, expect.objectContaining({ message: "m" }));
  expect(nameOf({ ...config, wallets: [] }, ALICE.address)).toBe("Stand-in");
});

test("without a wallet it says which there are, and looks again when asked", async () => {
  unregister(globalThis);
  const user = show();
  await user.click(await button("Connect a wallet"));
  await screen.findByText(/This browser has no Stacks wallet yet/);
  expect(screen.getByRole("link", { name: "Leather" }).getAttribute("href")).toBe("https://leather.io");
  register(globalThis, wallet);
  await user.click(await button("Look again"));
  await button("Stand-in");
});

test("another network is explained where it happened, and the next try goes on", async () => {
  const user = show();
  await user.click(await button("Connect a wallet"));
  wallet.behaviour = "shows another network";
  await user.click(await button("Stand-in"));
  expect(await problem()).toMatch(/Switch the wallet to devnet/);
  wallet.behaviour = "rejects";
  await user.click(await button("Stand-in"));
  expect(await problem()).toMatch(/You rejected it in Stand-in/);
  wallet.behaviour = "shows two accounts";
  await user.click(await button("Stand-in"));
  await user.click(await screen.findByRole("radio", { name: wallet.other.address }));
  await button("Sign in with Stand-in");
  expect(ask).toHaveBeenLastCalledWith(wallet.other.address);
});

test("a rejected signature leaves everything as it was", async () => {
  const user = show(async (address) => {
    const { signature } = await (await openWallet(config, address)).signMessage("m");
    expect(signature).toBeTruthy();
  });
  await user.click(await button("Connect a wallet"));
  await user.click(await button("Stand-in"));
  const signIn = await button("Sign in with Stand-in");
  wallet.behaviour = "rejects";
  await user.click(signIn);
  expect(await problem()).toMatch(/Nothing was signed/);
  expect(screen.getByText("vault.example")).toBeTruthy();
  wallet.behaviour = "signs as another account";
  await user.click(signIn);
  await vi.waitFor(async () => expect(await problem()).toMatch(/and you are here as ST1SJ/));
});

test("on the local stack a funded wallet signs at once, by the page's own key even if it was connected before", async () => {
  rememberWallet(ALICE.address, { id: "StandInProvider", name: "Stand-in" });
  const signIn = vi.fn(async () => {});
  render(<LocalWallets config={config} isConnected signIn={signIn} />);
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
  expect(signIn).toHaveBeenCalledWith(ALICE.address);
  expect((await openWallet(config, ALICE.address)).name).toBe("Alice");
});

test("an address of which no wallet is known says how to go on", async () => {
  await expect(openWallet({ ...config, wallets: [] }, ALICE.address)).rejects.toMatchObject({ trouble: "NO_WALLET" });
});

test("a problem says what to do and where, and what nobody foresaw can be copied for the operator", () => {
  const link = { to: "/portfolio", label: "To your portfolio" };
  render(<Problem explanation={{ code: "WITHDRAWAL_OPEN", message: "One is open.", next: "Finish it.", link }} />);
  expect(screen.getByRole("alert").textContent).toContain("One is open. Finish it.");
  expect(screen.getByRole("link", { name: "To your portfolio" }).getAttribute("href")).toBe("/portfolio");
  cleanup();
  render(<Problem explanation={explain(new Error("boom"))} />);
  expect(screen.getByRole("button", { name: "Copy the details" })).toBeTruthy();
});
