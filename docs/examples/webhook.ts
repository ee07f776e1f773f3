/** What a receiver of notifications checks before it believes one: the signature of the Standard Webhooks scheme. */
import { createHmac, timingSafeEqual } from "node:crypto";

const TOLERANCE_SECONDS = 5 * 60;

export interface Delivery {
  /** Of the notification: it comes again with a delivery that is repeated. */
  id: string;
  /** Unix seconds. */
  timestamp: string;
  /** One or more, separated by blanks: `v1,<base64>`. */
  signature: string;
  /** As it came, byte for byte. */
  body: string;
}

/** @param secret as configured: `whsec_` and base64 */
export function isGenuine({ id, timestamp, signature, body }: Delivery, secret: string, nowMs: number): boolean {
  if (!(Math.abs(nowMs / 1_000 - Number(timestamp)) <= TOLERANCE_SECONDS)) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest();
  return signature.split(" ").some((one) => {
    const [version, given = ""] = one.split(",");
    const bytes = Buffer.from(given, "base64");
    return version === "v1" && bytes.length === expected.length && timingSafeEqual(bytes, expected);
  });
}
