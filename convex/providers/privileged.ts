/**
 * Public functions for those who have a role, so that none of them can forget to ask who calls. An act has the caller's
 * address as its actor and a `reason` as an argument of its own; its handler gets both as `author`.
 */

import { v } from "convex/values";
import { customAction, customQuery } from "convex-helpers/server/customFunctions";
import { type ActionCtx, action, query } from "../_generated/server";
import { requireWithinLimit } from "../rateLimits/model";
import type { Role } from "../settings";
import { ROLES, requireRole } from "./roles";

/** Who does it, and why. */
export interface Author {
  actor: string;
  reason: string;
}

const reason = v.string();

/** A query that any of the roles may ask. */
export const seen = customQuery(query, {
  args: {},
  input: async (ctx) => {
    await requireRole(ctx, ...ROLES);
    return { ctx: {}, args: {} };
  },
});

/**
 * An act of these roles that only stops something. It is never limited: in an emergency nothing may stand in its way, and
 * those who have a role are few and known.
 */
export const stops = (...roles: Role[]) =>
  customAction(action, {
    args: { reason },
    input: async (ctx, author) => {
      return { ctx: {}, args: { author: { ...author, actor: await requireRole(ctx, ...roles) } satisfies Author } };
    },
  });

async function requireActor(ctx: ActionCtx, roles: Role[]): Promise<string> {
  const actor = await requireRole(ctx, ...roles);
  await requireWithinLimit(ctx, "operations", actor);
  return actor;
}

/** Any other act of these roles. */
export const done = (...roles: Role[]) =>
  customAction(action, {
    args: { reason },
    input: async (ctx, author) => {
      return { ctx: {}, args: { author: { ...author, actor: await requireActor(ctx, roles) } satisfies Author } };
    },
  });
