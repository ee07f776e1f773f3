/**
 * A wallet for tests where no extension can run: a provider by SIP-030, registered on the window by WBIP-004 as wallets do, that
 * signs with a real key and broadcasts to a real node. It can be told to misbehave as wallets do.
 *
 * In a test's own process: `standIn(...)` and `register(globalThis, ...)`. In a browser: `const wallet = await
 * installStandIn(page, { account, stacksApiUrl, network })` before `page.goto`; then "Connect a wallet", "Stand-in", "Sign in
 * with Stand-in". `wallet.behaviour = "rejects"` changes what it does next.
 */
import type { Page } from "playwright-core";
import type { Network } from "../../../src/stacks/deployment";
import { NodeClient } from "../../../src/stacks/node";
import type { UnsignedCall } from "../../../src/stacks/unsignedCalls";
import { signCall, signMessage, type Wallet, walletFromKey } from "../../../src/stacks/wallet";

export type Behaviour =
  | "signs"
  | "rejects"
  /** Its window is closed: @stacks/connect's own code. */
  | "closes"
  | "shows another network"
  | "shows no Stacks account"
  | "shows two accounts"
  | "signs as another account"
  | "tells no public key"
  /** Sends, and then fails instead of answering. */
  | "sends without an answer"
  | "answers nonsense"
  | "offers no such method";

export interface StandIn {
  account: Wallet;
  other: Wallet;
  behaviour: Behaviour;
  /** What it was asked, oldest first. */
  asked: { method: string; params: Record<string, unknown> }[];
  answer(method: string, params?: Record<string, unknown>): Promise<unknown>;
}

interface StandInOptions {
  account: Wallet;
  stacksApiUrl: string;
  network: Network;
}

const ID = "StandInProvider";
const NAME = "Stand-in";
/** Of no worth; only there to be another one. */
const OTHER_KEY = "11".repeat(32);
const MAINNET_ADDRESS = "SP3FBR2AGK5H9QBDH3EEN6DF8EK8JY7RX8QJ5SVTE";

const failure = (code: number, message: string) => ({ jsonrpc: "2.0", id: "1", error: { code, message } });
const success = (result: unknown) => ({ jsonrpc: "2.0", id: "1", result });

function otherAccount(network: Network): Wallet {
  const other = walletFromKey(OTHER_KEY, network, "other");
  if (!other) throw new Error("The other key is none");
  return other;
}

export function standIn({ account, stacksApiUrl, network }: StandInOptions): StandIn {
  const other = otherAccount(network);
  const node = new NodeClient(network, stacksApiUrl);

  const wallet: StandIn = {
    ...{ account, other, behaviour: "signs", asked: [] },
    async answer(method, params = {}) {
      wallet.asked.push({ method, params });
      if (wallet.behaviour === "rejects") return failure(4001, "User rejected the request");
      if (wallet.behaviour === "closes") return failure(-31001, "User canceled the request");
      if (wallet.behaviour === "offers no such method") return failure(-32601, "Method not found");
      switch (method) {
        case "getAddresses":
          return success({ addresses: shown() });
        case "stx_signMessage":
          return success(signed(String(params.message)));
        case "stx_callContract":
          return sent(params);
        default:
          return failure(-32601, `"${method}" is not offered`);
      }
    },
  };

  const entry = ({ address }: Pick<Wallet, "address">) => ({ symbol: "STX", address, publicKey: "02".repeat(33) });

  function shown() {
    const bitcoin = { symbol: "BTC", address: "bcrt1qexample", publicKey: "" };
    if (wallet.behaviour === "shows no Stacks account") return [bitcoin];
    if (wallet.behaviour === "shows another network") return [bitcoin, entry({ address: MAINNET_ADDRESS })];
    if (wallet.behaviour === "shows two accounts") return [bitcoin, entry(account), entry(other)];
    return [bitcoin, entry(account)];
  }

  const signer = () => (wallet.behaviour === "signs as another account" ? other : account);

  function signed(message: string) {
    const { signature, publicKey } = signMessage(signer(), message);
    if (wallet.behaviour === "answers nonsense") return { signature: "zz", publicKey };
    return wallet.behaviour === "tells no public key" ? { signature } : { signature, publicKey };
  }

  async function sent(params: Record<string, unknown>) {
    const call = { ...params, contractId: String(params.contract), network } as unknown as UnsignedCall;
    const nonce = await node.nextNonce(signer().address);
    const transaction = await signCall(signer(), call, { nonce, fee: BigInt(String(params.fee ?? 1_000)) });
    await node.broadcast(transaction);
    if (wallet.behaviour === "sends without an answer") return failure(-32603, "Internal error");
    if (wallet.behaviour === "answers nonsense") return success({ ok: true });
    return success({ txid: transaction.txid(), transaction: transaction.serialize() });
  }

  return wallet;
}

/** Puts it where @stacks/connect and the page look for wallets. */
export function register(on: object, wallet: Pick<StandIn, "answer">): void {
  Object.assign(on, {
    [ID]: { request: (method: string, params?: Record<string, unknown>) => wallet.answer(method, params) },
    wbip_providers: [{ id: ID, name: NAME }],
  });
}

export function unregister(on: object): void {
  Reflect.deleteProperty(on, ID);
  Reflect.deleteProperty(on, "wbip_providers");
}

/** For a browser: the key stays in the test's process, and the page gets a provider that asks it. */
export async function installStandIn(page: Page, options: StandInOptions): Promise<StandIn> {
  const wallet = standIn(options);
  await page.exposeFunction("askStandIn", (method: string, params?: Record<string, unknown>) =>
    wallet.answer(method, params),
  );
  // As text: a compiled function could need what is only in this process.
  await page.addInitScript(`
    window[${JSON.stringify(ID)}] = { request: (method, params) => window.askStandIn(method, params) };
    window.wbip_providers = [{ id: ${JSON.stringify(ID)}, name: ${JSON.stringify(NAME)} }];
  `);
  return wallet;
}
