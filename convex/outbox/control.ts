/**
 * The outbox by hand, for operators: `npx convex run outbox/control:list '{}'`,
 * `npx convex run outbox/control:pause '{"actor": "Ada", "reason": "…"}'`. Every act is in the audit trail, and refuses
 * ACT_INCOMPLETE {field} and ACT_TOO_LONG {field, max}.
 */
import { v } from "convex/values";
import { internal } from "../_generated/api";
import { internalMutation, internalQuery, type MutationCtx } from "../_generated/server";
import { recordAct } from "../audit/model";
import { actorAndReason } from "../audit/schema";
import { refuseWith } from "../functions";
import { outboxNow, outboxValidator } from "./listing";
import { type Call, findCall, laneOf, setCall, setLane, submit } from "./model";
import { serviceCallValidator } from "./schema";
import { serviceSender } from "./turn";

export const list = internalQuery({
  args: {},
  returns: outboxValidator,
  handler: (ctx) => outboxNow(ctx),
});

/** Nothing new is sent until `resume`; what is on its way is watched, and sent again where it must be. */
export const pause = internalMutation({
  args: actorAndReason,
  returns: v.null(),
  handler: async (ctx, author) => {
    const lane = await laneOf(ctx, serviceSender(), 0);
    await recordAct(ctx, { act: "outbox.pause", ...author, facts: { sender: lane.sender } });
    await setLane(ctx, lane, { paused: author.reason });
    return null;
  },
});

export const resume = internalMutation({
  args: actorAndReason,
  returns: v.null(),
  handler: async (ctx, author) => {
    const lane = await laneOf(ctx, serviceSender(), 0);
    await recordAct(ctx, { act: "outbox.resume", ...author, facts: { sender: lane.sender } });
    await setLane(ctx, lane, { paused: null });
    await ctx.runMutation(internal.outbox.loop.wake, {});
    return null;
  },
});

/** Sends a call that no part of the backend asked for. Refuses: INVALID_CALL. */
export const request = internalMutation({
  args: { key: v.string(), call: serviceCallValidator, ...actorAndReason },
  returns: v.null(),
  handler: async (ctx, { key, call, ...author }) => {
    await recordAct(ctx, { act: "outbox.request", ...author, facts: { key, ...call } });
    await submit(ctx, { key, call });
    return null;
  },
});

const ofCall = { key: v.string(), ...actorAndReason };

async function requireCall(ctx: MutationCtx, key: string, status: Call["status"]): Promise<Call> {
  const call = await findCall(ctx, key);
  if (!call) return refuseWith({ code: "UNKNOWN_CALL", message: `The outbox has no call under the key "${key}".` });
  if (call.status === status) return call;
  const message = `This call is ${call.status}; only one that is ${status} can be changed so.`;
  return refuseWith({ code: "WRONG_STATUS", message, status: call.status });
}

/** Takes a waiting call back, for good. Refuses: UNKNOWN_CALL, WRONG_STATUS {status}: what was sent can't be taken back. */
export const cancel = internalMutation({
  args: ofCall,
  returns: v.null(),
  handler: async (ctx, { key, ...author }) => {
    const call = await requireCall(ctx, key, "waiting");
    await recordAct(ctx, { act: "outbox.cancel", ...author, facts: { key } });
    await setCall(ctx, call, { status: "cancelled", outcome: author.reason });
    return null;
  },
});

/** Tries a failed call once more. Refuses: UNKNOWN_CALL, WRONG_STATUS {status}. */
export const retry = internalMutation({
  args: ofCall,
  returns: v.null(),
  handler: async (ctx, { key, ...author }) => {
    const call = await requireCall(ctx, key, "failed");
    await recordAct(ctx, { act: "outbox.retry", ...author, facts: { key } });
    await setCall(ctx, call, { status: "waiting", transactionId: null, aborts: 0, outcome: null });
    await ctx.runMutation(internal.outbox.loop.wake, {});
    return null;
  },
});
