/** Who is asking: the verified identity behind an HTTP request or a session, and how long it stands. */
import { randomBytes } from "node:crypto";
import type { Caller, Identity } from "./engine";

export interface Viewer {
  identity: Identity | null;
  isAdmin: boolean;
  /** When the token behind the identity expires (ms), null for admins and anonymous callers. */
  expiresAt: number | null;
  /** Equal for viewers whom no function can tell apart. */
  key: string;
}

export function viewerOf(identity: Identity | null, isAdmin: boolean, expiresAt: number | null): Viewer {
  return { identity, isAdmin, expiresAt, key: JSON.stringify([isAdmin, identity]) };
}

export const ANONYMOUS = viewerOf(null, false, null);

export function newRequestId(): string {
  return randomBytes(8).toString("hex");
}

export function callerOf(viewer: Viewer, requestId = newRequestId()): Caller {
  return { identity: viewer.identity, requestId, isAdmin: viewer.isAdmin };
}

export function isExpired({ expiresAt }: Viewer, nowMs: number): boolean {
  return expiresAt !== null && expiresAt <= nowMs;
}
