/** What a wallet itself holds, read from the Stacks API. */
import { z } from "zod";
import type { Token } from "../../domain/tokens";
import type { WebConfig } from "../config";

export type Balances = Record<Token, bigint>;

const amount = z.string().regex(/^\d+$/).transform(BigInt);
const shape = z.object({
  stx: z.object({ balance: amount, locked: amount }),
  fungible_tokens: z.record(z.string(), z.object({ balance: amount })),
});

/** Spendable balances. The API names a fungible token `<contract>::<asset>`. */
export function parseBalances(json: unknown, sbtcContract: string): Balances {
  const { stx, fungible_tokens } = shape.parse(json);
  const sbtc = Object.entries(fungible_tokens).find(([asset]) => asset.startsWith(`${sbtcContract}::`));
  return { STX: stx.balance - stx.locked, sBTC: sbtc?.[1].balance ?? 0n };
}

export async function readBalances({ stacksApiUrl, sbtcContract }: WebConfig, address: string): Promise<Balances> {
  const response = await fetch(`${stacksApiUrl}/extended/v1/address/${address}/balances`);
  if (!response.ok) throw new Error(`The Stacks API answered HTTP ${response.status}.`);
  return parseBalances(await response.json(), sbtcContract);
}
