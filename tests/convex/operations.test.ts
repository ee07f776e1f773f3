/** What operators, guardians and admins do: who may, that it happens, and that it is recorded with who, what, when and why. */
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import type { Doc } from "../../convex/_generated/dataModel";
import { applyEntry } from "../../convex/ledger/model";
import { makeEntry } from "../../src/domain/ledger";
import { ALICE, as, type Backend, BOB, PaperVault, settle, sync } from "./backend";
import { of, openOperated, PAGE, ROLES, refusal, stopped, trail, WHO } from "./operating";

let backend: Backend;
let vault: PaperVault;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.spyOn(console, "warn").mockImplementation(() => {});
  backend = await openOperated();
  vault = new PaperVault();
  await sync(backend, vault);
});

const WITHDRAW = { capability: "withdraw" };
const { administration, operations } = api;

/** Fees that somebody's suspense has paid, past the rules. */
const feesOf = (principal: string, amount: bigint) =>
  makeEntry("test fees", "STX", [
    { account: { kind: "suspense", principal }, amount: -amount },
    { account: { kind: "fees" }, amount },
  ]);

describe("roles", () => {
  test("each address is told its own, and who has none nothing", async () => {
    for (const role of ROLES) expect(await of(backend, role).query(operations.getMyRoles, {})).toEqual([role]);
    expect(await as(backend, ALICE).query(operations.getMyRoles, {})).toEqual([]);
    await expect(backend.query(operations.getMyRoles, {})).rejects.toEqual(refusal("NOT_SIGNED_IN"));
  });

  test("one address may have several; what is taken out of the environment is lost with the next call", async () => {
    const asAlice = as(backend, ALICE);
    backend.setEnvironment({ ADMIN_PRINCIPALS: `${ALICE}, ${BOB}`, OPERATOR_PRINCIPALS: ALICE });
    expect(await asAlice.query(operations.getMyRoles, {})).toEqual(["operator", "admin"]);
    await asAlice.action(operations.resetBreaker, { ...WITHDRAW, reason: "tried" });
    backend.setEnvironment({ OPERATOR_PRINCIPALS: BOB });
    expect(await asAlice.query(operations.getMyRoles, {})).toEqual(["admin"]);
    await expect(asAlice.action(operations.resetBreaker, { ...WITHDRAW, reason: "again" })).rejects.toEqual(
      refusal("NOT_ALLOWED", { roles: "operator" }),
    );
    expect(await trail(backend)).toHaveLength(1);
  });
});

describe("breakers", () => {
  test.each(ROLES)("%s stops; only an operator lets go on", async (role) => {
    await of(backend, role).action(operations.tripBreaker, { ...WITHDRAW, reason: "a thief" });
    expect(await stopped(backend)).toMatchObject([{ capability: "withdraw", reason: "a thief" }]);
    for (const other of ["guardian", "admin"] as const) {
      await expect(
        of(backend, other).action(operations.resetBreaker, { ...WITHDRAW, reason: "please" }),
      ).rejects.toEqual(refusal("NOT_ALLOWED", { roles: "operator" }));
    }
    expect(await stopped(backend)).toHaveLength(1);
    await of(backend, "operator").action(operations.resetBreaker, { ...WITHDRAW, reason: "caught" });
    expect(await stopped(backend)).toEqual([]);
    expect(await trail(backend)).toMatchObject([
      { act: "breakers.reset", actor: WHO.operator, reason: "caught", facts: { capability: "withdraw" } },
      { act: "breakers.trip", actor: WHO[role], reason: "a thief", facts: { capability: "withdraw" } },
    ]);
  });

  test("one that there is not is named, with those that there are", async () => {
    for (const act of [operations.tripBreaker, operations.resetBreaker]) {
      await expect(of(backend, "operator").action(act, { capability: "deposits", reason: "no" })).rejects.toEqual(
        refusal("UNKNOWN_CAPABILITY", { message: expect.stringContaining("commit, withdraw, policies, settle, sync") }),
      );
    }
    expect(await trail(backend)).toEqual([]);
  });
});

describe("the outbox", () => {
  const paused = async () => (await of(backend, "guardian").query(operations.getOutbox, {})).paused;

  test.each(ROLES)("%s pauses it; only an operator resumes it", async (role) => {
    await of(backend, role).action(operations.pauseOutbox, { reason: "a stolen key" });
    expect(await paused()).toBe("a stolen key");
    for (const other of ["guardian", "admin"] as const) {
      await expect(of(backend, other).action(operations.resumeOutbox, { reason: "please" })).rejects.toEqual(
        refusal("NOT_ALLOWED"),
      );
    }
    expect(await paused()).toBe("a stolen key");
    await of(backend, "operator").action(operations.resumeOutbox, { reason: "a new one" });
    expect(await paused()).toBe(null);
    expect(await trail(backend)).toMatchObject([
      { act: "outbox.resume", actor: WHO.operator, reason: "a new one" },
      { act: "outbox.pause", actor: WHO[role], reason: "a stolen key" },
    ]);
  });
});

describe("every act", () => {
  /** All that one address may do who has every role, each with arguments that are right. */
  const ACTS: [name: string, act: (reason: string) => Promise<unknown>][] = [
    ["tripBreaker", (reason) => everybody().action(operations.tripBreaker, { ...WITHDRAW, reason })],
    ["resetBreaker", (reason) => everybody().action(operations.resetBreaker, { ...WITHDRAW, reason })],
    ["pauseOutbox", (reason) => everybody().action(operations.pauseOutbox, { reason })],
    ["resumeOutbox", (reason) => everybody().action(operations.resumeOutbox, { reason })],
    ["cancelCall", (reason) => everybody().action(operations.cancelCall, { key: "waiting", reason })],
    ["retryCall", (reason) => everybody().action(operations.retryCall, { key: "failed", reason })],
    ["startAudit", (reason) => everybody().action(operations.startAudit, { reason })],
    ["retryDelivery", async (reason) => everybody().action(operations.retryDelivery, { ...(await givenUp()), reason })],
    ["readPortfolio", (reason) => everybody().action(operations.readPortfolio, { address: BOB, reason })],
    ["setTierTerms", (reason) => everybody().action(administration.setTierTerms, { ...BALANCED, ...TERMS, reason })],
    [
      "setTierRules",
      (reason) =>
        everybody().action(administration.setTierRules, { ...BALANCED, changes: { loading: 300_000 }, reason }),
    ],
    ["requestExit", (reason) => everybody().action(administration.requestExit, { account: "fees", ...TEN, reason })],
    ["cancelExit", async (reason) => everybody().action(administration.cancelExit, { ...(await requested()), reason })],
    ["assignSurplus", (reason) => everybody().action(administration.assignSurplus, { ...TEN, reason })],
    ["correctBreach", (reason) => everybody().action(administration.correctBreach, { principal: BOB, ...TEN, reason })],
  ];
  const BALANCED = { tier: "Balanced", token: "STX" };
  const TERMS = { capacityLimit: 5n, minimumPosition: 1n, minimumHoldSeconds: 7 };
  const TEN = { token: "STX", amount: 10n };
  const everybody = () => as(backend, ALICE);

  const exits = () => backend.run(({ db }) => db.query("treasuryExits").take(9));
  const requested = async () => ({ exitId: (await exits())[0]?._id ?? "" });
  const givenUp = async () => {
    const [delivery] = await backend.run(({ db }) => db.query("webhookDeliveries").take(1));
    return { deliveryId: delivery?._id ?? "" };
  };

  /** Something for each act to be done to. */
  beforeEach(async () => {
    vault.deposit(BOB, "STX", 1_000n, 0n);
    vault.add({ kind: "surplus", amount: 100n, ...vault.move("STX", 100n) });
    vault.withdraw(BOB, "STX", 50n, 1n << 60n);
    await settle(backend, vault);
    await backend.run(async (ctx) => {
      await applyEntry(ctx, feesOf(BOB, 500n), 0);
      const told = { provider: BOB, kind: "test.told", facts: {}, at: 0 };
      const notificationId = await ctx.db.insert("notifications", told);
      const call = { kind: "revoke" as const, authorizationId: 5n };
      const owed = { call, queue: "revoke", policyId: null, transactionId: null, batchLimit: 1, aborts: 0 } as const;
      await ctx.db.insert("outboxCalls", { ...owed, key: "waiting", status: "waiting", outcome: null });
      await ctx.db.insert("outboxCalls", { ...owed, key: "failed", status: "failed", outcome: "refused" });
      await ctx.db.insert("webhookDeliveries", {
        ...{ notificationId, kind: told.kind, status: "failed", attempts: 9 },
        ...{ nextAttemptAt: null, endedAt: 1, lastError: "500" },
      });
      const exit = { account: "fees", token: "STX", amount: 10n, recipient: WHO.guardian, requestedBy: BOB } as const;
      const open = { authorizationId: 6n, expiresAt: 4_000_000_000, status: "requested", approval: null } as const;
      await ctx.db.insert("treasuryExits", { ...exit, ...open, reason: "asked" });
    });
    const known = (await trail(backend)).length;
    recorded = async () => (await backend.query(internal.audit.trail.list, PAGE)).page.slice(0, -known || undefined);
    backend.setEnvironment({ OPERATOR_PRINCIPALS: ALICE, GUARDIAN_PRINCIPALS: ALICE, ADMIN_PRINCIPALS: ALICE });
  });

  /** What was recorded since. */
  let recorded: () => Promise<Doc<"acts">[]>;

  /** All that acts could change, and what they schedule. */
  const documents = () =>
    backend.run(async ({ db }) => {
      const tables = [
        ...([
          "acts",
          "breakers",
          "outboxLanes",
          "outboxCalls",
          "entries",
          "accounts",
          "positions",
          "corrections",
        ] as const),
        ...(["notifications", "webhookDeliveries", "tierTerms", "tierRules", "treasuryExits"] as const),
      ];
      const rows = await Promise.all(tables.map((table) => db.query(table).take(100)));
      return [rows, await db.system.query("_scheduled_functions").take(100)];
    });

  test.each(ACTS)("%s is recorded with who, what, when and why", async (_name, act) => {
    const before = Date.now();
    await act("looked into");
    const page = await recorded();
    expect(page).toHaveLength(1);
    expect(page[0]).toMatchObject({ actor: ALICE, reason: "looked into", act: expect.stringMatching(/^\w+\.\w+$/) });
    expect(page[0]?.at).toBeGreaterThanOrEqual(before);
    expect(page[0]?.at).toBeLessThanOrEqual(Date.now());
  });

  test.each(ACTS)(
    "%s without a reason, or with one that nobody reads, is refused and changes nothing",
    async (_name, act) => {
      const before = await documents();
      await expect(act("")).rejects.toEqual(refusal("ACT_INCOMPLETE", { field: "reason" }));
      await expect(act(" \n")).rejects.toEqual(refusal("ACT_INCOMPLETE", { field: "reason" }));
      await expect(act("r".repeat(1_001))).rejects.toEqual(refusal("ACT_TOO_LONG", { field: "reason", max: 1_000 }));
      expect(await documents()).toEqual(before);
      await act("r".repeat(1_000));
      expect(await documents()).not.toEqual(before);
    },
  );
});

test("whatever an operator has done before, a breaker can be tripped and the outbox paused", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const operator = of(backend, "operator");
  const reset = () => operator.action(operations.resetBreaker, { ...WITHDRAW, reason: "again" });
  for (let n = 0; n < 200; n += 1) await reset();
  await expect(reset()).rejects.toEqual(refusal("RATE_LIMITED"));
  for (let n = 0; n < 3; n += 1) {
    await operator.action(operations.tripBreaker, { ...WITHDRAW, reason: "a thief" });
    await operator.action(operations.pauseOutbox, { reason: "a thief" });
  }
  expect(await stopped(backend)).toMatchObject([{ reason: "a thief" }]);
  expect((await operator.query(operations.getOutbox, {})).paused).toBe("a thief");
  await expect(reset()).rejects.toEqual(refusal("RATE_LIMITED"));
});
