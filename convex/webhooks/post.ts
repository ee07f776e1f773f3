/**
 * One message to the webhook, signed by the Standard Webhooks scheme. Whatever the receiver does, it is over in a bounded
 * time and with little read: only its status counts.
 */
import type { Answer } from "../../src/domain/webhooks";
import type { WebhookSettings } from "../settings";

const TIMEOUT_MS = 10_000;
/** Of an answer that is no success, so much is read: it goes into the reason. */
const MOST_READ_BYTES = 1_000;
const LONGEST_ERROR = 300;

/** `v1,<base64>`, over what the receiver sees: id, time and body. */
export async function signatureOf(
  { id, timestamp, body }: { id: string; timestamp: number; body: string },
  secret: string,
): Promise<string> {
  const bytes = Uint8Array.from(atob(secret.replace(/^whsec_/, "")), (character) => character.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const mac = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(`${id}.${timestamp}.${body}`));
  return `v1,${btoa(String.fromCharCode(...new Uint8Array(mac)))}`;
}

/** Never fails: what failed is the answer. */
export async function post(
  { url, secret }: WebhookSettings,
  { id, body }: { id: string; body: string },
): Promise<Answer> {
  const timestamp = Math.floor(Date.now() / 1_000);
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": await signatureOf({ id, timestamp, body }, secret),
  };
  const aborter = new AbortController();
  const timer = setTimeout(() => aborter.abort(), TIMEOUT_MS);
  try {
    const { signal } = aborter;
    return await answerOf(await fetch(url, { method: "POST", headers, body, redirect: "manual", signal }));
  } catch (error) {
    const reason = aborter.signal.aborted ? `no answer within ${TIMEOUT_MS / 1_000} s` : reasonOf(error);
    return { kind: "failed", error: reason.slice(0, LONGEST_ERROR) };
  } finally {
    clearTimeout(timer);
  }
}

/** `fetch` hides why it failed behind "fetch failed". */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  return String(cause instanceof Error ? cause.message || cause : error);
}

async function answerOf(response: Response): Promise<Answer> {
  if (response.ok) {
    await response.body?.cancel();
    return { kind: "delivered" };
  }
  const error = `HTTP ${response.status} ${await beginningOf(response)}`.trim().slice(0, LONGEST_ERROR);
  return { kind: response.status === 410 ? "gone" : "failed", error };
}

async function beginningOf({ body }: Response): Promise<string> {
  if (!body) return "";
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (text.length < MOST_READ_BYTES) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value.subarray(0, MOST_READ_BYTES), { stream: true });
  }
  await reader.cancel();
  return text;
}
