/** Where a command's world is: which network, and at which addresses its parts answer. */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { STACKS_DEVNET, STACKS_MAINNET, STACKS_TESTNET } from "@stacks/network";
import { devnetWallets } from "../local/stacksNode/devnetWallets";
import { localDeployment, type Network } from "../stacks/deployment";
import { isPrincipal } from "../stacks/principals";
import type { Wallet } from "../stacks/wallet";
import { misuse } from "./errors";

/** "local" is the stack of `npm start`: a devnet of its own, with wallets whose keys are public. */
export const PLACES = ["local", "devnet", "testnet", "mainnet"] as const;
export type PlaceName = (typeof PLACES)[number];
export type Environment = Record<string, string | undefined>;

export interface Place {
  name: PlaceName;
  /** As the chain and the backend call it. */
  network: Network;
  convexUrl: string;
  siteUrl: string;
  stacksUrl: string;
  /** The market of the local stack; null elsewhere. */
  pricesUrl: string | null;
  /** The vault that is meant, whatever the backend says; null: nobody has named it. */
  vaultContract: string | null;
}

export interface PlaceOptions {
  network?: string;
  convexUrl?: string;
  siteUrl?: string;
  stacksUrl?: string;
  vault?: string;
}

const PUBLIC_API: Record<Network, string> = {
  mainnet: STACKS_MAINNET.client.baseUrl,
  testnet: STACKS_TESTNET.client.baseUrl,
  devnet: STACKS_DEVNET.client.baseUrl,
};

function urlOf(text: string, what: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.search && !url.hash)
    return text.replace(/\/+$/, "");
  throw misuse("URL_NOT_UNDERSTOOD", `${what} is to be an address such as https://example.org, not "${text}".`);
}

function portOf(env: Environment, name: string, fallback: number): number {
  const text = env[name] || String(fallback);
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port > 0 && port < 65_536) return port;
  throw misuse("PORT_NOT_UNDERSTOOD", `${name} is to be a port from 1 to 65535, not "${text}".`);
}

/** Deriving them takes longer than most commands, and they never change. */
let accounts: Promise<Wallet[]> | undefined;

/** The accounts of settings/Devnet.toml that hold money: the deployer first. */
export async function localWallets(): Promise<Wallet[]> {
  const manifest = path.join(fileURLToPath(new URL("../../", import.meta.url)), "Clarinet.toml");
  accounts ??= devnetWallets(manifest);
  return (await accounts).filter(({ name }) => name !== "faucet");
}

async function localVault(): Promise<string | null> {
  const [deployer] = await localWallets();
  return deployer ? localDeployment(deployer.address).vaultContract : null;
}

/** Convex serves HTTP actions at the deployment's name under another domain. */
function siteOf(convexUrl: string): string | null {
  return /^https:\/\/[^/]+\.convex\.cloud$/.test(convexUrl) ? convexUrl.replace(/cloud$/, "site") : null;
}

function isVault(text: string, network: Network): boolean {
  return text.includes(".") && isPrincipal(text, network);
}

/** @param text of --network or BITHEDGE_NETWORK */
function placeName(text: string): PlaceName {
  const name = PLACES.find((known) => known === text);
  if (name) return name;
  throw misuse("UNKNOWN_NETWORK", `There is no network "${text}" here. Use ${PLACES.join(", ")}.`);
}

/** What the options name, else the environment, else what the network has by itself. */
export async function placeOf(options: PlaceOptions, env: Environment): Promise<Place> {
  const name = placeName(options.network ?? (env.BITHEDGE_NETWORK || "local"));
  const network = name === "local" ? "devnet" : name;
  const here = (variable: string, port: number) =>
    name === "local" ? `http://127.0.0.1:${portOf(env, variable, port)}` : null;
  const given = options.convexUrl ?? (env.CONVEX_URL || here("CONVEX_PORT", 3210));
  if (!given) {
    throw misuse("NO_DEPLOYMENT", `Where is the deployment of ${name}? Name it with --convex-url or CONVEX_URL.`);
  }
  const convexUrl = urlOf(given, "--convex-url");
  const site = options.siteUrl ?? (env.CONVEX_SITE_URL || (here("CONVEX_SITE_PORT", 3211) ?? siteOf(convexUrl)));
  const stacks = options.stacksUrl ?? (env.STACKS_API_URL || (here("STACKS_API_PORT", 3999) ?? PUBLIC_API[network]));
  const vault = options.vault ?? (env.BITHEDGE_VAULT || (name === "local" ? await localVault() : null));
  if (vault && !isVault(vault, network)) {
    throw misuse("VAULT_NOT_UNDERSTOOD", `--vault is to be <address>.<name> of ${network}, not "${vault}".`);
  }
  return {
    name,
    network,
    convexUrl,
    siteUrl: site ? urlOf(site, "--site-url") : convexUrl,
    stacksUrl: urlOf(stacks, "--stacks-url"),
    pricesUrl: here("PRICE_API_PORT", 3998),
    vaultContract: vault,
  };
}
