/** The wallets of settings/Devnet.toml with their keys, derived from the mnemonics as every Stacks wallet does. */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { HDKey } from "@scure/bip32";
import { mnemonicToSeedWebcrypto } from "@scure/bip39";
import { getAddressFromPrivateKey } from "@stacks/transactions";

export interface DevnetWallet {
  name: string;
  address: string;
  /** Hex, with the suffix 01 of a compressed public key. */
  privateKey: string;
}

/** In the order of the file. */
export async function devnetWallets(manifestPath: string): Promise<DevnetWallet[]> {
  const settings = await readFile(join(dirname(manifestPath), "settings", "Devnet.toml"), "utf8");
  const accounts = settings.matchAll(/^\[accounts\.(\w+)\][^[]*?^mnemonic\s*=\s*"([^"]+)"/gm);
  const wallets = [...accounts].map(async ([, name = "", mnemonic = ""]) => {
    const seed = await mnemonicToSeedWebcrypto(mnemonic);
    const { privateKey: key } = HDKey.fromMasterSeed(seed).derive("m/44'/5757'/0'/0/0");
    if (!key) throw new Error(`No key follows from the mnemonic of ${name}.`);
    const privateKey = `${Buffer.from(key).toString("hex")}01`;
    return { name, address: getAddressFromPrivateKey(privateKey, "testnet"), privateKey };
  });
  return Promise.all(wallets);
}
