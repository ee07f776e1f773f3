/** Keys under which a caller repeats a request without doing it twice. They are stored, so they are bounded. */
import { accept, type Outcome, refuse } from "./refusal";

const LONGEST_KEY = 200;

export function checkIdempotencyKey(key: string): Outcome<string> {
  if (key.length <= LONGEST_KEY) return accept(key);
  const message = `Use at most ${LONGEST_KEY} characters for an idempotency key, such as a UUID.`;
  return refuse("IDEMPOTENCY_KEY_TOO_LONG", message, { max: LONGEST_KEY });
}
