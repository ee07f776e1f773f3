/**
 * The faucets, as testnet has them: STX from the devnet's account of that name, sBTC minted by the account that deployed
 * the token. What they send are transactions like any other; whoever asks too often waits.
 */
import { Cl, makeContractCall, makeSTXTokenTransfer, type StacksTransactionWire } from "@stacks/transactions";
import type { Hono, HonoRequest } from "hono";
import type { Chain } from "./chain";
import type { DevnetWallet } from "./devnetWallets";
import { HttpError } from "./http";
import type { Miner } from "./miner";
import { principalOf } from "./nodeRoutes";
import { Rejection } from "./rejection";
import { isTestnetPrincipal } from "./signedTransaction";

const STX_AMOUNT = 500_000_000n;
const SBTC_AMOUNT = 10_000n;
const FEE = 1000n;
const MINUTE_MS = 60_000;
const LIMIT = { requests: 5, windowMs: 5 * MINUTE_MS };
/** For who asks for what stacking takes. */
const STACKING_LIMIT = { requests: 1, windowMs: 2 * 24 * 60 * MINUTE_MS };

type Currency = "STX" | "sBTC";

function refusal(status: 400 | 403 | 429 | 503, error: string): HttpError {
  return new HttpError(status, { error, success: false });
}

export class Faucet {
  /** When an address asked for a currency, in milliseconds. */
  private readonly asked = new Map<string, number[]>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly chain: Chain,
    private readonly miner: Miner,
    private readonly wallets: DevnetWallet[],
    private readonly now: () => number,
  ) {}

  async stx(recipient: string, limit = LIMIT) {
    const wallet = this.wallets.find(({ name }) => name === "faucet");
    if (!wallet) throw refusal(403, "STX faucet is not available");
    return this.send("STX", recipient, limit, () =>
      makeSTXTokenTransfer({ recipient, amount: STX_AMOUNT, memo: "faucet", ...this.signing(wallet) }),
    );
  }

  async sbtc(recipient: string) {
    const token = this.mintable();
    if (!token) throw refusal(403, "sBTC faucet is not available");
    const { wallet, contractName } = token;
    const functionArgs = [Cl.uint(SBTC_AMOUNT), Cl.principal(recipient)];
    const call = { contractAddress: wallet.address, contractName, functionName: "mint", functionArgs };
    return this.send("sBTC", recipient, LIMIT, () =>
      makeContractCall({ ...call, ...this.signing(wallet), validateWithAbi: false }),
    );
  }

  /** The sBTC of a wallet that we have the key of. */
  private mintable() {
    for (const [id, { functions, fungible_tokens: tokens }] of this.chain.read((vm) => vm.contracts())) {
      const [deployer, contractName = ""] = id.split(".");
      const wallet = this.wallets.find(({ address }) => address === deployer);
      const canMint = functions.some(({ name, access }) => name === "mint" && access === "public");
      if (wallet && canMint && tokens.some(({ name }) => name.startsWith("sbtc"))) return { wallet, contractName };
    }
    return null;
  }

  /** After all that waits of the account; no network is asked for anything. */
  private signing({ address, privateKey }: DevnetWallet) {
    const waiting = this.chain.mempool.noncesOf(address).at(-1);
    const nonce = waiting === undefined ? this.chain.nonceOf(address) : waiting + 1;
    return { senderKey: privateKey, nonce, fee: FEE, network: "devnet" } as const;
  }

  /** One after the other: each takes the nonce after the one before. */
  private send(currency: Currency, recipient: string, limit: typeof LIMIT, sign: () => Promise<StacksTransactionWire>) {
    const answer = this.last.then(() => this.sendNext(currency, recipient, limit, sign));
    this.last = answer.catch(() => {});
    return answer;
  }

  private async sendNext(
    currency: Currency,
    recipient: string,
    limit: typeof LIMIT,
    sign: () => Promise<StacksTransactionWire>,
  ) {
    const key = `${currency} ${recipient}`;
    const recent = (this.asked.get(key) ?? []).filter((time) => this.now() - time <= limit.windowMs);
    if (recent.length >= limit.requests) throw refusal(429, "Too many requests");
    const transaction = await sign();
    try {
      const txId = this.miner.submit(transaction.serialize());
      this.asked.set(key, [...recent, this.now()]);
      return { success: true, txId, txRaw: transaction.serialize() };
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      const isEmpty = error.reason === "NotEnoughFunds";
      throw refusal(503, `Faucet is temporarily ${isEmpty ? "out of funds" : "unavailable"}, please try again later`);
    }
  }
}

function recipientOf(request: HonoRequest): string {
  const address = request.query("address");
  if (!address) throw refusal(400, "address required");
  if (isTestnetPrincipal(principalOf(address))) return address;
  throw refusal(400, "Invalid testnet address");
}

export function faucetRoutes(app: Hono, faucet: Faucet): void {
  const faucets = app.basePath("/extended/v1/faucets");
  faucets.post("/stx", async ({ req, json }) => {
    const limit = req.query("stacking") === "true" ? STACKING_LIMIT : LIMIT;
    return json(await faucet.stx(recipientOf(req), limit));
  });
  faucets.post("/sbtc", async ({ req, json }) => json(await faucet.sbtc(recipientOf(req))));
}
