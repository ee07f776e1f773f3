/** What operators, guardians and admins do: who may, that it happens, and that it is recorded with who, what, when and why. */
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import { ALICE, as, type Backend, BOB, PaperVault, sync } from "./backend";
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
const { operations } = api;

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
  ];
  const everybody = () => as(backend, ALICE);

  beforeEach(() => {
    backend.setEnvironment({ OPERATOR_PRINCIPALS: ALICE, GUARDIAN_PRINCIPALS: ALICE, ADMIN_PRINCIPALS: ALICE });
  });

  /** All that acts could change, and what they schedule. */
  const documents = () =>
    backend.run(async ({ db }) => {
      const tables = ["acts", "breakers", "outboxLanes", "outboxCalls", "entries", "accounts", "positions"] as const;
      const rows = await Promise.all(tables.map((table) => db.query(table).take(100)));
      return [rows, await db.system.query("_scheduled_functions").take(100)];
    });

  test.each(ACTS)("%s is recorded with who, what, when and why", async (_name, act) => {
    const before = Date.now();
    await act("looked into");
    const { page } = await backend.query(internal.audit.trail.list, PAGE);
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
