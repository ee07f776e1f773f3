/** The account that signs, from the words that a wallet shows for it. The words stay in this file. */
import type { Network } from "../../stacks/deployment";
import { type Wallet, walletFromMnemonic } from "../../stacks/wallet";

export type Signer = Pick<Wallet, "address" | "privateKey">;

export function signerOf(words: string | undefined, network: Network): Signer {
  if (!words?.trim())
    throw new Error("DEPLOYER_MNEMONIC is needed in the environment: the words of the account that signs.");
  const wallet = walletFromMnemonic(words, network);
  if (!wallet) {
    throw new Error("DEPLOYER_MNEMONIC is no mnemonic: 12 to 24 English words of BIP-39 with a valid checksum.");
  }
  return wallet;
}
