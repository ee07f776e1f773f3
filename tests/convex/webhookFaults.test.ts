/** The webhook's loop when its receiver, its settings or itself fail: nothing is lost, and nobody else waits. */
import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { internal } from "../../convex/_generated/api";
import { isAuthentic, SECRET } from "./receiver";
import { DAY, passTo, realTurn, START, WebhookDesk } from "./webhookDesk";

let desk: WebhookDesk;
beforeEach(async () => {
  desk = await WebhookDesk.open();
});
afterEach(() => desk.close());

const MEGABYTE = "x".repeat(1_000_000);

describe("whatever the receiver does", () => {
  test.each([200, 201, 204])("%i is delivered", async (status) => {
    desk.receiver.answer = (response) => response.writeHead(status).end();
    await desk.tell();
    await desk.deliver();
    expect(await desk.deliveries()).toMatchObject([{ status: "delivered" }]);
  });

  test.each([400, 401, 404, 429, 500, 503])("%i is tried again", async (status) => {
    desk.receiver.answer = (response) => response.writeHead(status).end();
    await desk.tell();
    await desk.deliver();
    expect(await desk.deliveries()).toMatchObject([{ status: "pending", attempts: 1, lastError: `HTTP ${status}` }]);
  });

  test("410 is given up at once", async () => {
    desk.receiver.answer = (response) => response.writeHead(410).end("no more");
    await desk.tell();
    await desk.deliver();
    expect(await desk.deliveries()).toMatchObject([{ status: "failed", attempts: 1, lastError: "HTTP 410 no more" }]);
  });

  test.each([301, 302, 303, 307, 308])("a redirect (%i) is a failure, and is not followed", async (status) => {
    desk.receiver.answer = (response) => response.writeHead(status, { location: "/elsewhere" }).end();
    await desk.tell();
    await desk.deliver();
    expect(desk.receiver.received.map(({ url }) => url)).toEqual(["/hook"]);
    expect(await desk.deliveries()).toMatchObject([{ status: "pending", attempts: 1, lastError: `HTTP ${status}` }]);
  });

  test("one that closes the connection, and one that is not there, are tried again", async () => {
    desk.receiver.answer = (response) => response.destroy();
    await desk.tell();
    await desk.deliver();
    desk.configure("http://127.0.0.1:1/hook");
    await desk.tell();
    await desk.deliver();
    const errors = (await desk.deliveries()).map(({ status, lastError }) => `${status} ${lastError}`);
    expect(errors).toEqual([expect.stringMatching(/^pending ./), expect.stringMatching(/^pending ./)]);
  });

  test("a flood of an answer is not read, be it a success or not", async () => {
    let flushed = 0;
    for (const status of [200, 500]) {
      desk.receiver.answer = async (response) => {
        response.writeHead(status);
        for (let n = 0; n < 10 && !response.destroyed; n += 1) {
          await new Promise((resolve) => response.write(MEGABYTE, resolve));
          if (!response.destroyed) flushed += 1;
        }
        response.end();
      };
      await desk.tell();
      await desk.deliver();
    }
    const [failed, delivered] = await desk.deliveries();
    expect(delivered).toMatchObject({ status: "delivered" });
    expect(failed).toMatchObject({ status: "pending", lastError: expect.stringMatching(/^HTTP 500 x{200,291}$/) });
    expect(flushed).toBeLessThan(20);
  });

  test.each(["before it answers", "in its answer"])(
    "one that hangs %s costs ten seconds, and others nothing",
    async (where) => {
      desk.receiver.answer = (response, { body }) => {
        if (JSON.parse(body).data.amount.endsWith("1")) return response.end();
        return where === "in its answer" && response.writeHead(500).write("and then");
      };
      await desk.tell(2);
      await desk.beginLoop();
      const turned = desk.turns();
      while (desk.receiver.received.length < 2) await realTurn();
      vi.advanceTimersByTime(9_999);
      for (let n = 0; n < 20; n += 1) await realTurn();
      expect((await desk.deliveries()).map(({ status }) => status)).toEqual(["pending", "pending"]);
      vi.advanceTimersByTime(1);
      await turned;
      expect((await desk.deliveries()).map(({ status, lastError }) => [status, lastError])).toEqual([
        ["delivered", null],
        ["pending", "no answer within 10 s"],
      ]);
    },
  );
});

test("death between sending and recording: sent again under the same id, recorded once", async () => {
  await desk.tell();
  desk.receiver.answer = async (response) => {
    // Whoever sent this has lost the loop by the time it wants to record the answer.
    const row = await desk.loop();
    await desk.backend.run(async (ctx) => {
      if (row && desk.receiver.received.length === 1) await ctx.db.patch(row._id, { lease: "dead" });
      return null;
    });
    response.end();
  };
  await deliverOnce();
  expect(await desk.deliveries()).toMatchObject([{ status: "pending", attempts: 0 }]);
  await desk.backend.mutation(internal.webhooks.loop.watch, {});
  expect(await desk.loop()).toMatchObject({ lease: "dead" });
  passTo(START + 60_001);
  await desk.backend.mutation(internal.webhooks.loop.watch, {});
  expect(await desk.turns()).toBe(1);
  expect(await desk.deliveries()).toMatchObject([{ status: "delivered", attempts: 1 }]);
  expect(desk.receiver.received).toHaveLength(2);
  expect(new Set(desk.receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  expect(desk.receiver.received.every((received) => isAuthentic(received))).toBe(true);
});

async function deliverOnce() {
  await desk.backend.mutation(internal.webhooks.loop.wake, {});
  const { lease = "" } = (await desk.loop()) ?? {};
  await desk.backend.action(internal.webhooks.loop.turn, { lease });
}

test("a flood is drained in bounded batches of messages that are sent at once, each of them once", async () => {
  // The mock reads every document for each batch: it is given fewer.
  const flood = inject("engine") === "local host" ? 1_000 : 200;
  const held: ServerResponse[] = [];
  desk.receiver.answer = (response) => {
    held.push(response);
    if (held.length === 20) for (const one of held.splice(0)) one.end();
  };
  await desk.tell(flood / 2);
  await desk.tell(flood / 2);
  expect(await desk.deliver()).toBe(flood / 20);
  expect(held).toEqual([]);
  expect(desk.receiver.received).toHaveLength(flood);
  expect(new Set(desk.receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(flood);
  expect(await desk.deliveries("pending")).toEqual([]);
  expect(await desk.loop()).toMatchObject({ dueAt: null });
});

test("what comes while another message waits for its next attempt is sent at once", async () => {
  desk.receiver.answer = (response) => response.writeHead(500).end();
  await desk.tell();
  await desk.deliver();
  passTo(START + 10_000);
  await desk.turns();
  const waiting = await desk.loop();
  expect(waiting?.dueAt).toBeGreaterThan(Date.now() + 200_000);
  desk.receiver.answer = (response) => response.end();
  await desk.tell();
  await desk.deliver();
  expect(desk.receiver.received).toHaveLength(3);
  expect((await desk.deliveries()).map(({ status }) => status)).toEqual(["delivered", "pending"]);
  expect(await desk.loop()).toMatchObject({ dueAt: waiting?.dueAt });
  // The turn that was scheduled before finds that it is none any more.
  await desk.backend.action(internal.webhooks.loop.turn, { lease: waiting?.lease ?? "" });
  expect(desk.receiver.received).toHaveLength(3);
});

test("a loop at work is left alone, one that sleeps over what is due is started", async () => {
  await desk.tell();
  await desk.backend.mutation(internal.webhooks.loop.wake, {});
  const working = await desk.loop();
  await desk.backend.mutation(internal.webhooks.loop.wake, {});
  await desk.backend.mutation(internal.webhooks.loop.watch, {});
  expect(await desk.loop()).toEqual(working);
  await desk.backend.run(async (ctx) => {
    await ctx.db.patch((working as NonNullable<typeof working>)._id, { dueAt: null });
    return null;
  });
  passTo(START + 60_001);
  await desk.backend.mutation(internal.webhooks.loop.watch, {});
  expect(await desk.loop()).toMatchObject({ dueAt: Date.now() });
  expect(await desk.turns()).toBe(1);
  passTo(START + DAY);
  await desk.backend.mutation(internal.webhooks.loop.watch, {});
  expect(await desk.loop()).toMatchObject({ dueAt: null });
});

test.each([
  ["http://example.com/hook", SECRET, /NOTIFICATION_WEBHOOK_URL: an https URL/],
  ["no url", SECRET, /NOTIFICATION_WEBHOOK_URL: an https URL/],
  ["https://example.com", "", /NOTIFICATION_WEBHOOK_SECRET: whsec_/],
  ["https://example.com", "whsec_short", /NOTIFICATION_WEBHOOK_SECRET: whsec_/],
])(
  "a setting that can't be used (%s, %s) stops nobody, is told, and what waits goes out when it is mended",
  async (...[url, secret, sentence]) => {
    desk.configure(url, secret);
    await desk.tell();
    await desk.deliver();
    const status = await desk.backend.query(internal.webhooks.control.status, {});
    expect(status).toMatchObject({ failures: 1, dueAt: START + 2_000, lastError: expect.stringMatching(sentence) });
    expect(await desk.deliveries()).toMatchObject([{ status: "pending", attempts: 0 }]);
    desk.configure(desk.receiver.url);
    passTo(START + 2_000);
    expect(await desk.turns()).toBe(1);
    expect(await desk.deliveries()).toMatchObject([{ status: "delivered", attempts: 1 }]);
    expect(await desk.backend.query(internal.webhooks.control.status, {})).toMatchObject({
      failures: 0,
      lastError: null,
    });
  },
);

test("a webhook that is no longer configured is told nothing more, and the loop sleeps", async () => {
  await desk.tell();
  await desk.backend.mutation(internal.webhooks.loop.wake, {});
  desk.configure("");
  expect(await desk.turns()).toBe(1);
  await desk.backend.mutation(internal.webhooks.loop.watch, {});
  expect(await desk.loop()).toMatchObject({ dueAt: null });
  expect(desk.receiver.received).toEqual([]);
});
