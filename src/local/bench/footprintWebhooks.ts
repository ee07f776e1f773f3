/** The webhook's part of the list of calls: a full batch is read, answered, and after a while forgotten. */
import type { Value } from "convex/values";
import type { Id } from "../../../convex/_generated/dataModel";
import type { Measured } from "./footprintCalls";
import { type Insert, LEASE } from "./owed";
import { DEPLOYER, type Product } from "./product";

/** A notification of long ago: one delivery of it waits, and two were made. */
export function insertTold(insert: Insert, provider: string): void {
  const notificationId = insert("notifications", { provider, kind: "bench", facts: {}, at: 0 }) as Id<"notifications">;
  const delivered = { status: "delivered", attempts: 1, nextAttemptAt: null, endedAt: 0, lastError: null } as const;
  const pending = { status: "pending", attempts: 0, nextAttemptAt: 0, endedAt: null, lastError: null } as const;
  for (const state of [pending, delivered, delivered])
    insert("webhookDeliveries", { notificationId, kind: "bench", ...state });
}

/** The batch that a turn of the loop would post now. */
export const due = async (product: Product) => {
  const start = { lease: LEASE, now: Date.now() };
  return (await product.call("query", "webhooks/loop:start", start)) as { deliveryId: string }[];
};

export const finishes =
  (answer: Record<string, Value>): Measured["call"] =>
  (product, _population, messages) => {
    const answers = (messages as { deliveryId: string }[]).map(({ deliveryId }) => ({ deliveryId, answer }));
    return product.call("mutation", "webhooks/loop:finish", { lease: LEASE, answers });
  };

const PAGE = { paginationOpts: { numItems: 100, cursor: null } };
/** One that was given up. */
const givenUp = async (product: Product) => {
  const listed = await product.call("query", "webhooks/control:list", { status: "failed", ...PAGE });
  return (listed as { page: { deliveryId: string }[] }).page[0]?.deliveryId;
};
const retries: Measured["call"] = (product, _population, deliveryId) =>
  product.call(
    "action",
    "operations:retryDelivery",
    { deliveryId: deliveryId as string, reason: "measured" },
    DEPLOYER,
  );

const call = (kind: "query" | "mutation", name: string, args: Record<string, Value> = {}): Measured => ({
  name,
  call: (product) => product.call(kind, name, args),
});

export const WEBHOOK_CALLS: Measured[] = [
  { name: "webhooks/loop:start", call: due },
  { name: "webhooks/loop:finish, delivered", prepare: due, call: finishes({ kind: "delivered" }) },
  { name: "webhooks/loop:finish, given up", prepare: due, call: finishes({ kind: "gone", error: "bench" }) },
  call("mutation", "webhooks/loop:fail", { lease: LEASE, error: "bench" }),
  // From here on the loop has another lease.
  { name: "operations:retryDelivery", prepare: givenUp, call: retries },
  call("query", "webhooks/control:list", PAGE),
  call("query", "webhooks/control:status"),
  call("mutation", "webhooks/loop:wake"),
  call("mutation", "webhooks/loop:watch"),
  call("mutation", "webhooks/control:forgetDelivered"),
];
