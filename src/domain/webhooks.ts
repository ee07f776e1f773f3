/** What a webhook is told of a notification, when it is tried again, and when it is given up. */

/** What became of one attempt. */
export type Answer =
  | { kind: "delivered" }
  /** The receiver wants no more of it. */
  | { kind: "gone"; error: string }
  | { kind: "failed"; error: string };

/** Pauses after the first attempt, the second, and so on; after the last of them it is given up: after about 32 hours. */
export const PAUSES_SECONDS = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400];

/** So much longer a pause may be: those that failed together should not come back together. */
const JITTER = 0.1;

/** Between 0 and 1, the same for the same text. FNV-1a. */
function spread(text: string): number {
  let hash = 0x811c9dc5;
  for (let n = 0; n < text.length; n += 1) hash = Math.imul(hash ^ text.charCodeAt(n), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}

/** What follows from an attempt; `at` in ms. */
export type NextAttempt = { kind: "delivered" } | { kind: "again"; at: number } | { kind: "givenUp" };

/**
 * @param delivery `attempts`: how many there have been, the one that was answered now included
 * @param now ms
 */
export function afterAttempt(
  { id, attempts }: { id: string; attempts: number },
  answer: Answer,
  now: number,
): NextAttempt {
  if (answer.kind === "delivered") return { kind: "delivered" };
  const pause = PAUSES_SECONDS[attempts - 1];
  if (answer.kind === "gone" || pause === undefined) return { kind: "givenUp" };
  return { kind: "again", at: now + Math.round(pause * 1_000 * (1 + JITTER * spread(`${id} ${attempts}`))) };
}

export interface Told {
  id: string;
  kind: string;
  /** Null: the operators. */
  provider: string | null;
  facts: Record<string, string | number | bigint | boolean | null>;
  /** ms */
  at: number;
}

/** The body of the message: JSON, amounts as strings of base units. */
export function messageOf({ id, kind, provider, facts, at }: Told): string {
  const message = { id, type: kind, timestamp: new Date(at).toISOString(), data: { ...facts, provider } };
  return JSON.stringify(message, (_name, value) => (typeof value === "bigint" ? value.toString() : value));
}

const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];

/** Whether messages may go there: encrypted, or not beyond this machine. */
export function isWebhookUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== "" || password !== "") return false;
  return protocol === "https:" || (protocol === "http:" && LOOPBACK.includes(hostname));
}
