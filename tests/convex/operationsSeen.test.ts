/** What operators, guardians and admins see: all of it, page by page, and nothing that is not so. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import { notify, notifyOperators } from "../../convex/notifications/model";
import { ALICE, as, type Backend, BOB, PaperVault, settle, sync } from "./backend";
import { Market } from "./healthDesk";
import { of, openOperated, PAGE, PRINCIPALS, ROLES, refusal, trail, WHO } from "./operating";

let backend: Backend;
let vault: PaperVault;
const { operations } = api;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.spyOn(console, "warn").mockImplementation(() => {});
  backend = await openOperated();
  vault = new PaperVault();
  await sync(backend, vault);
});

const STX = { token: "STX", ...PAGE };
const guardian = () => of(backend, "guardian");

describe("suspense and breaches", () => {
  /** All pages of so many rows, and how often one was asked for. */
  async function walked(list: typeof operations.listSuspense | typeof operations.listBreaches, numItems: number) {
    const rows = [];
    let cursor: string | null = null;
    for (let pages = 1; ; pages += 1) {
      const page: Awaited<ReturnType<typeof onePage>> = await onePage(list, { numItems, cursor });
      rows.push(...page.page);
      if (page.isDone) return { rows, pages };
      cursor = page.continueCursor;
    }
  }
  const onePage = (
    list: typeof operations.listSuspense | typeof operations.listBreaches,
    paginationOpts: { numItems: number; cursor: string | null },
  ) => guardian().query(list, { token: "STX", paginationOpts });

  test("each principal with something, of one token; what is emptied or another's is left out of pages of any size", async () => {
    const people = [ALICE, BOB, ...Object.values(WHO)];
    for (const [n, who] of people.entries()) {
      vault.deposit(who, "STX", BigInt(n + 1) * 1_000_000n, 0n);
      vault.deposit(who, "sBTC", 7n, 0n);
    }
    vault.withdraw(BOB, "STX", 300n, 77n);
    await settle(backend, vault);
    const assigned = { token: "STX", amount: 1_000_000n, tier: "Balanced" };
    await as(backend, ALICE).action(api.liquidity.assignSuspense, assigned);
    const expected = people.map((principal, n) => ({ principal, token: "STX", amount: BigInt(n + 1) * 1_000_000n }));
    const byName = expected.slice(1).sort((one, other) => (one.principal < other.principal ? -1 : 1));
    for (const numItems of [1, 3, 100]) {
      expect((await walked(operations.listSuspense, numItems)).rows).toEqual(byName);
      expect((await walked(operations.listBreaches, numItems)).rows).toEqual([
        { principal: BOB, token: "STX", amount: 300n },
      ]);
    }
    expect((await walked(operations.listSuspense, 1)).pages).toBeGreaterThan(people.length);
  });

  test("a page is as long as asked for at most, and never longer than a hundred", async () => {
    await backend.run(async (ctx) => {
      for (let n = 0; n < 130; n += 1) {
        await ctx.db.insert("accounts", { name: `suspense/S${String(n).padStart(3, "0")}`, token: "STX", balance: 1n });
      }
    });
    const first = await onePage(operations.listSuspense, { numItems: 1_000, cursor: null });
    expect(first.page).toHaveLength(100);
    expect((await walked(operations.listSuspense, 1_000)).rows).toHaveLength(130);
  });
});

test("sync: how far it is, and what it fails by when it halts", async () => {
  const seen = () => guardian().query(operations.getSync, {});
  vault.deposit(ALICE, "STX", 5n, 0n);
  await sync(backend, vault);
  expect(await seen()).toMatchObject({
    ...{
      halted: null,
      failures: 0,
      lastError: null,
      watermark: 0n,
      seen: 1n,
      pending: 1n,
      complete: true,
      paused: false,
    },
    ...{ tip: { height: vault.height }, final: { height: vault.height - 1 } },
  });
  await settle(backend, vault);
  expect(await seen()).toMatchObject({ watermark: 1n, seen: 1n, pending: 0n });
  const failure = { kind: "halt" as const, reason: "an odd event" };
  await backend.mutation(internal.sync.loop.failCycle, { lease: "test", error: "Error: odd", failure });
  expect(await seen()).toMatchObject({ halted: "an odd event", failures: 1, lastError: "Error: odd" });
});

test("sync before the first look: nothing is known, and that is said", async () => {
  backend = await openOperated();
  expect(await guardian().query(operations.getSync, {})).toMatchObject({ tip: null, final: null, nextLookAt: null });
});

test("health: the positions of one token and state, with whose they are", async () => {
  const market = await Market.open();
  market.desk.backend.setEnvironment(PRINCIPALS);
  backend = market.desk.backend;
  await market.deposited(ALICE, 20_000_000n);
  await market.bought();
  const list = (status: string, token = "sBTC") =>
    guardian()
      .query(operations.listHealth, { token, status, ...PAGE })
      .then(({ page }) => page);
  const row = await market.row(ALICE);
  expect(await list("Healthy")).toMatchObject([
    {
      ...{ provider: ALICE, tier: "Aggressive", token: "sBTC", policies: 1, isStuck: false, ratio: row?.ratio },
      worseAtUsdMicros: row?.worseAt,
    },
  ]);
  expect(await list("Warning")).toEqual([]);
  expect(await list("Healthy", "STX")).toEqual([]);
  await expect(list("Fine")).rejects.toEqual(refusal("UNKNOWN_STATUS"));
  await expect(list("Healthy", "BTC")).rejects.toEqual(refusal("UNKNOWN_TOKEN"));
});

test("notifications: everybody's, newest first, the operators' own among them", async () => {
  await backend.run(async (ctx) => {
    await notify(ctx, { provider: ALICE, kind: "test.first", facts: {} });
    await notifyOperators(ctx, { kind: "test.second", facts: {} });
    await notify(ctx, { provider: BOB, kind: "test.third", facts: { amount: 3n } });
  });
  const { page } = await guardian().query(operations.listNotifications, PAGE);
  expect(page.map(({ provider, kind }) => [provider, kind])).toEqual([
    [BOB, "test.third"],
    [null, "test.second"],
    [ALICE, "test.first"],
  ]);
});

test("the trail: all acts, or those of one kind", async () => {
  for (const role of ROLES) await of(backend, role).action(operations.pauseOutbox, { reason: role });
  await of(backend, "operator").action(operations.startAudit, { reason: "to be sure" });
  const all = await guardian().query(operations.listActs, PAGE);
  expect(all.page.map(({ act }) => act)).toEqual(["audit.start", ...ROLES.map(() => "outbox.pause")]);
  const paused = await guardian().query(operations.listActs, { act: "outbox.pause", ...PAGE });
  expect(paused.page.map(({ actor }) => actor)).toEqual([WHO.admin, WHO.guardian, WHO.operator]);
});

test("deliveries of a status that there is not are refused", async () => {
  expect(await guardian().query(operations.listDeliveries, PAGE)).toMatchObject({ page: [], isDone: true });
  await expect(guardian().query(operations.listDeliveries, { status: "lost", ...PAGE })).rejects.toEqual(
    refusal("UNKNOWN_STATUS"),
  );
});

describe("a provider's portfolio", () => {
  const read = (address: string, reason = "asked for help") =>
    of(backend, "operator").action(operations.readPortfolio, { address, reason });

  test("an operator sees what its owner sees, and that is recorded", async () => {
    vault.deposit(ALICE, "STX", 700n, 0n);
    await settle(backend, vault);
    expect(await read(ALICE)).toEqual(await as(backend, ALICE).query(api.liquidity.getProviderPortfolio, {}));
    expect(await trail(backend)).toEqual([
      {
        ...{ act: "operations.readPortfolio", actor: WHO.operator, reason: "asked for help" },
        facts: { address: ALICE },
      },
    ]);
  });

  test("without a reason, or of what is no address, nothing is shown and nothing recorded", async () => {
    await expect(read(ALICE, " ")).rejects.toEqual(refusal("ACT_INCOMPLETE"));
    for (const address of ["", "Alice", "SP000000000000000000002Q6VF78", `${ALICE}.`, "x".repeat(10_000)]) {
      await expect(read(address)).rejects.toEqual(refusal("UNKNOWN_ADDRESS"));
    }
    for (const role of ["guardian", "admin"] as const) {
      const asked = of(backend, role).action(operations.readPortfolio, { address: ALICE, reason: "curious" });
      await expect(asked).rejects.toEqual(refusal("NOT_ALLOWED", { roles: "operator" }));
    }
    expect(await trail(backend)).toEqual([]);
  });
});

test("whoever has no role sees nothing of all this", async () => {
  const asked = [
    (who: Backend) => who.query(operations.getSync, {}),
    (who: Backend) => who.query(operations.listSuspense, STX),
    (who: Backend) => who.query(operations.listActs, PAGE),
  ];
  for (const ask of asked) {
    await expect(ask(backend)).rejects.toEqual(refusal("NOT_SIGNED_IN"));
    await expect(ask(as(backend, ALICE))).rejects.toEqual(
      refusal("NOT_ALLOWED", { roles: "operator or guardian or admin" }),
    );
  }
});
