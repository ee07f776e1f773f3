/**
 * Whose key signs: a wallet of the local stack by its name, or a file with a private key or a mnemonic. A key is no argument,
 * as others see those; and what a file holds is in no message.
 */
import { readFile, stat } from "node:fs/promises";
import { type Wallet, walletFromKey, walletFromMnemonic } from "../stacks/wallet";
import { misuse } from "./errors";
import { type Environment, localWallets, type Place } from "./network";

export interface WalletOptions {
  wallet?: string;
  keyFile?: string;
}

/** A key or 24 words are far shorter. */
const MOST_BYTES = 4_096;

async function namedWallet(name: string, place: Place): Promise<Wallet> {
  if (place.name !== "local") {
    throw misuse("NO_LOCAL_WALLETS", `--wallet names a wallet of the local stack; on ${place.name} use --key-file.`);
  }
  const wallets = await localWallets();
  const found = wallets.find((wallet) => wallet.name === name);
  if (found) return found;
  const names = wallets.map((wallet) => wallet.name).join(", ");
  throw misuse("UNKNOWN_WALLET", `There is no wallet "${name}" here. Use ${names}.`);
}

const FILE_TROUBLE: Record<string, string> = {
  ENOENT: "is not there",
  EISDIR: "is a folder",
  EACCES: "can't be read by you",
};

async function contentOf(file: string, warn: (text: string) => void): Promise<string> {
  try {
    const { mode, size } = await stat(file);
    if (size > MOST_BYTES) throw misuse("NO_KEY", `The key file ${file} is too long to hold one key.`);
    const text = await readFile(file, "utf8");
    if (process.platform !== "win32" && mode & 0o077) {
      warn(`Others on this machine can read the key file ${file}. Take that from them: chmod 600 ${file}`);
    }
    return text;
  } catch (error) {
    const why = FILE_TROUBLE[(error as NodeJS.ErrnoException).code ?? ""];
    if (!why) throw error;
    throw misuse("KEY_FILE_NOT_READ", `The key file ${file} ${why}.`);
  }
}

async function walletOfFile(file: string, place: Place, warn: (text: string) => void): Promise<Wallet> {
  const text = await contentOf(file, warn);
  const wallet = walletFromKey(text, place.network) ?? walletFromMnemonic(text, place.network);
  if (wallet) return wallet;
  throw misuse(
    "NO_KEY",
    `The key file ${file} holds neither a private key (64 digits of hex) nor a mnemonic (12 to 24 words).`,
  );
}

/** The wallet that the options or the environment name; null: none. */
export async function walletOf(
  options: WalletOptions,
  { place, env, warn }: { place: Place; env: Environment; warn: (text: string) => void },
): Promise<Wallet | null> {
  const { wallet, keyFile } = options;
  if (wallet !== undefined && keyFile !== undefined) {
    throw misuse("TWO_WALLETS", "--wallet and --key-file each name a wallet. Use one of them.");
  }
  if (wallet !== undefined) return namedWallet(wallet, place);
  const file = keyFile ?? env.BITHEDGE_KEY_FILE;
  return file ? walletOfFile(file, place, warn) : null;
}
