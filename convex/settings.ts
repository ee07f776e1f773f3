/**
 * The deployment's environment, read and checked in one place. `.env.example` explains each name. Locally `npm start`
 * sets them; on Convex, `npx convex env set`.
 */
import { z } from "zod";
import type { FeeRule } from "../src/domain/transactions";
import type { TreasuryAccount } from "../src/domain/treasury";
import { isWebhookUrl } from "../src/domain/webhooks";
import { PUBLIC_URLS, SOURCES, type SourceSettings } from "../src/prices/look";
import { NETWORKS, type VaultDeployment } from "../src/stacks/deployment";

const contractId = z.string().regex(/^S[A-Z0-9]{20,}\.[a-z][a-z0-9-]*$/i, "<address>.<contract name>");

const chain = z.object({
  STACKS_NETWORK: z.enum(NETWORKS),
  STACKS_API_URL: z.url({ protocol: /^https?$/ }),
  STACKS_API_KEY: z.string().default(""),
  VAULT_CONTRACT: contractId,
  SBTC_CONTRACT: contractId,
});

const sync = z.object({
  FINALITY_BURN_BLOCKS: z.coerce.number().int().min(1).default(6),
  SYNC_POLL_MS: z.coerce.number().int().min(100).default(10_000),
});

/** Empty: nobody may push. */
const push = z.object({ PUSH_SECRET: z.union([z.literal(""), z.string().min(16)]).default("") });

const authoriser = z.object({
  AUTHORISER_PRIVATE_KEY: z.string().regex(/^[0-9a-f]{64}(01)?$/, "32 bytes of hex"),
});

/** Empty: that account pays nobody. */
const recipient = z.union([z.literal(""), z.string().regex(/^S[A-Z0-9]{20,}$/, "a Stacks address")]).default("");
const treasury = z.object({ TREASURY_INSURANCE_PRINCIPAL: recipient, TREASURY_FEES_PRINCIPAL: recipient });

/** Who operates the deployment. */
export type Role = "operator" | "guardian" | "admin";

/** Separated by commas; empty: nobody. */
const principals = z
  .string()
  .default("")
  .transform((text) => text.split(",").flatMap((part) => part.trim() || []))
  .pipe(z.array(z.string().regex(/^S[A-Z0-9]{20,}$/, "Stacks addresses, separated by commas")));
const roles = z.object({
  OPERATOR_PRINCIPALS: principals,
  GUARDIAN_PRINCIPALS: principals,
  ADMIN_PRINCIPALS: principals,
});

const service = z.object({
  SERVICE_PRIVATE_KEY: z.string().regex(/^[0-9a-f]{64}(01)?$/, "32 bytes of hex"),
  SERVICE_FEE_PER_BYTE_USTX: z.coerce.bigint().min(1n).default(10n),
  SERVICE_FEE_LIMIT_USTX: z.coerce.bigint().min(1n).default(500_000n),
  SERVICE_FEE_RAISE_AFTER_SECONDS: z.coerce.number().int().min(1).default(900),
});

const httpUrl = (fallback: string) => z.url({ protocol: /^https?$/ }).default(fallback);

const prices = z.object({
  /** Separated by commas; empty: none is asked, and there are no prices. */
  PRICE_SOURCES: z
    .string()
    .default(SOURCES.join())
    .transform((text) => text.split(",").filter((name) => name !== ""))
    .pipe(z.array(z.enum(SOURCES))),
  PRICE_POLL_MS: z.coerce.number().int().min(100).default(10_000),
  PYTH_URL: httpUrl(PUBLIC_URLS.pyth),
  PYTH_API_KEY: z.string().default(""),
  COINBASE_URL: httpUrl(PUBLIC_URLS.coinbase),
  KRAKEN_URL: httpUrl(PUBLIC_URLS.kraken),
});

/** Empty: nobody is told. */
const webhook = z
  .object({
    NOTIFICATION_WEBHOOK_URL: z.string().default(""),
    NOTIFICATION_WEBHOOK_SECRET: z.string().default(""),
  })
  .superRefine(({ NOTIFICATION_WEBHOOK_URL: url, NOTIFICATION_WEBHOOK_SECRET: secret }, checked) => {
    const refuse = (name: string, message: string) => checked.addIssue({ code: "custom", path: [name], message });
    if (url === "") return;
    if (!isWebhookUrl(url))
      refuse("NOTIFICATION_WEBHOOK_URL", "an https URL, or http on 127.0.0.1, without a password");
    if (!/^whsec_([A-Za-z0-9+/]{4}){8,21}([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(secret))
      refuse("NOTIFICATION_WEBHOOK_SECRET", "whsec_ and 24 to 64 random bytes in base64");
  });

const signIn = z.object({
  AUTH_DOMAIN: z.string().min(1),
  AUTH_ISSUER: z.url(),
  AUTH_PRIVATE_KEY: z.string().startsWith("-----BEGIN PRIVATE KEY-----"),
  AUTH_CHALLENGE_SECRET: z.string().min(32),
});

function read<T>(shape: z.ZodType<T>): T {
  const result = shape.safeParse(process.env);
  if (result.success) return result.data;
  const wrong = result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`The environment of this deployment is incomplete (see .env.example). ${wrong.join("; ")}`);
}

export function vaultDeployment(): VaultDeployment {
  const { STACKS_NETWORK, VAULT_CONTRACT, SBTC_CONTRACT } = read(chain);
  return { network: STACKS_NETWORK, vaultContract: VAULT_CONTRACT, sbtcContract: SBTC_CONTRACT };
}

export function stacksApiUrl(): string {
  return read(chain).STACKS_API_URL.replace(/\/$/, "");
}

/** Empty: the API asks for none. */
export function stacksApiKey(): string {
  return read(chain).STACKS_API_KEY;
}

export function syncSettings() {
  const { FINALITY_BURN_BLOCKS, SYNC_POLL_MS } = read(sync);
  return { finalityBurnBlocks: FINALITY_BURN_BLOCKS, pollMs: SYNC_POLL_MS };
}

export function pushSecret(): string {
  return read(push).PUSH_SECRET;
}

export function authoriserKey(): string {
  return read(authoriser).AUTHORISER_PRIVATE_KEY;
}

/** Where what leaves an account of the treasury goes; empty: nowhere. */
export function treasuryPrincipal(account: TreasuryAccount): string {
  const { TREASURY_INSURANCE_PRINCIPAL, TREASURY_FEES_PRINCIPAL } = read(treasury);
  return account === "insurance" ? TREASURY_INSURANCE_PRINCIPAL : TREASURY_FEES_PRINCIPAL;
}

/** The addresses that have a role. */
export function rolePrincipals(role: Role): string[] {
  const { OPERATOR_PRINCIPALS, GUARDIAN_PRINCIPALS, ADMIN_PRINCIPALS } = read(roles);
  return { operator: OPERATOR_PRINCIPALS, guardian: GUARDIAN_PRINCIPALS, admin: ADMIN_PRINCIPALS }[role];
}

/** The key that signs the service's transactions, and what it pays for them. */
export function serviceSettings(): { privateKey: string; feeRule: FeeRule } {
  const settings = read(service);
  return {
    privateKey: settings.SERVICE_PRIVATE_KEY,
    feeRule: {
      perByteUstx: settings.SERVICE_FEE_PER_BYTE_USTX,
      limitUstx: settings.SERVICE_FEE_LIMIT_USTX,
      raiseAfterSeconds: settings.SERVICE_FEE_RAISE_AFTER_SECONDS,
    },
  };
}

/** Which price sources are asked, where, and how often. */
export function priceSettings(): SourceSettings & { pollMs: number } {
  const settings = read(prices);
  return {
    sources: settings.PRICE_SOURCES,
    urls: { pyth: settings.PYTH_URL, coinbase: settings.COINBASE_URL, kraken: settings.KRAKEN_URL },
    pythApiKey: settings.PYTH_API_KEY,
    pollMs: settings.PRICE_POLL_MS,
  };
}

/** Whether notifications are to go to a webhook. Never fails: a setting that can't be used must not stop what is told of. */
export function hasWebhook(): boolean {
  return (process.env.NOTIFICATION_WEBHOOK_URL ?? "") !== "";
}

export interface WebhookSettings {
  url: string;
  /** `whsec_<base64>` */
  secret: string;
}

/** Where notifications go; null: nowhere. */
export function webhookSettings(): WebhookSettings | null {
  const { NOTIFICATION_WEBHOOK_URL: url, NOTIFICATION_WEBHOOK_SECRET: secret } = read(webhook);
  return url === "" ? null : { url, secret };
}

export function signInSettings() {
  const settings = read(signIn);
  return {
    domain: settings.AUTH_DOMAIN,
    issuer: settings.AUTH_ISSUER,
    privateKeyPem: settings.AUTH_PRIVATE_KEY,
    challengeSecret: settings.AUTH_CHALLENGE_SECRET,
  };
}
