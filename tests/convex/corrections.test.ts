/**
 * What was signed after the backup that the books were restored from, and paid: it shows as a breach while the position still
 * shows the capital. An admin sets one off against the other, and after that the books are as they would have been.
 */
import fc from "fast-check";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import type { Tier } from "../../src/domain/tiers";
import type { Token } from "../../src/domain/tokens";
import { ALICE, as, BOB } from "./backend";
import { of, openOperated, PAGE, refusal, trail, WHO } from "./operating";
import { Scene } from "./withdrawing";

let scene: Scene;

async function open() {
  scene = await Scene.open(await openOperated());
}

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
  await open();
});

const { administration, operations } = api;

interface Correction {
  principal?: string;
  token?: string;
  amount?: bigint;
  tier?: string;
  reason?: string;
  idempotencyKey?: string;
}
const IN_BALANCED = { principal: ALICE, token: "STX", amount: 2_000_000n, tier: "Balanced", reason: "signed after it" };
const correct = (given: Correction = {}) =>
  of(scene.backend, "admin").action(administration.correctBreach, { ...IN_BALANCED, ...given });
const fromSuspense = ({ tier, ...given }: typeof IN_BALANCED & Correction) =>
  of(scene.backend, "admin").action(administration.correctBreach, given);

let ids = 1n << 60n;
/** The vault pays what these books did not authorise. */
async function breach(who: string, amount: bigint, token: Token = "STX") {
  ids += 1n;
  scene.vault.withdraw(who, token, amount, ids);
  await scene.settle();
}

const breaches = async (token: Token = "STX") =>
  (await of(scene.backend, "guardian").query(operations.listBreaches, { token, ...PAGE })).page;

const position = async (who = ALICE) => (await scene.portfolio(who)).positions[0];

/** Two passes, as sums over many documents count once they are wrong twice. */
async function expectAuditInOrder() {
  for (const _pass of [1, 2]) await scene.backend.action(internal.audit.job.run, { untilDone: false });
  expect(await scene.backend.query(internal.audit.job.result, {})).toMatchObject({ differences: 0, wrongSums: [] });
  await scene.expectExactBooks();
}

describe("after a restore", () => {
  beforeEach(async () => {
    await scene.deposited(ALICE, 6_000_000n);
    await scene.deposited(BOB, 4_000_000n);
    await breach(ALICE, 2_000_000n);
  });

  test("the position shows what is gone; corrected, what is left can be withdrawn to the last unit", async () => {
    expect(await position()).toMatchObject({ available: 6_000_000n });
    expect(await breaches()).toEqual([{ principal: ALICE, token: "STX", amount: 2_000_000n }]);
    expect(await scene.stopped()).toContain("which is not ours");

    const { correctionId, breach: left } = await correct();
    expect(left).toBe(0n);
    expect(await position()).toMatchObject({ available: 4_000_000n, total: 4_000_000n });
    expect(await breaches()).toEqual([]);
    expect(await position(BOB)).toMatchObject({ available: 4_000_000n });
    expect((await trail(scene.backend))[0]).toEqual({
      ...{ act: "corrections.correctBreach", actor: WHO.admin, reason: "signed after it" },
      facts: { correctionId, principal: ALICE, token: "STX", amount: 2_000_000n, tier: "Balanced", breach: 0n },
    });
    await expectAuditInOrder();

    const reset = { capability: "withdraw", reason: "corrected" };
    await of(scene.backend, "operator").action(operations.resetBreaker, reset);
    for (const who of [ALICE, BOB]) {
      const { authorization } = await scene.request(who, 4_000_000n);
      scene.vault.withdraw(who, "STX", 4_000_000n, authorization.id);
    }
    await scene.settle();
    expect(await scene.stopped()).toBe(null);
    expect(await scene.account("vault")).toBe(0n);
    const [proof] = await scene.backend.query(api.liquidity.getProof, {});
    expect(proof).toMatchObject({ token: "STX", holds: true, held: 0n, booked: 0n });
    await expectAuditInOrder();
  });

  test("uncorrected, somebody else is short of it", async () => {
    const reset = { capability: "withdraw", reason: "nobody looked" };
    await of(scene.backend, "operator").action(operations.resetBreaker, reset);
    await scene.request(ALICE, 6_000_000n);
    await expect(scene.request(BOB, 4_000_000n)).rejects.toEqual(
      refusal("WITHDRAWAL_ABOVE_MAXIMUM", { max: 2_000_000n }),
    );
  });

  test("the entry is new and balanced, and what stood before it stands", async () => {
    const postings = () => scene.backend.run((ctx) => ctx.db.query("postings").take(100));
    const before = await postings();
    const { correctionId } = await correct({ amount: 500_000n });
    const after = await postings();
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.slice(before.length)).toMatchObject([
      { entryId: `correction:${correctionId}`, account: expect.stringMatching(/available$/), amount: -500_000n },
      { entryId: `correction:${correctionId}`, account: `breach/${ALICE}`, amount: 500_000n },
    ]);
    expect(await breaches()).toMatchObject([{ amount: 1_500_000n }]);
  });

  test("repeating with the same key corrects once; for anything else the key is refused", async () => {
    const once = await correct({ amount: 500_000n, idempotencyKey: "one" });
    expect(await correct({ amount: 500_000n, idempotencyKey: "one" })).toEqual(once);
    await expect(correct({ amount: 500_001n, idempotencyKey: "one" })).rejects.toEqual(
      refusal("IDEMPOTENCY_KEY_REUSED"),
    );
    await expect(correct({ idempotencyKey: "k".repeat(201) })).rejects.toEqual(refusal("IDEMPOTENCY_KEY_TOO_LONG"));
    expect(await position()).toMatchObject({ available: 5_500_000n });
    expect((await trail(scene.backend)).filter(({ act }) => act.startsWith("corrections"))).toHaveLength(1);
    const other = await correct({ amount: 500_000n, idempotencyKey: "two" });
    expect(other.correctionId).not.toBe(once.correctionId);
    expect(other.breach).toBe(1_000_000n);
  });

  test.each([
    [{ amount: 2_000_001n }, "CORRECTION_ABOVE_MAXIMUM", { max: 2_000_000n, binding: "breach" }],
    [{ amount: 0n }, "AMOUNT_NOT_POSITIVE", {}],
    [{ amount: -1n }, "AMOUNT_NOT_POSITIVE", {}],
    [{ tier: "Conservative" }, "NO_POSITION", {}],
    [{ tier: "Daring" }, "UNKNOWN_TIER", {}],
    [{ token: "BTC" }, "UNKNOWN_TOKEN", {}],
    [{ token: "sBTC" }, "NO_POSITION", {}],
    [{ principal: BOB }, "NO_BREACH", {}],
    [{ reason: "" }, "ACT_INCOMPLETE", { field: "reason" }],
    [{ reason: "r".repeat(1_001) }, "ACT_TOO_LONG", { field: "reason" }],
  ])("%o is refused with %s and changes nothing", async (wrong, code, facts) => {
    const documents = () =>
      scene.backend.run(async ({ db }) => {
        const tables = [
          "acts",
          "corrections",
          "entries",
          "postings",
          "positions",
          "accounts",
          "notifications",
        ] as const;
        return Promise.all(tables.map((table) => db.query(table).take(200)));
      });
    const before = await documents();
    await expect(correct(wrong)).rejects.toEqual(refusal(code, facts));
    expect(await documents()).toEqual(before);
  });

  test("nobody but an admin corrects, not even the principal itself", async () => {
    const others = [of(scene.backend, "operator"), of(scene.backend, "guardian"), as(scene.backend, ALICE)];
    for (const other of others) {
      await expect(other.action(administration.correctBreach, IN_BALANCED)).rejects.toEqual(
        refusal("NOT_ALLOWED", { roles: "admin" }),
      );
    }
    expect(await position()).toMatchObject({ available: 6_000_000n });
  });

  test("its principal is told", async () => {
    await correct();
    const { page } = await as(scene.backend, ALICE).query(api.policies.getNotifications, PAGE);
    expect(page[0]).toMatchObject({ kind: "breach.corrected", facts: { amount: 2_000_000n, tier: "Balanced" } });
  });
});

test("what an open withdrawal has reserved stays, and so does its authorisation", async () => {
  await scene.deposited(ALICE, 6_000_000n);
  await scene.deposited(BOB, 9_000_000n);
  const { authorization } = await scene.request(ALICE, 5_000_000n);
  await breach(ALICE, 2_000_000n);
  await expect(correct()).rejects.toEqual(refusal("CORRECTION_ABOVE_MAXIMUM", { max: 1_000_000n, binding: "free" }));
  expect(await correct({ amount: 1_000_000n })).toMatchObject({ breach: 1_000_000n });
  expect(await position()).toMatchObject({ available: 0n, reserved: 5_000_000n });
  scene.vault.withdraw(ALICE, "STX", 5_000_000n, authorization.id);
  await scene.settle();
  expect(await breaches()).toMatchObject([{ amount: 1_000_000n }]);
  await expectAuditInOrder();
});

test("what is on hold is taken: it is gone already", async () => {
  const aggressive = { token: "STX", tier: "Aggressive" };
  await scene.deposited(ALICE, 6_000_000n, aggressive);
  await breach(ALICE, 2_000_000n);
  expect(await position()).toMatchObject({ available: 6_000_000n, onHold: 6_000_000n });
  await correct({ tier: "Aggressive" });
  expect(await position()).toMatchObject({ available: 4_000_000n, total: 4_000_000n });
  await expectAuditInOrder();
});

test("a breach is taken off suspense too, and a position of another token or another's suspense is never touched", async () => {
  await scene.sent(ALICE, 700n);
  await scene.sent(BOB, 900n);
  await scene.deposited(ALICE, 50_000n, { token: "sBTC", tier: "Balanced" });
  await breach(ALICE, 500n);
  await expect(fromSuspense({ ...IN_BALANCED, amount: 501n })).rejects.toEqual(
    refusal("CORRECTION_ABOVE_MAXIMUM", { max: 500n, binding: "breach" }),
  );
  await fromSuspense({ ...IN_BALANCED, amount: 500n });
  expect(await scene.account(`suspense/${ALICE}`)).toBe(200n);
  expect(await scene.account(`suspense/${BOB}`)).toBe(900n);
  expect(await position()).toMatchObject({ token: "sBTC", available: 50_000n });
  await expectAuditInOrder();
});

/** A naive account of it: what each has, and owes. */
interface Step {
  kind: "deposit" | "send" | "breach" | "reserve" | "correct";
  amount: bigint;
  /** Of a correction: null takes from suspense. */
  tier: Tier | null;
}
const amount = fc.bigInt(1n, 4n).map((n) => n * 1_000_000n);
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("deposit", "send", "breach", "reserve", "correct", "correct"),
  amount,
  tier: fc.constantFrom("Balanced", null),
});

test("any history: a correction takes exactly what is free and owed, or nothing", { timeout: 120_000 }, async () => {
  const MILLION = 1_000_000n;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 10 }), async (steps) => {
      await open();
      await scene.deposited(BOB, 100n * MILLION);
      const paper = { available: 0n, reserved: 0n, suspense: 0n, breach: 0n, corrections: 0 };
      for (const known of steps) {
        const { amount: moved } = known;
        if (known.kind === "deposit") {
          await scene.deposited(ALICE, moved);
          paper.available += moved;
        } else if (known.kind === "send") {
          await scene.sent(ALICE, moved);
          paper.suspense += moved;
        } else if (known.kind === "breach") {
          await breach(ALICE, moved);
          await of(scene.backend, "operator").action(operations.resetBreaker, { capability: "withdraw", reason: "on" });
          paper.breach += moved;
        } else if (known.kind === "reserve") {
          const rest = paper.available - moved;
          const isRight = paper.reserved === 0n && (rest === 0n || rest >= MILLION);
          const asked = scene.request(ALICE, moved);
          // The open withdrawal is given again, and takes nothing more.
          if (paper.reserved === moved) await asked;
          else if (!isRight) await expect(asked).rejects.toThrow();
          else {
            await asked;
            paper.available -= moved;
            paper.reserved += moved;
          }
        } else {
          const pocket = known.tier === null ? "suspense" : "available";
          const isRight = moved <= paper.breach && moved <= paper[pocket];
          const given = { ...IN_BALANCED, amount: moved };
          const asked = known.tier === null ? fromSuspense(given) : correct(given);
          if (!isRight) await expect(asked).rejects.toEqual(refusal(expect.any(String) as never));
          else {
            expect(await asked).toMatchObject({ breach: paper.breach - moved });
            paper[pocket] -= moved;
            paper.breach -= moved;
            paper.corrections += 1;
          }
        }
      }
      const { available, reserved } = (await position()) ?? { available: 0n, reserved: 0n };
      const corrections = (await scene.backend.run((ctx) => ctx.db.query("corrections").take(99))).length;
      expect({ available, reserved, corrections }).toEqual({
        ...{ available: paper.available, reserved: paper.reserved, corrections: paper.corrections },
      });
      expect(await scene.account(`suspense/${ALICE}`)).toBe(paper.suspense);
      expect(await scene.account(`breach/${ALICE}`)).toBe(-paper.breach);
      expect(await position(BOB)).toMatchObject({ available: 100n * MILLION });
      await expectAuditInOrder();
    }),
    {
      numRuns: 8,
      examples: [
        [
          [
            { kind: "deposit", amount: 4_000_000n, tier: null },
            { kind: "reserve", amount: 3_000_000n, tier: null },
            { kind: "reserve", amount: 3_000_000n, tier: null },
            { kind: "reserve", amount: 1_000_000n, tier: null },
          ],
        ],
        [
          [
            { kind: "deposit", amount: 4_000_000n, tier: null },
            { kind: "send", amount: 2_000_000n, tier: null },
            { kind: "breach", amount: 3_000_000n, tier: null },
            { kind: "correct", amount: 2_000_000n, tier: null },
            { kind: "correct", amount: 2_000_000n, tier: "Balanced" },
            { kind: "correct", amount: 1_000_000n, tier: "Balanced" },
          ],
        ],
        [
          [
            { kind: "deposit", amount: 1_000_000n, tier: null },
            { kind: "send", amount: 1_000_000n, tier: null },
            { kind: "breach", amount: 4_000_000n, tier: null },
            { kind: "correct", amount: 2_000_000n, tier: null },
            { kind: "correct", amount: 2_000_000n, tier: "Balanced" },
          ],
        ],
      ],
    },
  );
});
