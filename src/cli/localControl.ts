/** What can be done to the local stack and to no other: its market's prices, its chain's time and blocks, its faucets. */
import { z } from "zod";
import type { Underlying } from "../domain/policies";
import type { Cli } from "./cli";
import { Failure, misuse } from "./errors";
import type { Place } from "./network";
import { reasonOf } from "./service";

const TIMEOUT_MS = 30_000;
const refusal = z.object({ error: z.string() });
const tip = z.object({ height: z.number(), block_time: z.number(), burn_block_height: z.number() });
const day = z.object({ date: z.string(), priceUsdMicros: z.string().transform(BigInt) });
export type Tip = z.infer<typeof tip>;
export type RecordedDay = z.infer<typeof day>;

/** Where the local stack is; elsewhere none of this can be done. */
export async function localPlace(cli: Cli): Promise<Place & { pricesUrl: string }> {
  const place = await cli.place();
  const { name, pricesUrl } = place;
  if (name === "local" && pricesUrl !== null) return { ...place, pricesUrl };
  throw misuse("NOT_LOCAL", `Only the stack of \`npm start\` can be told this; ${name} is nobody's to move.`);
}

interface Question<T> {
  shape: z.ZodType<T>;
  body?: unknown;
  /** What is said where there is no such route. */
  missing?: string;
}

async function post<T>(url: string, path: string, { shape, body, missing }: Question<T>): Promise<T> {
  const headers = { "content-type": "application/json" };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const lost = (error: unknown): never => {
    const why = `The local stack at ${url} does not answer: ${reasonOf(error)}. Does \`npm start\` run?`;
    throw new Failure("unreachable", "LOCAL_UNREACHABLE", why, { url });
  };
  const response = await fetch(url + path, { method: "POST", headers, ...sent, signal }).catch(lost);
  const text = await response.text().catch(lost);
  if (response.status === 404 && missing) throw misuse("NO_CONTROL", missing);
  const answer: unknown = await new Response(text).json().catch(() => null);
  const refused = refusal.safeParse(answer);
  if (!response.ok) {
    const why = refused.success ? refused.data.error : `HTTP ${response.status}`;
    throw new Failure("refused", "LOCAL_REFUSED", `The local stack refuses ${path}: ${why.replace(/\s+/g, " ")}`);
  }
  const parsed = shape.safeParse(answer);
  return parsed.success ? parsed.data : lost(new Error(`${path} answers in another form than it should`));
}

const TIME_IS_FIXED = "This chain's time is not to be moved. Start the stack without STACKS_CONTROL=0.";

/** @returns the tip afterwards */
export async function advanceChain(cli: Cli, seconds: number): Promise<Tip> {
  const { stacksUrl } = await localPlace(cli);
  return post(stacksUrl, "/control/advance", { shape: tip, body: { seconds }, missing: TIME_IS_FIXED });
}

/** @returns the tip afterwards */
export async function mineBlocks(cli: Cli, blocks: { blocks: number; burnBlocks: number }): Promise<Tip> {
  const { stacksUrl } = await localPlace(cli);
  return post(stacksUrl, "/control/mine", { shape: tip, body: blocks, missing: TIME_IS_FIXED });
}

export async function setPrice(cli: Cli, underlying: Underlying, usdMicros: bigint): Promise<void> {
  const { pricesUrl } = await localPlace(cli);
  const body = { underlying, priceUsdMicros: String(usdMicros) };
  await post(pricesUrl, "/control/price", { shape: z.object({}), body });
}

/** Plays recorded days from the first one on. */
export async function playSeries(cli: Cli, series: string): Promise<RecordedDay> {
  const { pricesUrl } = await localPlace(cli);
  return post(pricesUrl, "/control/play", { shape: day, body: { series } });
}

/** Null: no series is played, or its last day is over. */
export async function playNextDay(cli: Cli): Promise<RecordedDay | null> {
  const { pricesUrl } = await localPlace(cli);
  return post(pricesUrl, "/control/advance", { shape: day.nullable(), body: {} });
}

/** @returns the id of the faucet's transaction */
export async function askFaucet(cli: Cli, token: "stx" | "sbtc", address: string): Promise<string> {
  const { stacksUrl } = await localPlace(cli);
  const shape = z.object({ txId: z.string() });
  return (await post(stacksUrl, `/extended/v1/faucets/${token}?address=${address}`, { shape })).txId;
}
