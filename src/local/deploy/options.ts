/** What the command line and the environment ask for, checked before anything is read of a chain. */
import { parseArgs } from "node:util";
import { compressPublicKey } from "@stacks/transactions";
import { z } from "zod";
import { contracts } from "../../stacks/bindings";
import { NETWORKS, type Network } from "../../stacks/deployment";
import { isPrincipal } from "../../stacks/principals";

const { capLimit } = contracts.liquidityVault.constants;

export const HELP = `npm run deploy -- --network devnet|testnet|mainnet [options]

Deploys and launches the vault. Sends nothing without --broadcast. What stands already is left, so an interrupted
deployment goes on when the same command is run again.

Options (or environment variables):
  --network               which network's addresses and sBTC token
  --service               VAULT_SERVICE: the principal that locks, releases and settles
  --guardian              VAULT_GUARDIAN: the principal that can stop the vault
  --authoriser            VAULT_AUTHORISER: the public key, 33 bytes in hex, of AUTHORISER_PRIVATE_KEY
  --caps                  VAULT_CAPS: what may leave in any window of 144 burn blocks, in micro-STX and satoshis:
                          stx-withdrawals=N,stx-settlements=N,sbtc-withdrawals=N,sbtc-settlements=N
  --admin                 VAULT_ADMIN: the principal that configures and launches; the deployer if left out
  --vault                 a vault at another address or of another name than <deployer>.liquidity-vault
  --sbtc                  another sBTC token than the network's
  --api                   a Stacks node with Hiro's API, instead of the network's
  --fee                   micro-STX for each transaction, instead of the node's estimate
  --broadcast             signs and sends; refused on mainnet
  --help

DEPLOYER_MNEMONIC (environment only): the words of the account that signs, at m/44'/5757'/0'/0/0. They are never printed.`;

export interface Caps {
  stx: { withdrawals: bigint; settlements: bigint };
  sbtc: { withdrawals: bigint; settlements: bigint };
}

export interface DeployOptions {
  network: Network;
  service: string;
  guardian: string;
  /** 33 bytes in hex, without 0x. */
  authoriser: string;
  caps: Caps;
  admin?: string | undefined;
  vault?: string | undefined;
  sbtc?: string | undefined;
  api?: string | undefined;
  feeUstx?: bigint | undefined;
}

export interface Request {
  options: DeployOptions;
  intent: "show" | "broadcast";
}

const FLAGS = {
  network: { type: "string" },
  service: { type: "string" },
  guardian: { type: "string" },
  authoriser: { type: "string" },
  caps: { type: "string" },
  admin: { type: "string" },
  vault: { type: "string" },
  sbtc: { type: "string" },
  api: { type: "string" },
  fee: { type: "string" },
  broadcast: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

type Environment = Record<string, string | undefined>;

const CAP_NAMES = ["stx-withdrawals", "stx-settlements", "sbtc-withdrawals", "sbtc-settlements"] as const;

const cap = z
  .string("is missing")
  .regex(/^\d[\d_]*$/, "is not a whole number")
  .transform((text) => BigInt(text.replaceAll("_", "")))
  .refine((value) => value < capLimit, "is 2^100 or more");
const capList = z.strictObject(Object.fromEntries(CAP_NAMES.map((name) => [name, cap])) as Record<string, typeof cap>);

/** The four caps; a closed way out is said by 0, never by silence. */
const caps = z
  .string()
  .transform((text) => Object.fromEntries(text.split(",").map((pair) => pair.trim().split("=", 2))))
  .pipe(capList)
  .transform((given): Caps => {
    const [stxOut, stxPaid, sbtcOut, sbtcPaid] = CAP_NAMES.map((name) => given[name] as bigint);
    return {
      stx: { withdrawals: stxOut as bigint, settlements: stxPaid as bigint },
      sbtc: { withdrawals: sbtcOut as bigint, settlements: sbtcPaid as bigint },
    };
  });

function isPublicKey(hex: string): boolean {
  try {
    return compressPublicKey(hex) === hex;
  } catch {
    return false;
  }
}

const authoriser = z
  .string()
  .transform((text) => text.toLowerCase().replace(/^0x/, ""))
  .refine(isPublicKey, "is not a compressed public key: 33 bytes in hex, on the curve");

function shapeOf(network: Network) {
  const principal = z.string().refine((text) => isPrincipal(text, network), `is not a principal of ${network}`);
  const contract = principal.refine((text) => text.includes("."), "is not <address>.<name>");
  return z.object({
    service: principal,
    guardian: principal,
    authoriser,
    caps,
    admin: principal.optional(),
    vault: contract.optional(),
    sbtc: contract.optional(),
    api: z.url({ protocol: /^https?$/, error: "is not an http address" }).optional(),
    fee: z.string().regex(/^\d+$/, "is not a whole number of micro-STX").transform(BigInt).optional(),
  });
}

function flagsOf(argv: string[]) {
  try {
    return parseArgs({ args: argv, options: FLAGS, strict: true }).values;
  } catch (error) {
    // A stray word may be one of a mnemonic, so it is not repeated.
    const isStray = (error as NodeJS.ErrnoException).code === "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL";
    const [why] = (error instanceof Error ? error.message : String(error)).split(". ");
    throw new Error(
      isStray ? "A word stands where an option should. --help lists them." : `${why}. --help lists them.`,
    );
  }
}

function complaint({ path: [name, ...more], message, code }: z.core.$ZodIssue): string {
  const isMissing = code === "invalid_type" && more.length === 0;
  return `--${[name, ...more].map(String).join(" ")} ${isMissing ? "is needed" : message}.`;
}

/** @returns null where only help was asked for */
export function readRequest(argv: string[], environment: Environment): Request | null {
  const flags = flagsOf(argv);
  if (flags.help) return null;
  const network = NETWORKS.find((name) => name === flags.network);
  if (!network) throw new Error(`--network is to be one of ${NETWORKS.join(", ")}.`);
  if (network === "mainnet" && flags.broadcast) throw new Error(MAINNET_REFUSAL);
  const named = {
    service: environment.VAULT_SERVICE || undefined,
    guardian: environment.VAULT_GUARDIAN || undefined,
    authoriser: environment.VAULT_AUTHORISER || undefined,
    admin: environment.VAULT_ADMIN || undefined,
    caps: environment.VAULT_CAPS || undefined,
    ...flags,
  };
  const parsed = shapeOf(network).safeParse(named);
  if (!parsed.success) throw new Error(parsed.error.issues.map(complaint).join("\n"));
  const { fee: feeUstx, ...rest } = parsed.data;
  return { options: { network, feeUstx, ...rest }, intent: flags.broadcast ? "broadcast" : "show" };
}

export const MAINNET_REFUSAL =
  "Broadcasting to mainnet is refused: until users can leave by proof, without the service, their money depends on it.";
