/** The backend's functions for a command: over Convex's HTTP client, with every way it can fail told apart. */
import { ConvexHttpClient } from "convex/browser";
import type { FunctionReference, FunctionReturnType, OptionalRestArgs } from "convex/server";
import { ConvexError } from "convex/values";
import { TOKENS, type Token } from "../domain/tokens";
import { type Facts, Failure } from "./errors";

const TIMEOUT_MS = 30_000;
/** What Convex answers when a function has thrown; the body says what. */
const FUNCTION_FAILED = 560;

function unreachable(url: string, why: string): Failure {
  return new Failure("unreachable", "SERVICE_UNREACHABLE", `The service at ${url} can't be reached: ${why}.`, { url });
}

/** An error of Node's fetch has its cause inside. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "no answer in time";
  const { cause } = error;
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message;
  return cause instanceof Error ? cause.message : error.message;
}

function isAnswer(text: string): boolean {
  try {
    const { status } = JSON.parse(text) as { status?: unknown };
    return status === "success" || status === "error";
  } catch {
    return false;
  }
}

/** Convex's client takes any answer; here one that is no Convex deployment's is told as that. */
function checkedFetch(url: string): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((error) => {
      throw unreachable(url, reasonOf(error));
    });
    const text = await response.text().catch((error) => {
      throw unreachable(url, reasonOf(error));
    });
    const { status } = response;
    if (status === 401 || status === 403)
      throw new Failure("refused", "NOT_SIGNED_IN", "The service does not know this session any more. Sign in again.");
    if (!response.ok && status !== FUNCTION_FAILED)
      throw unreachable(url, `it answered HTTP ${status}: ${text.slice(0, 200)}`);
    if (!isAnswer(text)) throw unreachable(url, "it does not answer as a Convex deployment");
    return new Response(text, { status, headers: response.headers });
  };
}

function tokenAmong(args: unknown): Token | null {
  const { token, underlying } = (args ?? {}) as { token?: unknown; underlying?: unknown };
  return (
    TOKENS.find((known) => known === token || (known === "sBTC" && underlying === "BTC") || known === underlying) ??
    null
  );
}

/** The failure that a call of the service ended in. */
function failureOfCall(error: unknown, args: unknown): Failure {
  if (error instanceof Failure) return error;
  const data: unknown = error instanceof ConvexError ? error.data : null;
  if (typeof data === "object" && data !== null && "code" in data && "message" in data) {
    const { code, message, ...facts } = data as { code: unknown; message: unknown } & Record<string, unknown>;
    const shown = Object.entries(facts).filter(([, value]) => /^(string|number|bigint)$/.test(typeof value));
    return new Failure("refused", String(code), String(message), Object.fromEntries(shown) as Facts, tokenAmong(args));
  }
  const why = error instanceof Error ? error.message : String(error);
  return new Failure("unforeseen", "SERVICE_FAILED", `The service failed where it should not have: ${why}`);
}

/** A token that is good again, or null where nobody can sign for one. */
export type Renewal = () => Promise<string | null>;

export class Service {
  private readonly client: ConvexHttpClient;

  constructor(
    readonly url: string,
    private readonly session?: { token: string; renew: Renewal },
  ) {
    this.client = new ConvexHttpClient(url, {
      // Where a deployment may stand is the user's to say.
      skipConvexDeploymentUrlCheck: true,
      logger: false,
      fetch: checkedFetch(url),
      ...(session && { auth: session.token }),
    });
  }

  query<F extends FunctionReference<"query">>(
    reference: F,
    ...args: OptionalRestArgs<F>
  ): Promise<FunctionReturnType<F>> {
    return this.asked(() => this.client.query(reference, ...args), args[0]);
  }

  action<F extends FunctionReference<"action">>(
    reference: F,
    ...args: OptionalRestArgs<F>
  ): Promise<FunctionReturnType<F>> {
    return this.asked(() => this.client.action(reference, ...args), args[0]);
  }

  /** A session that ended before its time, as when the deployment has other keys now, is renewed once. */
  private async asked<T>(ask: () => Promise<T>, args: unknown): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      const failure = failureOfCall(error, args);
      const token = failure.code === "NOT_SIGNED_IN" ? await this.session?.renew() : null;
      if (!token) throw failure;
      this.client.setAuth(token);
      return ask().catch((again) => {
        throw failureOfCall(again, args);
      });
    }
  }
}
