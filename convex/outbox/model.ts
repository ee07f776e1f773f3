/** The only writer of the outbox's tables. */
import { BATCH_CALLS, queueOf, type ServiceCall, sameCall } from "../../src/domain/outbox";
import type { MutationCtx } from "../_generated/server";

/**
 * Owes a call to the vault. The outbox sends it when it may, as often as it must; whether it happened is told by the
 * vault's event alone. The same key asks once, whatever became of that; for another call it is a bug.
 */
export async function submit(ctx: MutationCtx, { key, call }: { key: string; call: ServiceCall }): Promise<void> {
  const known = await ctx.db
    .query("outboxCalls")
    .withIndex("by_key", (q) => q.eq("key", key))
    .unique();
  if (known && !sameCall(known.call, call)) throw new Error(`The outbox has another call under the key ${key}`);
  if (known) return;
  await ctx.db.insert("outboxCalls", {
    key,
    call,
    queue: queueOf(call),
    status: "waiting",
    batchLimit: BATCH_CALLS,
    outcome: null,
  });
}
