/** The minimum hold against plain logs of what arrived: nothing leaves early, nothing is kept longer than was said. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { endOfHold, freeToLeave, type Hold, heldUntil, holdArrival, NO_HOLD, onHold } from "../../src/domain/holds";

const DAY = 86_400;
const START = 1_800_000_000;
const seconds = fc.oneof(fc.constantFrom(0, 1, 3_600, DAY), fc.integer({ min: 0, max: 40 * DAY }));
const amount = fc.bigInt(1n, 10n ** 15n);

/** By counting up: the first multiple of a 24th (of whole seconds, rounded up) that is not before the hold is over. */
function naiveEnd(now: number, holdSeconds: number): number {
  let slot = 1;
  while (slot * 24 < holdSeconds) slot += 1;
  let end = now + holdSeconds;
  while (end % slot !== 0) end += 1;
  return end;
}

test("a hold lasts as long as the tier says, and at most a 24th longer", () => {
  const short = fc.integer({ min: 1, max: 2 * DAY });
  fc.assert(
    fc.property(fc.integer({ min: START, max: START + 9 * DAY }), short, (now, holdSeconds) => {
      const end = endOfHold({ now, seconds: holdSeconds });
      expect(end).toBe(naiveEnd(now, holdSeconds));
      expect(end).toBeGreaterThanOrEqual(now + holdSeconds);
      expect(end).toBeLessThan(now + holdSeconds + holdSeconds / 24 + 1);
    }),
  );
  expect(endOfHold({ now: START, seconds: DAY })).toBe(START + DAY);
  expect(endOfHold({ now: START + 1, seconds: DAY })).toBe(START + DAY + 3_600);
});

test("an arrival is held by itself: it changes nothing of what arrived before it", () => {
  const arrivals = fc.array(fc.record({ amount, seconds, after: fc.integer({ min: 0, max: DAY }) }), { maxLength: 60 });
  fc.assert(
    fc.property(arrivals, fc.integer({ min: 0, max: 45 * DAY }), (given, later) => {
      let hold: Hold = NO_HOLD;
      let now = START;
      const log: { amount: bigint; until: number }[] = [];
      for (const arrival of given) {
        now += arrival.after;
        hold = holdArrival(hold, arrival.amount, { now, seconds: arrival.seconds });
        const until = arrival.seconds === 0 ? now : endOfHold({ now, seconds: arrival.seconds });
        log.push({ amount: arrival.amount, until });
      }
      for (const time of [now, now + later, ...log.flatMap(({ until }) => [until - 1, until])]) {
        if (time < now) continue;
        let expected = 0n;
        for (const { amount, until } of log) if (until > time) expected += amount;
        expect(onHold(hold, time)).toBe(expected);
      }
      expect(onHold(hold, heldUntil(hold))).toBe(0n);
    }),
  );
});

test("a position remembers at most 25 lots, however often capital arrives under the same terms", () => {
  const steps = fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 200, maxLength: 400 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 3 * DAY }), (given, holdSeconds) => {
      let hold: Hold = NO_HOLD;
      let now = START;
      for (const step of given) {
        now += step;
        hold = holdArrival(hold, 1n, { now, seconds: holdSeconds });
        expect(hold.length).toBeLessThanOrEqual(25);
      }
    }),
    { numRuns: 30 },
  );
});

test("what is locked counts against the hold first, what is reserved does not", () => {
  const hold = [{ amount: 10n, until: START }];
  expect(freeToLeave({ available: 15n, locked: 0n, hold }, START - 1)).toBe(5n);
  expect(freeToLeave({ available: 15n, locked: 0n, hold }, START)).toBe(15n);
  expect(freeToLeave({ available: 15n, locked: 4n, hold }, START - 1)).toBe(9n);
  expect(freeToLeave({ available: 15n, locked: 40n, hold }, START - 1)).toBe(15n);
  expect(freeToLeave({ available: 8n, locked: 0n, hold }, START - 1)).toBe(0n);
});

/** One piece of capital on its way: since when it is where it is, and the latest time that any tier it passed asked for. */
interface Piece {
  amount: bigint;
  owedHere: number;
  owedAnywhere: number;
  /** The latest that it can be told to wait for where it is. */
  freeHere: number;
}

/** A provider's capital, followed piece by piece: what has waited longest leaves first. */
class Followed {
  readonly pieces = new Map<number, Piece[]>();

  of(tier: number): Piece[] {
    return this.pieces.get(tier) ?? [];
  }

  total(tier: number): bigint {
    return this.of(tier).reduce((sum, piece) => sum + piece.amount, 0n);
  }

  take(tier: number, wanted: bigint): Piece[] {
    const waiting = [...this.of(tier)].sort((a, b) => a.freeHere - b.freeHere);
    const taken: Piece[] = [];
    let left = wanted;
    while (left > 0n) {
      const piece = waiting.shift() as Piece;
      const part = piece.amount < left ? piece.amount : left;
      taken.push({ ...piece, amount: part });
      if (part < piece.amount) waiting.unshift({ ...piece, amount: piece.amount - part });
      left -= part;
    }
    this.pieces.set(tier, waiting);
    return taken;
  }

  arrive(tier: number, piece: { amount: bigint; owedAnywhere: number }, now: number, holdSeconds: number) {
    const owedHere = now + holdSeconds;
    const owedAnywhere = Math.max(piece.owedAnywhere, owedHere);
    const freeHere = holdSeconds === 0 ? now : naiveEnd(now, holdSeconds);
    this.pieces.set(tier, [...this.of(tier), { amount: piece.amount, owedHere, owedAnywhere, freeHere }]);
  }
}

const step = fc.record({
  after: fc.integer({ min: 0, max: 4_000 }),
  amount: fc.bigInt(1n, 100n),
  from: fc.integer({ min: -1, max: 2 }),
  to: fc.integer({ min: -1, max: 2 }),
});
const terms = fc.tuple(...[0, 1, 2].map(() => fc.constantFrom(0, 600, 3_600, 9_000)));

test("no sequence of deposits, moves and exits gets capital out before every tier that it passed lets it", () => {
  let moved = 0;
  let exits = 0;
  fc.assert(
    fc.property(terms, fc.array(step, { minLength: 20, maxLength: 80 }), (holdSeconds, steps) => {
      const positions = [0, 1, 2].map(() => ({ available: 0n, locked: 0n, hold: NO_HOLD }));
      const followed = new Followed();
      let now = START;
      for (const { after, amount, from, to } of steps) {
        now += after;
        const source = positions[from];
        let pieces: { amount: bigint; owedAnywhere: number }[] = [{ amount, owedAnywhere: 0 }];
        if (source) {
          const max = freeToLeave(source, now);
          // Free is all that has waited long enough, and nothing else.
          const ripe = followed.of(from).filter(({ freeHere }) => freeHere <= now);
          expect(max).toBe(ripe.reduce((sum, piece) => sum + piece.amount, 0n));
          const leaving = amount < max ? amount : max;
          if (leaving === 0n || from === to) continue;
          source.available -= leaving;
          const taken = followed.take(from, leaving);
          for (const { owedHere, owedAnywhere } of taken) {
            expect(owedHere).toBeLessThanOrEqual(now);
            expect(owedAnywhere).toBeLessThanOrEqual(now);
          }
          pieces = taken;
        }
        const target = positions[to];
        if (source && target) moved += 1;
        if (source && !target) exits += 1;
        if (!target) continue;
        const arriving = pieces.reduce((sum, piece) => sum + piece.amount, 0n);
        target.available += arriving;
        target.hold = holdArrival(target.hold, arriving, { now, seconds: holdSeconds[to] as number });
        for (const piece of pieces) followed.arrive(to, piece, now, holdSeconds[to] as number);
        expect(target.available).toBe(followed.total(to));
      }
    }),
    { numRuns: 300 },
  );
  expect([moved > 300, exits > 300]).toEqual([true, true]);
});
