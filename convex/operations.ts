/**
 * For those who run the deployment, signed in as anybody else: an operator stops and lets go on, a guardian only stops, an
 * admin configures (administration.ts). All three see everything here. Nobody moves a provider's money. Each act asks for a
 * `reason` and is recorded with it, in its own transaction, with the caller's address as the actor.
 *
 * Every function refuses NOT_SIGNED_IN and, but for getMyRoles, NOT_ALLOWED {roles}. Acts refuse ACT_INCOMPLETE {field},
 * ACT_TOO_LONG {field, max}, and RATE_LIMITED {retryAfterMs}; what only stops something is never limited, as in an
 * emergency nothing may stand in its way, and those who have a role are few and known. Ask the queries once, don't
 * subscribe: what they read changes often.
 */
import { v } from "convex/values";
import { internal } from "./_generated/api";
import { action, query } from "./_generated/server";
import { requireCapability, stoppedNow } from "./breakers/model";
import { stoppedValidator } from "./breakers/schema";
import { outboxNow, outboxValidator } from "./outbox/listing";
import { requireProvider } from "./providers/model";
import { ROLES, requireActor, requireRole, rolesOf, roleValidator } from "./providers/roles";

/** The roles of the caller, none for most. */
export const getMyRoles = query({
  args: {},
  returns: v.array(roleValidator),
  handler: async (ctx) => rolesOf(await requireProvider(ctx)),
});

/** What is stopped, why (`laterReasons`: those that followed), since when (ms of server time), and the rule after a restore. */
export const getBreakers = query({
  args: {},
  returns: stoppedValidator,
  handler: async (ctx) => {
    await requireRole(ctx, ...ROLES);
    return stoppedNow(ctx);
  },
});

/** What the service sends: the lane, what is on its way, what waits and what failed. */
export const getOutbox = query({
  args: {},
  returns: outboxValidator,
  handler: async (ctx) => {
    await requireRole(ctx, ...ROLES);
    return outboxNow(ctx);
  },
});

const why = { reason: v.string() };

/** Stops `capability` (commit, withdraw, policies, settle, sync). Any role; never limited. Refuses: UNKNOWN_CAPABILITY. */
export const tripBreaker = action({
  args: { capability: v.string(), ...why },
  returns: v.null(),
  handler: async (ctx, { capability, reason }): Promise<null> => {
    const act = { actor: await requireRole(ctx, ...ROLES), reason };
    return ctx.runMutation(internal.breakers.control.tripBreaker, {
      capability: requireCapability(capability),
      ...act,
    });
  },
});

/** Lets `capability` go on; what tripped it trips it again, should it persist. Operators. Refuses: UNKNOWN_CAPABILITY. */
export const resetBreaker = action({
  args: { capability: v.string(), ...why },
  returns: v.null(),
  handler: async (ctx, { capability, reason }): Promise<null> => {
    const act = { actor: await requireActor(ctx, "operator"), reason };
    return ctx.runMutation(internal.breakers.control.resetBreaker, {
      capability: requireCapability(capability),
      ...act,
    });
  },
});

/** The outbox sends nothing new until it is resumed; what is on its way is watched. Any role; never limited. */
export const pauseOutbox = action({
  args: why,
  returns: v.null(),
  handler: async (ctx, { reason }): Promise<null> => {
    const actor = await requireRole(ctx, ...ROLES);
    return ctx.runMutation(internal.outbox.control.pause, { actor, reason });
  },
});

/** Operators. */
export const resumeOutbox = action({
  args: why,
  returns: v.null(),
  handler: async (ctx, { reason }): Promise<null> => {
    const actor = await requireActor(ctx, "operator");
    return ctx.runMutation(internal.outbox.control.resume, { actor, reason });
  },
});
