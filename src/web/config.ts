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
  wallets: z.array(z.object({ name: z.string(), address: z.string(), privateKey: z.string() })),
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
