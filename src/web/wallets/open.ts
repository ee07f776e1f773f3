/** Which wallet an address belongs to, and opening it: the code that signs is loaded then, and not with the page. */
import { z } from "zod";
import type { WebConfig } from "../config";
import type { WalletOffer } from "./connected";
import { type Wallet, WalletProblem } from "./wallet";

const PREFIX = "bithedge.wallet.";

const offerShape = z.object({ id: z.string(), name: z.string() });
type Remembered = z.infer<typeof offerShape>;

/** Which wallet showed an address, so that it is asked again after a reload. */
export function rememberWallet(address: string, { id, name }: Pick<WalletOffer, "id" | "name">): void {
  localStorage.setItem(PREFIX + address, JSON.stringify({ id, name }));
}

function rememberedWallet(address: string): Remembered | null {
  try {
    return offerShape.parse(JSON.parse(localStorage.getItem(PREFIX + address) ?? "null"));
  } catch {
    return null;
  }
}

/** The address is signed for by the page's own key again, where it has one. */
export function forgetWallet(address: string): void {
  localStorage.removeItem(PREFIX + address);
}

export async function openWallet(config: WebConfig, address: string): Promise<Wallet> {
  // Who connected a wallet means that one, even where the page has the same account's key.
  const offer = rememberedWallet(address);
  if (offer) return (await import("./connected")).connectedWallet(offer, address, config);
  const account = config.wallets.find((known) => known.address === address);
  if (account) return (await import("./localKeys")).localWallet(account, config.stacksApiUrl);
  throw new WalletProblem(
    "NO_WALLET",
    `This browser does not know which wallet has the address ${address}. Sign out, then connect it again.`,
  );
}

/** What the page calls a wallet. */
export function nameOf(config: WebConfig, address: string): string {
  const local = config.wallets.find((wallet) => wallet.address === address);
  return rememberedWallet(address)?.name ?? local?.name ?? "Your wallet";
}
