/** What can be done now and what can't, to anybody: what pages say before somebody asks in vain. */
import { v } from "convex/values";
import { query } from "./_generated/server";
import { stoppedNow } from "./breakers/model";
import { capabilityValidator } from "./breakers/schema";
import { vaultStanding } from "./sync/model";

/**
 * What is stopped and since when (ms of server time; the reasons are the operators'), whether the vault's guardian has paused
 * it and whether it is launched (both as of the newest look at the chain; null before the first), whether sync is halted, and
 * whether a restore keeps the service from signing: until when, ms of block time, once that is known. Changes when one of
 * these does, not with blocks: subscribe to it. README's breakers say what each capability stops.
 */
export const getStatus = query({
  args: {},
  returns: v.object({
    stopped: v.array(v.object({ capability: capabilityValidator, since: v.number() })),
    vaultPaused: v.union(v.null(), v.boolean()),
    launched: v.union(v.null(), v.boolean()),
    isHalted: v.boolean(),
    isRestoring: v.boolean(),
    restoringUntil: v.union(v.null(), v.number()),
  }),
  handler: async (ctx) => {
    const { breakers, restore } = await stoppedNow(ctx);
    const { paused: vaultPaused, launched } = (await vaultStanding(ctx)) ?? { paused: null, launched: null };
    return {
      stopped: breakers.map(({ capability, since }) => ({ capability, since })),
      ...{ vaultPaused, launched },
      isHalted: breakers.some(({ capability }) => capability === "sync"),
      isRestoring: restore !== null,
      restoringUntil: restore?.kind === "waiting" ? restore.until * 1_000 : null,
    };
  },
});
