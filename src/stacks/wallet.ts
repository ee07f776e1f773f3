/** A wallet with a key of its own: whose address it is, and what it signs. Nothing here asks a network anything. */
import { HDKey } from "@scure/bip32";
import { mnemonicToSeedSync, validateMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { hashMessage } from "@stacks/encryption";
import {
  getAddressFromPrivateKey,
  hexToCV,
  makeContractCall,
  privateKeyToPublic,
  type StacksTransactionWire,
  signMessageHashRsv,
} from "@stacks/transactions";
import { addressKind, type Network } from "./deployment";
import type { UnsignedCall } from "./unsignedCalls";

export interface Wallet {
  name: string;
  address: string;
  /** Hex, with the suffix 01 of a compressed public key. */
  privateKey: string;
}

/** The first account of a Stacks wallet. */
const PATH = "m/44'/5757'/0'/0/0";

/** @param privateKey 32 bytes of hex, with or without the suffix 01; null: it is none */
export function walletFromKey(privateKey: string, network: Network, name = "key"): Wallet | null {
  const [, hex] = /^(?:0x)?([0-9a-f]{64})(?:01)?$/.exec(privateKey.trim().toLowerCase()) ?? [];
  if (hex === undefined) return null;
  try {
    const compressed = `${hex}01`;
    return { name, address: getAddressFromPrivateKey(compressed, addressKind(network)), privateKey: compressed };
  } catch {
    // Zero, or beyond the curve's order: no key.
    return null;
  }
}

/** @param words 12 to 24 words of BIP-39; null: they are no mnemonic */
export function walletFromMnemonic(words: string, network: Network, name = "mnemonic"): Wallet | null {
  const mnemonic = words.trim().toLowerCase().split(/\s+/).join(" ");
  if (!validateMnemonic(mnemonic, wordlist)) return null;
  const { privateKey: key } = HDKey.fromMasterSeed(mnemonicToSeedSync(mnemonic)).derive(PATH);
  return key && walletFromKey(Buffer.from(key).toString("hex"), network, name);
}

/** The answer to a sign-in challenge, or to anything else that a wallet signs as a message: RSV, as wallets do. */
export function signMessage(
  { privateKey }: Pick<Wallet, "privateKey">,
  message: string,
): { publicKey: string; signature: string } {
  const messageHash = Array.from(hashMessage(message), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const signature = signMessageHashRsv({ messageHash, privateKey });
  return { publicKey: privateKeyToPublic(privateKey) as string, signature };
}

/** Signs what the backend returned, with its post-conditions. `fee` in micro-STX. */
export function signCall(
  { privateKey: senderKey }: Pick<Wallet, "privateKey">,
  { contractId, functionName, functionArgs, postConditions, postConditionMode, network }: UnsignedCall,
  { nonce, fee }: { nonce: number; fee: bigint },
): Promise<StacksTransactionWire> {
  const [contractAddress = "", contractName = ""] = contractId.split(".");
  const call = { contractAddress, contractName, functionName, functionArgs: functionArgs.map((hex) => hexToCV(hex)) };
  // The backend's own arguments: nothing has to be fetched to know that they fit.
  const local = { validateWithAbi: false, network, nonce, fee };
  return makeContractCall({ ...call, ...local, postConditions, postConditionMode, senderKey });
}
