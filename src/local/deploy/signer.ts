/** The account that signs, from the words that a wallet shows for it. The words stay in this file. */
import { HDKey } from "@scure/bip32";
import { mnemonicToSeedSync, validateMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { getAddressFromPrivateKey } from "@stacks/transactions";
import { addressKind, type Network } from "../../stacks/deployment";

export interface Signer {
  address: string;
  /** Hex, with the suffix 01 of a compressed public key. */
  privateKey: string;
}

/** The first account of a Stacks wallet. */
const PATH = "m/44'/5757'/0'/0/0";

export function signerOf(words: string | undefined, network: Network): Signer {
  const mnemonic = (words ?? "").trim().toLowerCase().split(/\s+/).join(" ");
  if (!mnemonic)
    throw new Error("DEPLOYER_MNEMONIC is needed in the environment: the words of the account that signs.");
  if (!validateMnemonic(mnemonic, wordlist)) {
    throw new Error("DEPLOYER_MNEMONIC is no mnemonic: 12 to 24 English words of BIP-39 with a valid checksum.");
  }
  const { privateKey: key } = HDKey.fromMasterSeed(mnemonicToSeedSync(mnemonic)).derive(PATH);
  if (!key) throw new Error("No key follows from DEPLOYER_MNEMONIC.");
  const privateKey = `${Buffer.from(key).toString("hex")}01`;
  return { address: getAddressFromPrivateKey(privateKey, addressKind(network)), privateKey };
}
