/** The wallets of settings/Devnet.toml with their keys: BIP39 and BIP32 at m/44'/5757'/0'/0/0, as every Stacks wallet. */
import { createHmac, pbkdf2Sync } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { getAddressFromPrivateKey, privateKeyToPublic } from "@stacks/transactions";

export interface DevnetWallet {
  name: string;
  address: string;
  /** Hex, with the suffix 01 of a compressed public key. */
  privateKey: string;
}

const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const HARDENED = 0x80000000;
const STACKS_PATH = [44 + HARDENED, 5757 + HARDENED, HARDENED, 0, 0];

interface ExtendedKey {
  key: Buffer;
  chainCode: Buffer;
}

function extendedKey(hmacKey: string | Buffer, data: Buffer): ExtendedKey {
  const digest = createHmac("sha512", hmacKey).update(data).digest();
  return { key: digest.subarray(0, 32), chainCode: digest.subarray(32) };
}

function child({ key, chainCode }: ExtendedKey, index: number): ExtendedKey {
  const parent =
    index >= HARDENED
      ? Buffer.concat([Buffer.from([0]), key])
      : Buffer.from(privateKeyToPublic(`${key.toString("hex")}01`) as string, "hex");
  const suffix = Buffer.alloc(4);
  suffix.writeUInt32BE(index);
  const tweak = extendedKey(chainCode, Buffer.concat([parent, suffix]));
  const sum = (BigInt(`0x${tweak.key.toString("hex")}`) + BigInt(`0x${key.toString("hex")}`)) % CURVE_ORDER;
  return { key: Buffer.from(sum.toString(16).padStart(64, "0"), "hex"), chainCode: tweak.chainCode };
}

export function privateKeyOfMnemonic(mnemonic: string): string {
  const seed = pbkdf2Sync(mnemonic.normalize("NFKD"), "mnemonic", 2048, 64, "sha512");
  return `${STACKS_PATH.reduce(child, extendedKey("Bitcoin seed", seed)).key.toString("hex")}01`;
}

/** In the order of the file. */
export async function devnetWallets(manifestPath: string): Promise<DevnetWallet[]> {
  const settings = await readFile(join(dirname(manifestPath), "settings", "Devnet.toml"), "utf8");
  const accounts = settings.matchAll(/^\[accounts\.(\w+)\][^[]*?^mnemonic\s*=\s*"([^"]+)"/gm);
  return [...accounts].map(([, name = "", mnemonic = ""]) => {
    const privateKey = privateKeyOfMnemonic(mnemonic);
    return { name, address: getAddressFromPrivateKey(privateKey, "testnet"), privateKey };
  });
}
