/** Allocation finds positions through what is kept with them, reads a bounded number, and what it gives is exact. */
import fc from "fast-check";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { internal } from "../../convex/_generated/api";
import type { Id } from "../../convex/_generated/dataModel";
import { applyEntry } from "../../convex/ledger/model";
import { allocate, availabilityOf } from "../../convex/policies/allocation";
import {
  addPolicies,
  findPosition,
  openPosition,
  recordAccepting,
  setProviderHealthStatus,
} from "../../convex/positions/model";
import { makeEntry, type Pocket } from "../../src/domain/ledger";
import { DEFAULT_RULES } from "../../src/domain/tiers";
import { type Backend, BOB, openBackend } from "./backend";

let backend: Backend;
let entries = 0;
beforeEach(async () => {
  backend = await openBackend();
});

type Writing = Parameters<Parameters<Backend["run"]>[0]>[0];
const BALANCED = { tier: "Balanced", token: "STX" } as const;
const { minimumBacking: MINIMUM, maxUtilization } = DEFAULT_RULES.Balanced.STX;

/** What a position has to have, to be able to lock so much and no more. */
const worth = (room: bigint) => (room * 1_000_000n + BigInt(maxUtilization) - 1n) / BigInt(maxUtilization);

async function credit(ctx: Writing, positionId: Id<"positions">, credits: Partial<Record<Pocket, bigint>>) {
  const postings = Object.entries(credits).map(([pocket, amount]) => ({
    account: { kind: "position" as const, positionId, pocket: pocket as Pocket },
    amount,
  }));
  const sum = postings.reduce((total, { amount }) => total + amount, 0n);
  entries += 1;
  const mirrored = sum === 0n ? postings : [...postings, { account: { kind: "vault" as const }, amount: -sum }];
  await applyEntry(ctx, makeEntry(`test:${entries}`, "STX", mirrored), 1);
}

const keyOf = (n: number) => ({ provider: `${BOB}.p${n}`, ...BALANCED });

/** Positions that are free for so much each. */
function opened(rooms: bigint[], from = 0): Promise<Id<"positions">[]> {
  return backend.run(async (ctx) => {
    const ids: Id<"positions">[] = [];
    for (const [n, room] of rooms.entries()) {
      const id = await openPosition(ctx, keyOf(from + n));
      await credit(ctx, id, { available: worth(room) });
      ids.push(id);
    }
    return ids;
  });
}

const putOf = (lock: bigint) => ({ strikeUsdMicros: 2_000_000n, quantity: lock * 2n, coverage: lock * 2n });
const ask = (lock: bigint, exclude: Id<"positions">[] = []) =>
  backend.run((ctx) => allocate(ctx, { ...BALANCED, put: putOf(lock), lock, exclude }));
const available = () => backend.run((ctx) => availabilityOf(ctx, BALANCED));
const max = (amount: bigint) => ({ ok: false, refusal: { code: "TIER_UNAVAILABLE", max: amount } });

async function takers(lock: bigint, exclude: Id<"positions">[] = []): Promise<Id<"positions">[]> {
  const outcome = await ask(lock, exclude);
  return outcome.ok ? outcome.value.map(({ positionId }) => positionId) : [];
}

const change = (act: (ctx: Writing) => Promise<unknown>) => backend.run(async (ctx) => void (await act(ctx)));

test("nobody there: nothing can be had", async () => {
  expect(await available()).toBe(0n);
  expect(await ask(1n)).toMatchObject(max(0n));
});

test("only positions of the tier and token are asked", async () => {
  await backend.run(async (ctx) => {
    for (const [tier, token] of [
      ["Aggressive", "STX"],
      ["Balanced", "sBTC"],
    ] as const)
      await openPosition(ctx, { provider: BOB, tier, token });
    const other = await openPosition(ctx, { provider: BOB, tier: "Conservative", token: "STX" });
    await credit(ctx, other, { available: 10n ** 9n });
  });
  expect(await available()).toBe(0n);
});

test("the least-utilised take a policy: those that have locked less stand before them", async () => {
  const ids = await opened(Array<bigint>(10).fill(12n * MINIMUM));
  for (const [n, id] of ids.entries())
    await change((ctx) => credit(ctx, id, { available: -BigInt(10 - n) * MINIMUM, locked: BigInt(10 - n) * MINIMUM }));
  expect(await takers(8n * MINIMUM)).toEqual([...ids].reverse().slice(0, 8));
  expect(await takers(2n * MINIMUM, ids.slice(7))).toEqual([ids[6], ids[5]]);
});

test("the largest are asked where the least-utilised can't cover it", async () => {
  const small = await opened(Array<bigint>(40).fill(MINIMUM));
  const [large] = await opened([100n * MINIMUM], 100);
  await change((ctx) => credit(ctx, large as Id<"positions">, { available: -MINIMUM, locked: MINIMUM }));
  expect(await takers(32n * MINIMUM)).toEqual(small.slice(0, 32));
  expect(await takers(33n * MINIMUM)).toEqual([large]);
  expect(await available()).toBe(139n * MINIMUM);
  expect(await takers(139n * MINIMUM)).toHaveLength(41);
  expect(await ask(139n * MINIMUM + 1n)).toMatchObject(max(139n * MINIMUM));
});

describe("who can't take a policy is not asked, from the same moment on", () => {
  const WHO = keyOf(0);
  type Act = (ctx: Writing, id: Id<"positions">) => Promise<unknown>;
  const out: [what: string, leave: Act, comeBack: Act][] = [
    ["opted out", (ctx) => recordAccepting(ctx, WHO, false), (ctx) => recordAccepting(ctx, WHO, true)],
    [
      "not Healthy",
      (ctx, id) => setProviderHealthStatus(ctx, id, "Warning"),
      (ctx, id) => setProviderHealthStatus(ctx, id, "Healthy"),
    ],
    [
      "with a hundred policies",
      async (ctx, id) => {
        for (let n = 0; n < 100; n += 1) await addPolicies(ctx, id, 1);
      },
      (ctx, id) => addPolicies(ctx, id, -1),
    ],
    [
      "with a withdrawal open for what was free",
      (ctx, id) => credit(ctx, id, { available: -2n * MINIMUM, reserved: 2n * MINIMUM }),
      (ctx, id) => credit(ctx, id, { available: 2n * MINIMUM, reserved: -2n * MINIMUM }),
    ],
  ];

  test.each(out)("%s", async (_what, leave, comeBack) => {
    const [id] = await opened([2n * MINIMUM]);
    expect(await takers(MINIMUM)).toEqual([id]);
    await change((ctx) => leave(ctx, id as Id<"positions">));
    expect([await takers(MINIMUM), await available()]).toEqual([[], 0n]);
    await change((ctx) => comeBack(ctx, id as Id<"positions">));
    expect(await takers(MINIMUM)).toEqual([id]);
  });
});

test("fields that an older rule left behind are not believed", async () => {
  const [one, two] = await opened([2n * MINIMUM, 3n * MINIMUM]);
  await change(async ({ db }) => {
    await db.patch("positions", one as never, { freeForPolicies: 99n * MINIMUM, utilization: 0 });
    await db.patch("positions", two as never, { freeForPolicies: 98n * MINIMUM });
  });
  expect(await available()).toBe(5n * MINIMUM);
  expect(await ask(5n * MINIMUM + 1n)).toMatchObject(max(5n * MINIMUM));
  expect(await takers(5n * MINIMUM)).toHaveLength(2);
});

test("new rules count for all positions of their tier and token, a page at a time", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  const many = await opened(Array<bigint>(90).fill(2n * MINIMUM));
  const put = { minimumBacking: 3n * MINIMUM, maxUtilization: 900_000 };
  const set = (changes: Partial<typeof put>) =>
    backend.mutation(internal.tiers.terms.setRules, { ...BALANCED, changes, actor: "Ada", reason: "test" });
  const taking = async () => {
    await backend.finishScheduled(() => vi.advanceTimersByTime(1_000));
    return backend.run(async (ctx) => {
      const positions = await ctx.db.query("positions").take(200);
      return positions.filter(({ takesPolicies }) => takesPolicies).length;
    });
  };
  await set({ minimumBacking: 2n * MINIMUM + 1n });
  expect(await available()).toBe(0n);
  expect(await taking()).toBe(0);
  await set(put);
  expect(await taking()).toBe(90);
  const worthOfAll = BigInt(many.length) * ((worth(2n * MINIMUM) * 9n) / 10n);
  expect(await available()).toBe(worthOfAll);
});

test("random tiers: what is available can be had, not a unit more, and every part is within its position's room", async () => {
  const room = fc.integer({ min: 1, max: 9 }).map((n) => (BigInt(n) * MINIMUM) / 2n);
  const rooms = fc.array(room, { minLength: 1, maxLength: 45 });
  await fc.assert(
    fc.asyncProperty(rooms, fc.integer({ min: 1, max: 200 }), async (given, part) => {
      backend = await openBackend();
      const ids = await opened(given);
      const takes = given.filter((amount) => amount >= MINIMUM);
      const most = takes.reduce((sum, amount) => sum + amount, 0n);
      expect(await available()).toBe(most);
      expect(await ask(most + 1n)).toMatchObject(max(most));
      const lock = (most * BigInt(part)) / 200n;
      for (const wanted of [most, lock].filter((amount) => amount > 0n)) {
        const outcome = await ask(wanted);
        if (!outcome.ok) {
          // Only what lies between two sums of parts is not to be had.
          expect(outcome.refusal).toMatchObject({ max: most, below: expect.any(BigInt), above: expect.any(BigInt) });
          const { below, above } = outcome.refusal as unknown as { below: bigint; above: bigint };
          expect([below < wanted, above > wanted, above <= most, wanted < most]).toEqual([true, true, true, true]);
          for (const near of [below, above].filter((amount) => amount > 0n)) expect((await ask(near)).ok).toBe(true);
          continue;
        }
        expect(outcome.value.reduce((sum, taken) => sum + taken.lock, 0n)).toBe(wanted);
        expect(outcome.value.reduce((sum, taken) => sum + taken.quantity, 0n)).toBe(wanted * 2n);
        expect(outcome.value.reduce((sum, taken) => sum + taken.coverage, 0n)).toBe(wanted * 2n);
        for (const { positionId, lock: taken } of outcome.value)
          expect(taken).toBeLessThanOrEqual(given[ids.indexOf(positionId)] as bigint);
      }
    }),
    { numRuns: 15 },
  );
});

test("it reads as many documents beside two thousand others as beside three hundred", async () => {
  const few = 300;
  await opened(Array<bigint>(few).fill(MINIMUM));
  const cost = (act: (ctx: Writing) => Promise<unknown>) =>
    backend.mutation(async (ctx) => {
      await act(ctx as Writing);
      const { databaseQueries, documentsRead } = await ctx.meta.getTransactionMetrics();
      return [databaseQueries.used, documentsRead.used];
    });
  const request = (lock: bigint) => ({ ...BALANCED, put: putOf(lock), lock });
  const all = async () => [
    await cost((ctx) => allocate(ctx, request(8n * MINIMUM))),
    await cost((ctx) => allocate(ctx, request(200n * MINIMUM))),
    await cost((ctx) => availabilityOf(ctx, BALANCED)),
  ];
  const before = await all();
  const model = await backend.run((ctx) => findPosition(ctx, keyOf(0)));
  const { _id, _creationTime, ...fields } = model as NonNullable<typeof model>;
  await change(async ({ db }) => {
    for (let n = few; n < 2_000; n += 1) await db.insert("positions", { ...fields, ...keyOf(n) });
  });
  expect(await all()).toEqual(before);
  const [[, least = 0], [, largest = 0]] = before as [number[], number[]];
  expect(least).toBeLessThanOrEqual(32);
  expect(largest).toBeLessThanOrEqual(32 + 256);
});
