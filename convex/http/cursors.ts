/**
 * Where the next page begins, as strangers carry it: signed, for one list with one choice of filters. So what comes back is
 * what was given out, and nobody can make a list begin where it should not.
 */
import { errors, jwtVerify, SignJWT } from "jose";
import { refuseWith } from "../functions";
import { signInSettings } from "../settings";

/** Another key than the challenges have, made of the same secret. */
function key(): Uint8Array {
  return new TextEncoder().encode(`cursors of the read API: ${signInSettings().challengeSecret}`);
}

/** @param list names the list and what it is filtered by */
export function sealCursor(list: string, cursor: string): Promise<string> {
  return new SignJWT({ cursor }).setProtectedHeader({ alg: "HS256" }).setAudience(list).sign(key());
}

/** Refuses UNKNOWN_CURSOR: forged, altered, or of another list. */
export async function openCursor(list: string, sealed: string): Promise<string> {
  try {
    const { payload } = await jwtVerify(sealed, key(), { audience: list, algorithms: ["HS256"] });
    if (typeof payload.cursor === "string") return payload.cursor;
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
  }
  const message = "This cursor is not one of this list. Use nextCursor of the page before, with the same filters.";
  return refuseWith({ code: "UNKNOWN_CURSOR", message });
}
