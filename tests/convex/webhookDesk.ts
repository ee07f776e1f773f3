/** A backend with a webhook, and the receiver behind it; time is the test's. */
import { vi } from "vitest";
import { internal } from "../../convex/_generated/api";
import { notify } from "../../convex/notifications/model";
import { ALICE, type Backend, openBackend } from "./backend";
import { Receiver, SECRET } from "./receiver";

export const START = Date.UTC(2026, 10, 20, 12);
export const DAY = 86_400_000;
export const PAGE = { paginationOpts: { numItems: 100, cursor: null } };

export const realTurn = () => new Promise((resolve) => setImmediate(resolve));
export const passTo = (ms: number) => vi.setSystemTime(ms);

export class WebhookDesk {
  readonly receiver = new Receiver();

  private constructor(readonly backend: Backend) {}

  static async open(): Promise<WebhookDesk> {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], now: START });
    vi.spyOn(console, "warn").mockImplementation(() => {});
    vi.spyOn(console, "error").mockImplementation(() => {});
    const desk = new WebhookDesk(await openBackend());
    await desk.receiver.listen();
    desk.configure(desk.receiver.url);
    return desk;
  }

  async close(): Promise<void> {
    await this.receiver.close();
    this.configure("");
  }

  configure(url: string, secret = SECRET) {
    this.backend.setEnvironment({ NOTIFICATION_WEBHOOK_URL: url, NOTIFICATION_WEBHOOK_SECRET: secret });
  }

  loop() {
    return this.backend.run((ctx) => ctx.db.query("webhookLoop").unique());
  }

  async deliveries(status?: "pending" | "delivered" | "failed") {
    const listed = await this.backend.query(internal.webhooks.control.list, { ...(status && { status }), ...PAGE });
    return listed.page;
  }

  notifications() {
    return this.backend.run((ctx) => ctx.db.query("notifications").collect());
  }

  /** Tells Alice so many things in one transaction. */
  tell(count = 1) {
    return this.backend.run(async (ctx) => {
      for (let n = 0; n < count; n += 1)
        await notify(ctx, { provider: ALICE, kind: "deposit.counted", facts: { amount: 10n ** 18n + BigInt(n) } });
      return null;
    });
  }

  /** Turns as long as one is due, and how many they were; what the scheduler would do. */
  async turns(): Promise<number> {
    for (let count = 0; ; count += 1) {
      const row = await this.loop();
      if (row?.dueAt == null || row.dueAt > Date.now()) return count;
      await this.backend.action(internal.webhooks.loop.turn, { lease: row.lease });
    }
  }

  /** What a notification schedules, and what follows from that. */
  async deliver(): Promise<number> {
    await this.backend.mutation(internal.webhooks.loop.wake, {});
    return this.turns();
  }

  /** A loop whose turns only the test runs. */
  beginLoop() {
    return this.backend.run(async (ctx) => {
      await ctx.db.insert("webhookLoop", { lease: "test", dueAt: Date.now(), failures: 0, lastError: null });
      return null;
    });
  }
}
