/**
 * One question to a price source, asked once: the next look is soon. Its answer is bounded in time by the caller's signal,
 * and in size, and checked by zod.
 */
import type { z } from "zod";
import { type Fetcher, PriceError } from "./source";

/** Far more than any of the sources answers. */
const MOST_BYTES = 64 * 1024;

export interface Question<T> {
  url: string;
  shape: z.ZodType<T>;
  signal: AbortSignal;
  /** Sent as a bearer token; empty: none. */
  apiKey?: string;
  fetcher: Fetcher;
}

async function boundedText(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (!reader) return "";
  const decoder = new TextDecoder();
  let text = "";
  for (let bytes = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > MOST_BYTES) {
      await reader.cancel();
      throw new PriceError("unreadable", `The answer is longer than ${MOST_BYTES} bytes.`);
    }
    text += decoder.decode(value, { stream: true });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PriceError("unreadable", `The answer is no JSON: ${text.slice(0, 100)}`);
  }
}

export async function ask<T>({ url, shape, signal, apiKey, fetcher }: Question<T>): Promise<T> {
  // Some refuse whoever does not say what it is.
  const headers = { "user-agent": "bithedge-liquidity", ...(apiKey && { authorization: `Bearer ${apiKey}` }) };
  try {
    const response = await fetcher(url, { headers, signal });
    const text = await boundedText(response);
    if (!response.ok) throw new PriceError("refused", `It answered ${response.status}: ${text.slice(0, 100)}`);
    const answer = shape.safeParse(parsed(text));
    if (answer.success) return answer.data;
    throw new PriceError("unreadable", `The answer has another shape: ${answer.error.issues[0]?.message}`);
  } catch (error) {
    throw error instanceof PriceError ? error : new PriceError("unreachable", String(error));
  }
}
