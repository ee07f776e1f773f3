/** What the page asks of the local stack: its market, its clock, its faucets. */
import { z } from "zod";
import { CONTROLS_PATH, type SERIES } from "../../domain/localControls";
import type { Underlying } from "../../domain/policies";
import type { Token } from "../../domain/tokens";
import type { WebConfig } from "../config";

export type SeriesName = keyof typeof SERIES;

const micros = z.string().regex(/^\d+$/).transform(BigInt);
const day = z.object({ date: z.string(), priceUsdMicros: micros });
const replay = z.object({ series: z.string(), day: z.number(), days: z.number(), date: z.string() });
const standing = z.object({ prices: z.object({ BTC: micros, STX: micros }), replay: replay.nullable() });
const tip = z.object({ height: z.number(), block_time: z.number() });
const refusal = z.object({ error: z.string() });
const nothing = z.object({});

export type RecordedDay = z.infer<typeof day>;
export type MarketStanding = z.infer<typeof standing>;

async function asked<T>(answer: Promise<Response>, shape: z.ZodType<T>): Promise<T> {
  const response = await answer;
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return shape.parse(body);
  const told = refusal.safeParse(body);
  throw new Error(told.success ? told.data.error : `The local stack answers HTTP ${response.status}.`);
}

function control<T>(name: string, body: object, shape: z.ZodType<T>): Promise<T> {
  const headers = { "content-type": "application/json" };
  return asked(fetch(`${CONTROLS_PATH}/${name}`, { method: "POST", headers, body: JSON.stringify(body) }), shape);
}

export const setPrice = (underlying: Underlying, usdMicros: bigint) =>
  control("market/price", { underlying, priceUsdMicros: String(usdMicros) }, nothing);
export const readMarket = () => control("market/standing", {}, standing);
export const playSeries = (series: SeriesName) => control("market/play", { series }, day);
/** Null: the last recorded day is over. */
export const nextDay = () => control("market/advance", {}, day.nullable());
export const advanceClock = (seconds: number) => control("chain/advance", { seconds }, tip);
export const mine = (burnBlocks: number) => control("chain/mine", { blocks: 1, burnBlocks }, tip);

const blocks = z.object({ results: z.array(z.object({ block_time: z.number() })) });

/** Block time of the chain's tip, unix seconds. */
export async function readTip({ stacksApiUrl }: WebConfig): Promise<number> {
  const { results } = await asked(fetch(`${stacksApiUrl}/extended/v2/blocks?limit=1`), blocks);
  return results[0]?.block_time ?? 0;
}

/** 500 STX, or 0.0001 sBTC, as testnet's faucets give. */
export function fund({ stacksApiUrl }: WebConfig, token: Token, address: string): Promise<object> {
  const url = `${stacksApiUrl}/extended/v1/faucets/${token.toLowerCase()}?address=${address}`;
  return asked(fetch(url, { method: "POST" }), nothing);
}
