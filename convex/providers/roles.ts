/**
 * Who operates this deployment: addresses in its environment, looked up with each call, so that whoever is taken out of the
 * list has lost the role at once. Someone may have several roles; none of them moves anybody's money.
 */
import type { Auth } from "convex/server";
import { v } from "convex/values";
import { refuseWith } from "../functions";
import { type Role, rolePrincipals } from "../settings";
import { requireProvider } from "./model";

export const ROLES: Role[] = ["operator", "guardian", "admin"];
export const roleValidator = v.union(v.literal("operator"), v.literal("guardian"), v.literal("admin"));

/** The roles of an address, none for most. */
export function rolesOf(address: string): Role[] {
  return ROLES.filter((role) => rolePrincipals(role).includes(address));
}

/**
 * The signed-in address, if it has one of these roles: the actor of what it does then.
 * Refuses: NOT_SIGNED_IN, NOT_ALLOWED {roles}.
 */
export async function requireRole(ctx: { auth: Auth }, ...allowed: Role[]): Promise<string> {
  const address = await requireProvider(ctx);
  if (rolesOf(address).some((role) => allowed.includes(role))) return address;
  const roles = allowed.join(" or ");
  const message = `Only who is ${roles} of this deployment may do this, and ${address} is not. Sign in with another wallet.`;
  return refuseWith({ code: "NOT_ALLOWED", message, roles });
}
