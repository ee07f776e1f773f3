/** One turn of the outbox against a node on paper, ended where a test wants it to die. */
import { internal } from "../../convex/_generated/api";
import type { Id } from "../../convex/_generated/dataModel";
import type { Backend } from "./backend";
import type { PaperNode } from "./paperNode";

export const DEATHS = [
  "before the look is stored",
  "before the broadcast",
  "after one broadcast",
  "before the replies",
] as const;
export type Death = (typeof DEATHS)[number];

async function leaseOf(backend: Backend): Promise<string> {
  await backend.mutation(internal.outbox.loop.wake, {});
  const row = await backend.run((ctx) => ctx.db.query("outboxLoop").unique());
  return row?.lease ?? "";
}

export async function outboxTurn(backend: Backend, node: PaperNode, death: Death | "none" = "none") {
  const lease = await leaseOf(backend);
  const from = await backend.query(internal.outbox.loop.start, { lease });
  if (!from) throw new Error("The lease is gone");
  const look = node.look(from.watched, from.withVault);
  if (death === "before the look is stored") return;
  const { forms, hasNew } = await backend.mutation(internal.outbox.loop.store, { lease, look });
  if (death === "before the broadcast") return;
  const replies: { formId: Id<"outboxForms">; refusal: string | null }[] = [];
  for (const { formId, bytes } of forms) {
    replies.push({ formId, refusal: node.broadcast(bytes) });
    if (death === "after one broadcast") return;
  }
  if (death === "before the replies") return;
  const seenTip = hasNew ? null : look.tip.hash;
  await backend.mutation(internal.outbox.loop.finish, {
    lease,
    seenTip,
    wakes: from.wakes,
    replies,
    at: look.tip.time,
  });
}

/** A turn whose lease is taken over before it stores what it has seen; gives what it may send. */
export async function overtakenTurn(backend: Backend, node: PaperNode): Promise<string[]> {
  const lease = await leaseOf(backend);
  const from = await backend.query(internal.outbox.loop.start, { lease });
  if (!from) throw new Error("The lease is gone");
  const look = node.look(from.watched, from.withVault);
  await backend.mutation(internal.outbox.loop.restart, {});
  const { forms } = await backend.mutation(internal.outbox.loop.store, { lease, look });
  return forms.map(({ bytes }) => bytes);
}

/** The watchdog finds the loop dead. */
export async function crashed(backend: Backend) {
  await backend.run(async (ctx) => {
    const row = await ctx.db.query("outboxLoop").unique();
    if (row) await ctx.db.patch("outboxLoop", row._id, { dueAt: 0 });
  });
  await backend.mutation(internal.outbox.loop.watch, {});
}
