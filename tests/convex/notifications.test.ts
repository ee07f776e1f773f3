/** Who is told what: a provider its own, the operators theirs, and each cause once. */
import { beforeEach, expect, test } from "vitest";
import { listNotifications, notify, notifyOperators } from "../../convex/notifications/model";
import { ALICE, type Backend, BOB, openBackend } from "./backend";

let backend: Backend;
beforeEach(async () => {
  backend = await openBackend();
});

const told = (whom: string | null) =>
  backend.run(async (ctx) => {
    const { page } = await listNotifications(ctx, whom, { numItems: 100, cursor: null });
    return page.map(({ kind, facts }) => ({ kind, facts }));
  });

const tell = (step: (ctx: Parameters<Parameters<Backend["run"]>[0]>[0]) => Promise<void>) =>
  backend.run(async (ctx) => {
    await step(ctx);
    return null;
  });

test("everybody sees their own, the newest first, and nobody what the operators are told", async () => {
  await tell((ctx) => notify(ctx, { provider: ALICE, kind: "first", facts: {} }));
  await tell((ctx) => notifyOperators(ctx, { kind: "alarm", facts: { tier: "Balanced" } }));
  await tell((ctx) => notify(ctx, { provider: ALICE, kind: "second", facts: {} }));
  expect((await told(ALICE)).map(({ kind }) => kind)).toEqual(["second", "first"]);
  expect(await told(BOB)).toEqual([]);
  expect(await told(null)).toEqual([{ kind: "alarm", facts: { tier: "Balanced" } }]);
});

test("a cause is told once, however often it comes about; without one, each time", async () => {
  for (const cause of ["a", "b", "a"])
    await tell((ctx) => notifyOperators(ctx, { kind: "k", facts: { cause }, cause }));
  for (let n = 0; n < 2; n += 1) await tell((ctx) => notifyOperators(ctx, { kind: "n", facts: {} }));
  expect(await told(null)).toEqual([
    ...[0, 1].map(() => ({ kind: "n", facts: {} })),
    { kind: "k", facts: { cause: "b" } },
    { kind: "k", facts: { cause: "a" } },
  ]);
});

test("a fact of any length is told, its first 500 characters", async () => {
  await tell((ctx) => notifyOperators(ctx, { kind: "k", facts: { reason: "r".repeat(501), amount: 10n ** 18n } }));
  expect(await told(null)).toEqual([{ kind: "k", facts: { reason: "r".repeat(500), amount: 10n ** 18n } }]);
});
