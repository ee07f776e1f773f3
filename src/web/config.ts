/**
 * What the page has to be told about where it runs: `/config.json`, checked at the door. A deployment serves its own
 * file; the local stack's names its funded wallets, whose keys are public.
 */
import { z } from "zod";

const contractId = z.string().regex(/^S[0-9A-Z]+\.[a-zA-Z][a-zA-Z0-9_-]*$/, "expected <address>.<name>");

const shape = z.object({
  convexUrl: z.url(),
  stacksApiUrl: z.url(),
  network: z.enum(["mainnet", "testnet", "devnet"]),
  vaultContract: contractId,
  sbtcContract: contractId,
  /** Of the chain's explorer, without a slash at its end; null: there is none, as on the local stack. */
  explorerUrl: z.url().nullable().default(null),
  /** Funded accounts whose keys the page holds: the local stack's. Elsewhere there are none, and people bring their own. */
  wallets: z.array(z.object({ name: z.string(), address: z.string(), privateKey: z.string() })).default([]),
  /** The local stack's market and, where it was asked for, its clock: a page may set the one and move the other. */
  local: z.object({ marketUrl: z.url(), hasClock: z.boolean() }).nullable().default(null),
});
export type WebConfig = z.infer<typeof shape>;

export function parseConfig(json: unknown): WebConfig {
  const result = shape.safeParse(json);
  if (result.success) return result.data;
  throw new Error(`The page's configuration (/config.json) is not usable: ${z.prettifyError(result.error)}`);
}

export async function loadConfig(): Promise<WebConfig> {
  const response = await fetch("/config.json");
  if (!response.ok) throw new Error(`The page's configuration (/config.json) can't be read: HTTP ${response.status}.`);
  return parseConfig(await response.json());
}
