/**
 * One request to a Stacks node or API, with the manners that a public one expects: a key, a limit to how long is waited,
 * a few tries with growing pauses while it is only in trouble, and no try before the time that it names.
 */
import type { z } from "zod";

/** Something to try again later: the node could not be asked, or said what it should not. */
export class ApiError extends Error {
  override name = "ApiError";
  /** The HTTP status, if there was an answer. */
  readonly status: number | null;
  /** How long the API asks to be left alone; 0 if it does not ask. */
  readonly retryAfterMs: number;

  constructor(message: string, answer: { status?: number; retryAfterMs?: number } = {}) {
    super(message);
    this.status = answer.status ?? null;
    this.retryAfterMs = answer.retryAfterMs ?? 0;
  }
}

export interface ApiOptions {
  /** Sent as `x-api-key`. */
  apiKey?: string;
  /** Milliseconds from now on in which all that is asked has to be answered. */
  withinMs?: number;
  /** Of one request. */
  timeoutMs?: number;
  fetcher?: typeof fetch;
}

const TIMEOUT_MS = 10_000;
const WITHIN_MS = 50_000;
/** The pauses before the second and the third try. */
const PAUSES_MS = [200, 1_000];

/** @param body makes it a POST of JSON */
export type Requester = <T>(shape: z.ZodType<T>, path: string, body?: string) => Promise<T>;

/** Seconds or a date, as HTTP has it. */
function retryAfterOf(response: Response): number {
  const text = response.headers.get("retry-after");
  if (!text) return 0;
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}

/** Whether the same question may well be answered in a moment. */
function isPassing({ status, retryAfterMs }: ApiError): boolean {
  return retryAfterMs === 0 && (status === null || status >= 500);
}

export function requester(baseUrl: string, options: ApiOptions): Requester {
  const { apiKey, timeoutMs = TIMEOUT_MS, withinMs = WITHIN_MS, fetcher = fetch } = options;
  const deadline = Date.now() + withinMs;

  async function answerOf(path: string, body: string | undefined): Promise<string> {
    const aborter = new AbortController();
    const timer = setTimeout(() => aborter.abort(), Math.max(0, Math.min(timeoutMs, deadline - Date.now())));
    const headers = { ...(apiKey && { "x-api-key": apiKey }), ...(body && { "content-type": "application/json" }) };
    const post = body === undefined ? {} : { method: "POST", body };
    try {
      const response = await fetcher(`${baseUrl}${path}`, { headers, ...post, signal: aborter.signal });
      const text = await response.text();
      if (response.ok) return text;
      const answer = { status: response.status, retryAfterMs: retryAfterOf(response) };
      throw new ApiError(`${path} answered ${response.status}: ${text.slice(0, 200)}`, answer);
    } catch (error) {
      throw error instanceof ApiError ? error : new ApiError(`${path}: ${String(error)}`);
    } finally {
      clearTimeout(timer);
    }
  }

  return async (shape, path, body) => {
    for (let tries = 0; ; tries += 1) {
      try {
        const text = await answerOf(path, body);
        const answer = shape.safeParse(JSON.parse(text));
        if (answer.success) return answer.data;
        throw new ApiError(`${path} answered in another shape: ${answer.error.message}`, { status: 200 });
      } catch (thrown) {
        // What is no JSON was cut off on its way, or comes from something before the API.
        const error = thrown instanceof ApiError ? thrown : new ApiError(`${path}: ${String(thrown)}`);
        const pauseMs = PAUSES_MS[tries];
        if (pauseMs === undefined || !isPassing(error) || Date.now() + pauseMs >= deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  };
}
