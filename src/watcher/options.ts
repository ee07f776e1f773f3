/** What the command line and the environment ask for, checked before anything is asked of a chain. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { z } from "zod";
import type { FeeRule } from "../domain/transactions";
import { devnetWallets } from "../local/stacksNode/devnetWallets";
import { localDeployment, NETWORKS, type VaultDeployment } from "../stacks/deployment";
import { isPrincipal } from "../stacks/principals";
import { type Wallet, walletFromKey, walletFromMnemonic } from "../stacks/wallet";

export const HELP = `npm run watcher -- [options]

A guardian's own eyes, apart from the backend: reads the vault's events and what waits to be mined, asks the backend for what
it says of them in public, and pauses the vault by the guardian's key when money leaves that should not.

It pauses for
  a withdrawal that the backend does not know, or another one than it authorised, mined or waiting with a valid signature;
  a policy that it did not sell; a settlement that it did not decide, or of more; money that is missing at the vault's address;
  counters that do not follow from the events; a backend whose proof says something else than the chain;
  a payment that could not be verified for longer than --grace, as whoever steals could silence the backend.
It only tells, for somebody to look: a chain or a backend that is silent, sync that halts or lags, a guardian without STX for
the fee, a key that is not the guardian's any more. A reorganisation is nothing. Every cause is told once and pauses once: when
the vault's admin lets the vault go on, it is not paused again for the same.

Options:
  --network         local (npm start), devnet, testnet or mainnet; STACKS_NETWORK if left out
  --state FILE      where it stood, to go on there (${"$"}XDG_STATE_HOME/bithedge/watcher-<vault>.json; on local nothing is kept
                    unless a file is named)
  --newest N        how many of the vault's newest events the first start reads (200)
  --from-sequence N the first start begins behind this event instead
  --grace S         seconds that a payment may stay unverified (120)
  --alarm-after S   seconds that silence and lag may last (300)
  --once            two looks, a poll apart; exit code 7 if anything was found. A pause that is due is sent and not waited for
  --dry-run         sends and keeps nothing, says what would be paused; needs no key
  --json            a JSON document a line
  --help

Environment (on local all of it has defaults, and the guardian is the deployer of settings/Devnet.toml):
  GUARDIAN_PRIVATE_KEY, or GUARDIAN_KEY_FILE: a file with the key, or the words, of the vault's guardian
  STACKS_API_URL, STACKS_API_KEY   a Stacks node with Hiro's API: another one than the backend's, if you can
  VAULT_CONTRACT, SBTC_CONTRACT, CONVEX_URL, FINALITY_BURN_BLOCKS (6)
  WATCHER_POLL_MS (10000; local 500)     between two looks
  WATCHER_WEBHOOK_URL                    each finding is posted there as JSON
  WATCHER_FEE_PER_BYTE_USTX (500), WATCHER_FEE_LIMIT_USTX (5000000), WATCHER_FEE_RAISE_AFTER_SECONDS (20)

Exit codes: 0 ended by Ctrl-C, or nothing found; 2 the command was not understood; 4 the chain does not answer at the start;
7 findings with --once.`;

export interface Request {
  deployment: VaultDeployment;
  apiUrl: string;
  apiKey: string;
  convexUrl: string;
  finalityBurnBlocks: number;
  pollMs: number;
  graceMs: number;
  patienceMs: number;
  /** Null: nothing is kept. */
  stateFile: string | null;
  newestEvents: bigint;
  fromSequence: bigint | null;
  /** Null with --dry-run. */
  guardian: Wallet | null;
  feeRule: FeeRule;
  webhookUrl: string;
  form: "text" | "json";
  times: "once" | "always";
}

/** What was asked for can't be understood: told in a sentence, with exit code 2. */
export class Misunderstood extends Error {
  override name = "Misunderstood";
}

const FLAGS = {
  network: { type: "string" },
  state: { type: "string" },
  newest: { type: "string" },
  "from-sequence": { type: "string" },
  grace: { type: "string" },
  "alarm-after": { type: "string" },
  once: { type: "boolean" },
  "dry-run": { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

type Environment = Record<string, string | undefined>;

function flagsOf(argv: string[]) {
  try {
    return parseArgs({ args: argv, options: FLAGS, strict: true }).values;
  } catch (error) {
    const [why] = (error instanceof Error ? error.message : String(error)).split(". ");
    throw new Misunderstood(`${why}. --help lists the options.`);
  }
}
type Flags = ReturnType<typeof flagsOf>;

const PROJECT = fileURLToPath(new URL("../../", import.meta.url));

/** What stands in for what the environment does not say, on the local stack. */
async function localDefaults(environment: Environment): Promise<Environment> {
  const [deployer] = await devnetWallets(path.join(PROJECT, "Clarinet.toml"));
  if (!deployer) throw new Misunderstood("settings/Devnet.toml names no wallets.");
  const { vaultContract, sbtcContract } = localDeployment(deployer.address);
  const at = (port: string | undefined, usual: number) => `http://127.0.0.1:${port || usual}`;
  const addresses = {
    STACKS_API_URL: at(environment.STACKS_API_PORT, 3999),
    CONVEX_URL: at(environment.CONVEX_PORT, 3210),
  };
  const key = environment.GUARDIAN_KEY_FILE ? {} : { GUARDIAN_PRIVATE_KEY: deployer.privateKey };
  const pace = { FINALITY_BURN_BLOCKS: "1", WATCHER_POLL_MS: "500" };
  return { ...addresses, ...key, ...pace, VAULT_CONTRACT: vaultContract, SBTC_CONTRACT: sbtcContract };
}

const url = z.url({ protocol: /^https?$/, error: "is needed, as an http address" }).transform(withoutSlash);
const whole = (usual: string) =>
  z
    .string()
    .default(usual)
    .pipe(z.string().regex(/^\d{1,15}$/, "is to be a whole number"));
const count = (usual: string) => whole(usual).transform(Number);

function withoutSlash(text: string): string {
  return text.replace(/\/+$/, "");
}

function shapeOf(network: VaultDeployment["network"]) {
  const contract = z
    .string("is needed")
    .refine((text) => text.includes(".") && isPrincipal(text, network), `is to be a contract of ${network}`);
  return z.object({
    STACKS_API_URL: url,
    STACKS_API_KEY: z.string().default(""),
    CONVEX_URL: url,
    VAULT_CONTRACT: contract,
    SBTC_CONTRACT: contract,
    FINALITY_BURN_BLOCKS: count("6").refine((blocks) => blocks > 0, "is to be at least 1"),
    WATCHER_POLL_MS: count("10000").refine((ms) => ms >= 100, "is to be at least 100"),
    WATCHER_WEBHOOK_URL: url.or(z.literal("")).default(""),
    WATCHER_FEE_PER_BYTE_USTX: whole("500").transform(BigInt),
    WATCHER_FEE_LIMIT_USTX: whole("5000000").transform(BigInt),
    WATCHER_FEE_RAISE_AFTER_SECONDS: count("20"),
    "--newest": count("200").transform(BigInt),
    "--from-sequence": whole("0").transform(BigInt),
    "--grace": count("120"),
    "--alarm-after": count("300"),
  });
}

function numbersOf(flags: Flags) {
  const named = ["newest", "from-sequence", "grace", "alarm-after"] as const;
  return Object.fromEntries(named.map((name) => [`--${name}`, flags[name]]));
}

function guardianOf(environment: Environment, network: VaultDeployment["network"]): Wallet {
  const { GUARDIAN_PRIVATE_KEY: key, GUARDIAN_KEY_FILE: file } = environment;
  const [text, name] = key ? [key, "GUARDIAN_PRIVATE_KEY"] : [file && contentOf(file), `The file ${file}`];
  if (!text) throw new Misunderstood("GUARDIAN_PRIVATE_KEY or GUARDIAN_KEY_FILE is needed, or --dry-run.");
  const wallet = walletFromKey(text, network) ?? walletFromMnemonic(text, network);
  // What it holds is never repeated.
  if (!wallet) throw new Misunderstood(`${name} holds neither a private key (32 bytes of hex) nor the words of one.`);
  return wallet;
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Misunderstood(`GUARDIAN_KEY_FILE can't be read: ${(error as Error).message}`);
  }
}

function stateFileOf(flags: Flags, environment: Environment, vault: string): string | null {
  if (flags.state) return flags.state;
  if (flags.network === "local") return null;
  const folder = environment.XDG_STATE_HOME || path.join(homedir(), ".local", "state");
  return path.join(folder, "bithedge", `watcher-${vault}.json`);
}

/** An empty value is none. */
function filled(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value));
}

/** @returns null where only help was asked for */
export async function readRequest(argv: string[], given: Environment): Promise<Request | null> {
  const flags = flagsOf(argv);
  if (flags.help) return null;
  const named = flags.network ?? given.STACKS_NETWORK;
  const isLocal = named === "local";
  const network = isLocal ? "devnet" : NETWORKS.find((name) => name === named);
  if (!network) throw new Misunderstood(`--network is to be one of local, ${NETWORKS.join(", ")}.`);
  const environment = isLocal ? { ...(await localDefaults(given)), ...filled(given) } : filled(given);
  const parsed = shapeOf(network).safeParse({ ...environment, ...numbersOf(flags) });
  if (!parsed.success) {
    throw new Misunderstood(
      parsed.error.issues.map(({ path: [name], message }) => `${String(name)} ${message}.`).join("\n"),
    );
  }
  const { data } = parsed;
  return {
    deployment: { network, vaultContract: data.VAULT_CONTRACT, sbtcContract: data.SBTC_CONTRACT },
    ...{ apiUrl: data.STACKS_API_URL, apiKey: data.STACKS_API_KEY, convexUrl: data.CONVEX_URL },
    ...{ finalityBurnBlocks: data.FINALITY_BURN_BLOCKS, pollMs: data.WATCHER_POLL_MS },
    ...{ graceMs: data["--grace"] * 1_000, patienceMs: data["--alarm-after"] * 1_000 },
    stateFile: stateFileOf({ ...flags, network: named }, environment, data.VAULT_CONTRACT),
    newestEvents: data["--newest"],
    fromSequence: flags["from-sequence"] === undefined ? null : data["--from-sequence"],
    guardian: flags["dry-run"] ? null : guardianOf(environment, network),
    feeRule: {
      perByteUstx: data.WATCHER_FEE_PER_BYTE_USTX,
      limitUstx: data.WATCHER_FEE_LIMIT_USTX,
      raiseAfterSeconds: data.WATCHER_FEE_RAISE_AFTER_SECONDS,
    },
    webhookUrl: data.WATCHER_WEBHOOK_URL,
    form: flags.json ? "json" : "text",
    times: flags.once ? "once" : "always",
  };
}
