/** Who stands behind a policy: exact to the unit, within everybody's room, and possible exactly where it is. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Candidate,
  healthyRoom,
  LARGEST,
  largestFirst,
  largestLock,
  type Part,
  shareAmongLargest,
  shareAmongLeastUtilized,
  standingOf,
  type Taker,
} from "../../src/domain/allocation";

const BALANCED = { tier: "Balanced", token: "STX" } as const;
const MINIMUM = 3n;

const rooms = (least: bigint, most: bigint, maxLength: number) => fc.array(fc.bigInt(least, most), { maxLength });
const candidatesOf = (list: bigint[]): Candidate[] => list.map((room, n) => ({ id: `p${n}`, room }));
const demandOf = (lock: bigint, quantity = lock * 3n, coverage = lock * 2n) => ({
  put: { quantity, coverage },
  lock,
  minimumBacking: MINIMUM,
});
const total = (parts: Part[], of: "lock" | "quantity" | "coverage") => parts.reduce((sum, part) => sum + part[of], 0n);

/** Whether any of the sets of candidates can share the lock, each with at least the minimum: by trying how many. */
function isPossible(lock: number, available: number[]): boolean {
  const sorted = [...available].sort((one, other) => other - one);
  return sorted.some((_, n) => {
    const taking = sorted.slice(0, n + 1);
    const least = taking.length === 1 ? 0 : taking.length * Number(MINIMUM);
    return least <= lock && taking.reduce((sum, room) => sum + room, 0) >= lock;
  });
}

function expectExact(parts: Part[], demand: ReturnType<typeof demandOf>, candidates: Candidate[]) {
  const { put, lock } = demand;
  expect([total(parts, "lock"), total(parts, "quantity"), total(parts, "coverage")]).toEqual([
    lock,
    put.quantity,
    put.coverage,
  ]);
  expect(new Set(parts.map(({ id }) => id)).size).toBe(parts.length);
  for (const part of parts) {
    const { room } = candidates.find(({ id }) => id === part.id) as Candidate;
    expect(part.lock).toBeLessThanOrEqual(room);
    expect(part.coverage).toBeGreaterThanOrEqual(part.lock);
    expect(part.quantity).toBeGreaterThan(0n);
    if (parts.length > 1) expect(part.lock).toBeGreaterThanOrEqual(MINIMUM);
    // By lock, to a unit at each of the two roundings and for the unit that everybody gets.
    expect(abs(part.coverage * lock - put.coverage * part.lock)).toBeLessThan(lock);
    expect(abs(part.quantity * lock - put.quantity * part.lock)).toBeLessThan(lock * BigInt(parts.length + 1));
  }
}
const abs = (amount: bigint) => (amount < 0n ? -amount : amount);

test("the largest cover a lock exactly if some set of positions can, and then exactly it", () => {
  fc.assert(
    fc.property(rooms(MINIMUM, 12n, 7), fc.bigInt(1n, 60n), (list, lock) => {
      const candidates = candidatesOf(list);
      const demand = demandOf(lock);
      const outcome = shareAmongLargest({ ...demand, ...BALANCED }, candidates);
      expect(outcome.ok).toBe(isPossible(Number(lock), list.map(Number)));
      if (outcome.ok) expectExact(outcome.value, demand, candidates);
    }),
    { numRuns: 3_000 },
  );
});

test("a refusal tells the largest lock, and the nearest ones where free capital is in parts", () => {
  fc.assert(
    fc.property(rooms(MINIMUM, 12n, 7), fc.bigInt(1n, 60n), (list, lock) => {
      const outcome = shareAmongLargest({ ...demandOf(lock), ...BALANCED }, candidatesOf(list));
      const possible = Array.from({ length: 100 }, (_, n) => n + 1).filter((n) => isPossible(n, list.map(Number)));
      const max = BigInt(Math.max(0, ...possible));
      expect(largestLock(candidatesOf(list))).toBe(max);
      if (outcome.ok) return;
      const { code, message: _message, ...facts } = outcome.refusal;
      const near = {
        below: BigInt(Math.max(0, ...possible.filter((n) => n < lock))),
        above: BigInt(Math.min(...possible.filter((n) => n > lock), 999)),
      };
      expect({ code, ...facts }).toEqual({ code: "TIER_UNAVAILABLE", max, ...(lock > max ? {} : near) });
    }),
    { numRuns: 2_000 },
  );
});

test("real amounts: exact, and in everybody's room", () => {
  const real = rooms(10_000n, 10n ** 12n, 300);
  fc.assert(
    fc.property(
      real,
      fc.bigInt(1n, 10n ** 14n),
      fc.bigInt(1n, 10n ** 15n),
      fc.bigInt(0n, 10n ** 15n),
      (list, ...of) => {
        const [lock, quantity, more] = of;
        const candidates = candidatesOf(list);
        const demand = demandOf(lock, quantity, lock + more);
        for (const parts of [
          shareAmongLeastUtilized(demand, candidates),
          shareAmongLargest({ ...demand, ...BALANCED }, candidates),
        ]) {
          if (parts === null || ("ok" in parts && !parts.ok)) continue;
          expectExact("ok" in parts ? parts.value : parts, demand, candidates);
        }
      },
    ),
    { numRuns: 300 },
  );
});

describe("the least-utilised", () => {
  const line = candidatesOf([5n, 50n, 5n, 5n, 5n, 5n, 5n, 5n, 5n, 5n, 500n]);
  const ids = (parts: Part[] | null) => parts?.map(({ id }) => id);
  const share = (lock: bigint, candidates = line) => shareAmongLeastUtilized(demandOf(lock), candidates);

  test("share a policy in their order: eight where there are, more if they must", () => {
    expect(ids(share(30n))).toEqual(["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7"]);
    expect(ids(share(90n))).toEqual(line.slice(0, 9).map(({ id }) => id));
    expect(ids(share(91n))).toEqual(line.slice(0, 10).map(({ id }) => id));
  });

  test("are fewer where a part would be below the minimum, and one alone takes less than that", () => {
    expect(ids(share(7n))).toEqual(["p0", "p1"]);
    expect(share(2n)).toEqual([{ id: "p0", lock: 2n, quantity: 6n, coverage: 4n }]);
  });

  test("are 32 at most, whatever those behind them have", () => {
    const many = candidatesOf([...Array<bigint>(32).fill(3n), 1_000n]);
    expect(ids(share(96n, many))).toHaveLength(32);
    expect(share(97n, many)).toBeNull();
  });

  test("none: nothing", () => {
    expect(share(5n, [])).toBeNull();
  });
});

test("no policy has more backings than 256, and those are of the largest", () => {
  const many = candidatesOf(Array.from({ length: LARGEST + 5 }, (_, n) => MINIMUM + BigInt(n)));
  const most = many.slice(5).reduce((sum, { room }) => sum + room, 0n);
  expect(largestLock(many)).toBe(most);
  const whole = shareAmongLargest({ ...demandOf(most), ...BALANCED }, many);
  expect(whole.ok && whole.value).toHaveLength(LARGEST);
  expect(shareAmongLargest({ ...demandOf(most + 1n), ...BALANCED }, many)).toMatchObject({
    refusal: { code: "TIER_UNAVAILABLE", max: most },
  });
});

test("a quantity of two units is behind two positions at most", () => {
  const parts = shareAmongLeastUtilized(demandOf(30n, 2n), candidatesOf(Array<bigint>(9).fill(20n)));
  expect(parts?.map(({ quantity }) => quantity)).toEqual([1n, 1n]);
});

test("the order of candidates changes nothing among the largest", () => {
  fc.assert(
    fc.property(rooms(MINIMUM, 12n, 7), fc.bigInt(1n, 60n), (list, lock) => {
      const candidates = candidatesOf(list);
      const share = (given: Candidate[]) => shareAmongLargest({ ...demandOf(lock), ...BALANCED }, given);
      expect(share([...candidates].reverse())).toEqual(share(candidates));
      expect(largestFirst([...candidates].reverse())).toEqual(largestFirst(candidates));
    }),
  );
});

/** What a put needs at a price with a buffer, by fractions as one would write them down; rounded up. */
function needed(put: { strike: bigint; quantity: bigint; coverage: bigint }, price: bigint, rules: typeof STRAINED) {
  const buffered = (put.strike - price) * (1_000_000n + BigInt(rules.warningBuffer));
  const floor = put.strike * BigInt(rules.floorRate);
  const [worth, divisor] = [(buffered > floor ? buffered : floor) * put.quantity, price * 1_000_000n];
  const need = worth / divisor + (worth % divisor === 0n ? 0n : 1n);
  return need < put.coverage ? need : put.coverage;
}
const STRAINED = { minimumBacking: MINIMUM, warningBuffer: 400_000, floorRate: 20_000 };

test("whatever a policy needs by now, nobody takes a part that it could not be Healthy with", () => {
  const spares = fc.array(fc.bigInt(1n, 10_000n), { minLength: 1, maxLength: 7 });
  const amount = fc.bigInt(1n, 4_000n);
  fc.assert(
    fc.property(spares, amount, amount, amount, fc.bigInt(1n, 3_000n), (list, lock, more, quantity, price) => {
      const put = { strikeUsdMicros: 2_000n, quantity, coverage: lock + more - 1n };
      const offer = { put, lock, priceUsdMicros: price };
      const candidates = list.map((spare, n) => ({ id: `p${n}`, room: healthyRoom(spare, offer, STRAINED) }));
      const able = candidates.filter(({ room }) => room >= MINIMUM);
      const outcome = shareAmongLargest({ put, lock, minimumBacking: MINIMUM, ...BALANCED }, able);
      for (const part of outcome.ok ? outcome.value : []) {
        const spare = list[Number(part.id.slice(1))] as bigint;
        const need = needed({ ...part, strike: 2_000n }, price, STRAINED);
        expect([part, need > spare, part.lock > spare]).toEqual([part, false, false]);
      }
    }),
    { numRuns: 3_000 },
  );
});

test("a policy that needs no more than its lock takes all that is spare, one that needs twice as much half of it", () => {
  const offer = (coverage: bigint, priceUsdMicros: bigint) => ({
    put: { strikeUsdMicros: 2_000_000n, quantity: 1_000_000n, coverage },
    lock: 500_000n,
    priceUsdMicros,
  });
  const rules = { ...STRAINED, minimumBacking: 1_000n };
  expect(healthyRoom(10_000n, offer(1_000_000n, 2_000_000n), rules)).toBe(10_000n);
  expect(healthyRoom(10_000n, offer(500_000n, 1n), rules)).toBe(10_000n);
  const half = healthyRoom(10_000n, offer(1_000_000n, 1_000_000n), rules);
  expect([half > 4_990n, half < 5_000n]).toEqual([true, true]);
});

describe("what a position may still take", () => {
  const RULES = { maxUtilization: 600_000, minimumBacking: MINIMUM };
  const free: Taker = {
    available: 100n,
    reserved: 0n,
    locked: 0n,
    acceptingPolicies: true,
    policies: 0,
    healthStatus: "Healthy",
  };

  test("as much as keeps it within its utilisation, tried unit by unit", () => {
    const pocket = fc.bigInt(0n, 40n);
    fc.assert(
      fc.property(pocket, pocket, pocket, fc.nat(1_000_000), (available, reserved, locked, maxUtilization) => {
        const taker = { ...free, available, reserved, locked };
        const { freeForPolicies, utilization } = standingOf(taker, { ...RULES, maxUtilization });
        const all = Number(available + reserved + locked);
        const used = Number(reserved + locked);
        const fits = (more: number) => more <= Number(available) && (used + more) * 1_000_000 <= all * maxUtilization;
        let most = 0;
        while (most < 40 && fits(most + 1)) most += 1;
        expect(freeForPolicies).toBe(BigInt(most));
        expect(utilization).toBe(all === 0 ? 0 : Math.ceil((used * 1_000_000) / all));
      }),
      { numRuns: 2_000 },
    );
  });

  test.each<[string, Partial<Taker>, boolean]>([
    ["open", {}, true],
    ["opted out", { acceptingPolicies: false }, false],
    ["99 policies", { policies: 99 }, true],
    ["100 policies", { policies: 100 }, false],
    ["in Warning", { healthStatus: "Warning" }, false],
    ["in MarginCall", { healthStatus: "MarginCall" }, false],
    ["free for the minimum backing", { available: 43n, locked: 57n }, true],
    ["free for less", { available: 42n, locked: 58n }, false],
    ["what is promised to a withdrawal is not free", { available: 42n, reserved: 58n }, false],
    ["empty", { available: 0n }, false],
  ])("%s", (_what, change, takesPolicies) => {
    expect(standingOf({ ...free, ...change }, RULES).takesPolicies).toBe(takesPolicies);
  });
});
