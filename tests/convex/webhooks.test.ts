/** The webhook: what it is told, that each message is its own and authentic, and what operators see of it. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { internal } from "../../convex/_generated/api";
import { listNotifications, notifyOperators } from "../../convex/notifications/model";
import { ALICE } from "./backend";
import { isAuthentic } from "./receiver";
import { DAY, PAGE, passTo, START, WebhookDesk } from "./webhookDesk";

const ADA = { actor: "Ada", reason: "the receiver is back" };
let desk: WebhookDesk;
beforeEach(async () => {
  desk = await WebhookDesk.open();
});
afterEach(() => desk.close());

test("a notification arrives signed, as JSON, under its own id", async () => {
  await desk.tell();
  await desk.deliver();
  const [received] = desk.receiver.received;
  if (!received) throw new Error("Nothing came");
  const [told] = await desk.notifications();
  expect(received.url).toBe("/hook");
  expect(received.headers).toMatchObject({
    "content-type": "application/json",
    "webhook-id": told?._id,
    "webhook-timestamp": String(START / 1_000),
  });
  expect(JSON.parse(received.body)).toEqual({
    id: told?._id,
    type: "deposit.counted",
    timestamp: "2026-11-20T12:00:00.000Z",
    data: { provider: ALICE, amount: "1000000000000000000" },
  });
  expect(isAuthentic(received)).toBe(true);
  expect(isAuthentic({ ...received, body: received.body.replace("1000", "9000") })).toBe(false);
  expect(isAuthentic({ ...received, headers: { ...received.headers, "webhook-id": "another" } })).toBe(false);
  expect(isAuthentic({ ...received, headers: { ...received.headers, "webhook-timestamp": "1" } })).toBe(false);
  expect(isAuthentic(received, `whsec_${"A".repeat(32)}`)).toBe(false);
  expect(await desk.deliveries()).toMatchObject([
    { status: "delivered", attempts: 1, endedAt: START, lastError: null },
  ]);
  expect(await desk.loop()).toMatchObject({ dueAt: null });
});

test("what the operators are told is nobody's own", async () => {
  await desk.backend.run(async (ctx) => {
    await notifyOperators(ctx, { kind: "proof.failed", facts: {}, cause: "once" });
    await notifyOperators(ctx, { kind: "proof.failed", facts: {}, cause: "once" });
    return null;
  });
  await desk.deliver();
  expect(desk.receiver.received.map(({ body }) => JSON.parse(body))).toMatchObject([
    { type: "proof.failed", data: { provider: null } },
  ]);
});

test("where no webhook is configured nothing is written, and what was told then is never sent", async () => {
  desk.configure("");
  await desk.tell(3);
  expect(await desk.deliveries()).toEqual([]);
  const scheduled = await desk.backend.run((ctx) => ctx.db.system.query("_scheduled_functions").collect());
  expect(scheduled).toEqual([]);
  desk.configure(desk.receiver.url);
  await desk.deliver();
  await desk.tell();
  await desk.deliver();
  expect(desk.receiver.received).toHaveLength(1);
  expect(await desk.notifications()).toHaveLength(4);
});

test("a transaction wakes the loop once, however much it tells", async () => {
  await desk.tell(3);
  await desk.tell(2);
  const scheduled = await desk.backend.run((ctx) => ctx.db.system.query("_scheduled_functions").collect());
  expect(scheduled.map(({ name }) => name)).toEqual(scheduled.map(() => expect.stringMatching(/webhooks\/loop.*wake/)));
  expect(scheduled).toHaveLength(2);
});

test("a message that fails comes again after growing pauses, is given up, seen, and sent when an operator says so", async () => {
  desk.receiver.answer = (response) => response.writeHead(500).end("the database is down");
  await desk.tell();
  await desk.deliver();
  const pauses = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400].map((seconds) => seconds * 1_000);
  for (const [n, pause] of pauses.entries()) {
    const [delivery] = await desk.deliveries("pending");
    const due = delivery?.nextAttemptAt ?? 0;
    expect(delivery).toMatchObject({ attempts: n + 1, lastError: "HTTP 500 the database is down", endedAt: null });
    expect(due - Date.now()).toBeGreaterThanOrEqual(pause);
    expect(due - Date.now()).toBeLessThanOrEqual(pause * 1.1);
    expect(await desk.loop()).toMatchObject({ dueAt: due });
    passTo(due - 1);
    expect(await desk.turns()).toBe(0);
    passTo(due);
    expect(await desk.turns()).toBe(1);
  }
  expect(desk.receiver.received).toHaveLength(8);
  expect(new Set(desk.receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  expect(desk.receiver.received.every((received) => isAuthentic(received))).toBe(true);
  const [failed] = await desk.deliveries("failed");
  expect(failed).toMatchObject({ attempts: 8, nextAttemptAt: null, endedAt: Date.now() });
  expect(Date.now() - START).toBeGreaterThan(DAY);
  expect(await desk.loop()).toMatchObject({ dueAt: null });
  // It is told where it can be seen, and not by the way that does not work.
  const seen = await desk.backend.run(async (ctx) => (await listNotifications(ctx, null, PAGE.paginationOpts)).page);
  expect(seen).toMatchObject([
    { kind: "webhook.failed", facts: { deliveries: 1, error: "HTTP 500 the database is down" } },
  ]);
  expect(await desk.deliveries()).toHaveLength(1);

  desk.receiver.answer = (response) => response.end();
  const { deliveryId } = failed as NonNullable<typeof failed>;
  await desk.backend.mutation(internal.webhooks.control.retry, { deliveryId, ...ADA });
  await desk.turns();
  expect(await desk.deliveries()).toMatchObject([{ deliveryId, status: "delivered", attempts: 1 }]);
  expect(desk.receiver.received[8]?.headers["webhook-id"]).toBe(desk.receiver.received[0]?.headers["webhook-id"]);
  const { page: acts } = await desk.backend.query(internal.audit.trail.list, PAGE);
  expect(acts).toMatchObject([{ act: "webhooks.retry", ...ADA, facts: { deliveryId, kind: "deposit.counted" } }]);
});

test("only what was given up is tried again, by somebody with a name and a reason", async () => {
  desk.receiver.answer = (response) => response.writeHead(410).end();
  await desk.tell(2);
  await desk.deliver();
  desk.configure("");
  await desk.tell();
  const [failed] = await desk.deliveries("failed");
  const retry = (change: Record<string, string>) =>
    desk.backend.mutation(internal.webhooks.control.retry, { deliveryId: failed?.deliveryId ?? "", ...ADA, ...change });
  const refused = (code: string) => ({ data: expect.objectContaining({ code }) });
  await expect(retry({ deliveryId: "nobody's" })).rejects.toMatchObject(refused("NO_DELIVERY"));
  await expect(retry({ reason: " " })).rejects.toMatchObject(refused("ACT_INCOMPLETE"));
  await expect(retry({ actor: "" })).rejects.toMatchObject(refused("ACT_INCOMPLETE"));
  expect((await desk.deliveries("failed")).length).toBe(2);
  await retry({});
  await expect(retry({})).rejects.toMatchObject(refused("WRONG_STATUS"));
  expect((await desk.deliveries("pending")).map(({ deliveryId }) => deliveryId)).toEqual([failed?.deliveryId]);
});

test("what was delivered is forgotten after thirty days; what was given up stays, and every notification", async () => {
  await desk.tell();
  await desk.deliver();
  desk.receiver.answer = (response) => response.writeHead(410).end();
  await desk.tell();
  await desk.deliver();
  desk.receiver.answer = (response) => response.end();
  passTo(START + 1);
  await desk.tell();
  await desk.deliver();
  const forget = async () => {
    await desk.backend.mutation(internal.webhooks.control.forgetDelivered, {});
    return (await desk.deliveries()).map(({ status }) => status);
  };
  passTo(START + 30 * DAY);
  expect(await forget()).toEqual(["delivered", "failed", "delivered"]);
  passTo(START + 30 * DAY + 1);
  expect(await forget()).toEqual(["delivered", "failed"]);
  expect((await desk.notifications()).map(({ kind }) => kind)).toEqual([
    ...["deposit.counted", "deposit.counted", "webhook.failed", "deposit.counted"],
  ]);
});

test("deliveries are listed by status, the newest first, at most a hundred a page", async () => {
  await desk.tell(120);
  const list = (cursor: string | null, numItems = 1_000) =>
    desk.backend.query(internal.webhooks.control.list, { paginationOpts: { numItems, cursor } });
  const first = await list(null);
  const second = await list(first.continueCursor);
  expect([first.page.length, second.page.length]).toEqual([100, 20]);
  const told = await desk.notifications();
  const listed = [...first.page, ...second.page].map(({ notificationId }) => notificationId);
  expect(listed).toEqual(told.map(({ _id }) => _id).reverse());
  expect(await desk.deliveries("failed")).toEqual([]);
  expect(await desk.deliveries("pending")).toHaveLength(100);
});
