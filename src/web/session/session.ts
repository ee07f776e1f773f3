/** A sign-in with a Stacks wallet, kept for as long as the browser's tab: a reload keeps it, a new tab signs in anew. */
import { z } from "zod";

const KEY = "bithedge.session";
/** A token this close to its end is not worth a request. */
const LEEWAY_MS = 15_000;

const shape = z.object({ token: z.string(), address: z.string(), expiresAt: z.number() });
export type SignedIn = { kind: "signedIn" } & z.infer<typeof shape>;

export type Session =
  | { kind: "signedOut" }
  | SignedIn
  /** Ended by time or by the service. Who it was is kept, so that the page stays as it is until they sign in again. */
  | { kind: "expired"; address: string };

/** How long the session can still be used; 0 once it can't. */
export function remainingMs(session: SignedIn, now: number): number {
  return Math.max(0, session.expiresAt - LEEWAY_MS - now);
}

export function readSession(storage: Pick<Storage, "getItem">, now: number): Session {
  const text = storage.getItem(KEY);
  if (text === null) return { kind: "signedOut" };
  try {
    const session: SignedIn = { kind: "signedIn", ...shape.parse(JSON.parse(text)) };
    return remainingMs(session, now) > 0 ? session : { kind: "expired", address: session.address };
  } catch {
    // Written by another version of the page, or by hand: as good as none.
    return { kind: "signedOut" };
  }
}

export function keepSession(storage: Pick<Storage, "setItem" | "removeItem">, session: Session): void {
  if (session.kind === "signedIn") {
    const { token, address, expiresAt } = session;
    storage.setItem(KEY, JSON.stringify({ token, address, expiresAt }));
  } else {
    storage.removeItem(KEY);
  }
}
