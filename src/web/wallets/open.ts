/** Opens a wallet that the page offers, by its address. */
import type { WebConfig } from "../config";
import type { Wallet } from "./wallet";

export async function openWallet(config: WebConfig, address: string): Promise<Wallet> {
  const account = config.wallets.find((known) => known.address === address);
  if (!account) throw new Error(`The page knows no wallet with the address ${address}. Sign out, then choose one.`);
  const { localWallet } = await import("./localKeys");
  return localWallet(account, config.stacksApiUrl);
}

/** What the page calls a wallet. */
export function nameOf(config: WebConfig, address: string): string {
  return config.wallets.find((wallet) => wallet.address === address)?.name ?? "Your wallet";
}
