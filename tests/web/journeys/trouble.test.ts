/** What goes wrong around a person with a half-typed form: nothing typed is lost, and each says what to do next. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VAULT_ERRORS } from "../../../src/domain/vaultErrors";
import type { Wallet } from "../../../src/stacks/wallet";
import { hasBrowser } from "../browser";
import { installStandIn, type StandIn } from "../wallets/standIn";
import { deposit, fillDeposit, followed, region, review, send, shows, signIn } from "./acts";
import { openStage, type Stage, type Visitor } from "./stage";

let stage: Stage;

async function depositor(
  wallet: string,
  ...entering: Parameters<Stage["enter"]> extends [string, ...infer R] ? R : []
) {
  const visitor = await stage.enter("/deposit", ...entering);
  await signIn(visitor.page, wallet);
  await visitor.page.getByRole("button", { name: "Review deposit" }).waitFor();
  return visitor;
}

const amountOf = ({ page }: Visitor) => region(page, "Deposit").getByLabel("Amount");

async function leaves(visitor: Visitor) {
  expect(visitor.errors).toEqual([]);
  await visitor.close();
}

describe.runIf(hasBrowser())("trouble", { timeout: 900_000 }, () => {
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage?.close());

  test("a transaction that the network does not take says why, and nothing is recorded", async () => {
    const visitor = await depositor("wallet_1");
    const { page } = visitor;
    visitor.expect(/status of 400/);
    const rejection = { error: "transaction rejected", reason: "NotEnoughFunds", txid: "" };
    await page.route("**/v2/transactions", (route) => route.fulfill({ status: 400, json: rejection }));
    await deposit(page, { token: "STX", tier: "Aggressive", amount: "7" });
    await shows(page.getByRole("dialog"), /too little STX for the network's fee/);
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    await page.unroute("**/v2/transactions");
    expect(await page.getByText("Deposit of 7 STX").count()).toBe(0);
    expect(await amountOf(visitor).inputValue()).toBe("7");
    await leaves(visitor);
  });

  test("a transaction that aborts says why", async () => {
    const visitor = await depositor("wallet_1");
    const { page } = visitor;
    const aborted = { tx_status: "abort_by_response", tx_result: { repr: `(err u${VAULT_ERRORS.errTransferFailed})` } };
    await page.route("**/extended/v1/tx/*", (route) => route.fulfill({ json: aborted }));
    await deposit(page, { token: "STX", tier: "Aggressive", amount: "8" });
    await followed(page, /Nothing moved but the fee: the token could not be transferred/);
    await leaves(visitor);
  });

  test("a session that ends takes nothing with it", async () => {
    const visitor = await depositor("wallet_2", (fresh) => fresh.clock.install());
    const { page } = visitor;
    await amountOf(visitor).fill("12.5");
    await page.clock.fastForward("12:00:00");
    await shows(page, /Your session has ended/);
    expect(await amountOf(visitor).inputValue()).toBe("12.5");
    expect(await page.getByRole("button", { name: "Sign in again to continue" }).first().isEnabled()).toBe(false);
    await leaves(visitor);
  });

  test("a wallet of one's own: another network and a rejection are told in place, and then it signs in, and sends", async () => {
    let wallet: StandIn | undefined;
    const { stacksApi } = stage.stack.urls;
    const account = stage.stack.wallets[1] as Wallet;
    const visitor = await stage.enter("/deposit", async (fresh) => {
      wallet = await installStandIn(fresh, { account, stacksApiUrl: stacksApi, network: "devnet" });
    });
    if (!wallet) throw new Error("There is no stand-in.");
    const { page } = visitor;
    await page.getByRole("button", { name: "Connect a wallet" }).click();
    wallet.behaviour = "shows another network";
    await page.getByRole("button", { name: "Stand-in", exact: true }).click();
    await shows(page, /Switch the wallet to devnet/);
    wallet.behaviour = "rejects";
    await page.getByRole("button", { name: "Stand-in", exact: true }).click();
    await shows(page, /You rejected it in Stand-in/);
    wallet.behaviour = "signs";
    await page.getByRole("button", { name: "Stand-in", exact: true }).click();
    await page.getByRole("button", { name: "Sign in with Stand-in" }).click();
    await page.getByRole("button", { name: "Review deposit" }).waitFor();
    await fillDeposit(page, { token: "STX", tier: "Conservative", amount: "17" });
    const words = await review(page, "Review deposit");
    wallet.behaviour = "rejects";
    await words.getByRole("button", { name: "Sign and send" }).click();
    await shows(words, /You rejected it in Stand-in/);
    wallet.behaviour = "signs";
    await words.getByRole("button", { name: "Sign and send" }).click();
    await followed(page, /Credited to Conservative/);
    await leaves(visitor);
  });

  test("a token that the service refuses asks for a new sign-in, once", async () => {
    const visitor = await depositor("wallet_2");
    const { page } = visitor;
    visitor.expect(/[Aa]uth|token/);
    await page.evaluate(() => {
      for (const storage of [sessionStorage, localStorage]) {
        const text = storage.getItem("bithedge.session");
        if (!text) continue;
        const session = JSON.parse(text);
        const [header, claims] = session.token.split(".");
        storage.setItem("bithedge.session", JSON.stringify({ ...session, token: `${header}.${claims}.AAAA` }));
      }
    });
    await page.reload();
    await page.getByRole("button", { name: "Sign in as wallet_2" }).click();
    await page.getByRole("button", { name: "Review deposit" }).waitFor();
    await leaves(visitor);
  });

  test("a lost connection is shown, and found again without a reload", async () => {
    let isCut = false;
    let cut = () => {};
    const visitor = await stage.enter("/", (fresh) =>
      fresh.routeWebSocket(/\/sync$/, (socket) => {
        if (isCut) return void socket.close();
        socket.connectToServer();
        cut = () => void socket.close();
      }),
    );
    const { page } = visitor;
    await shows(page, "Proof holds");
    isCut = true;
    cut();
    await shows(page, /The connection to the service is lost/);
    isCut = false;
    await page.getByText(/The connection to the service is lost/).waitFor({ state: "detached" });
    await leaves(visitor);
  });

  test("an operator stops commitments: the open form says so without a reload, and goes on once they are let go on", async () => {
    const [visitor, operator] = await Promise.all([depositor("wallet_1"), stage.enter("/operations/breakers")]);
    await signIn(operator.page, "deployer");
    await fillDeposit(visitor.page, { token: "STX", tier: "Balanced", amount: "21.5" });
    const desk = operator.page;
    await desk.getByRole("button", { name: "Stop commit" }).click();
    const stop = desk.getByRole("dialog", { name: "Stop commit" });
    await stop.getByRole("button", { name: "Stop commit" }).click();
    await shows(stop, "Say why this is done.");
    await stop.getByLabel("Reason").fill("a look at the books");
    await stop.getByRole("button", { name: "Stop commit" }).click();
    await shows(stop, "commit is stopped.");
    await stop.getByRole("button", { name: "Close" }).click();
    const button = visitor.page.getByRole("button", { name: "Deposits are stopped" });
    await button.waitFor();
    expect(await button.isEnabled()).toBe(false);
    expect(await amountOf(visitor).inputValue()).toBe("21.5");
    await desk.getByRole("button", { name: "Reset commit" }).click();
    const reset = desk.getByRole("dialog", { name: "Reset commit" });
    await reset.getByLabel("Reason").fill("the books are right");
    await reset.getByLabel(/to confirm/).fill("commit");
    await reset.getByRole("button", { name: "Let commit go on" }).click();
    await shows(reset, "commit goes on.");
    await visitor.page.getByRole("button", { name: "Review deposit" }).waitFor();
    expect(await amountOf(visitor).inputValue()).toBe("21.5");
    await leaves(visitor);
    await leaves(operator);
  });

  test("nothing that is at no address is a dead end", async () => {
    const visitor = await stage.enter("/nowhere/at-all");
    await shows(visitor.page, "There is nothing at this address.");
    await visitor.page.getByRole("link", { name: "To the pool" }).click();
    await shows(visitor.page, "Proof holds");
    await visitor.visit("/policies/123");
    await shows(visitor.page, /no policy|no such policy|There is no/i);
    visitor.expect(/NO_POLICY/);
    await visitor.close();
  });

  test("the service is restarted under an open page: what is half typed stays, and it goes on by itself", async () => {
    const visitor = await depositor("wallet_3");
    visitor.expect(/ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_SOCKET_NOT_CONNECTED/);
    const { page } = visitor;
    await fillDeposit(page, { token: "STX", tier: "Balanced", amount: "33.25" });
    await stage.restart(async () => {
      await shows(page, /The connection to the service is lost/);
      expect(await page.getByRole("button", { name: "Review deposit", exact: true }).count()).toBe(0);
    });
    await page.getByText(/The connection to the service is lost/).waitFor({ state: "detached" });
    expect(await amountOf(visitor).inputValue()).toBe("33.25");
    await review(page, "Review deposit");
    await send(page);
    await followed(page, /Credited to Balanced/);
    await leaves(visitor);
  });
});
