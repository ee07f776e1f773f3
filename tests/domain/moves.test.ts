/** What may leave and arrive, tried with every small position, against what must be true once it has. */
import { expect, test } from "vitest";
import {
  checkArrival,
  checkAssignment,
  checkDeparture,
  checkLeaving,
  leastArrival,
  type Place,
  quoteDeparture,
} from "../../src/domain/moves";

const NOW = 1_800_000_000;

function* upTo(max: number | bigint): Generator<bigint> {
  for (let n = 0n; n <= max; n += 1n) yield n;
}

function* places(): Generator<Place & { held: bigint }> {
  for (const available of upTo(6))
    for (const reserved of upTo(3))
      for (const locked of upTo(2))
        for (const held of upTo(6))
          for (const minimumPosition of upTo(3)) {
            const hold = [
              { amount: held, until: NOW + 1 },
              { amount: 9n, until: NOW },
            ];
            yield { available, reserved, locked, held, minimumPosition, hold };
          }
}

/** What leaves which place, while its policies let so much go. */
function* departures() {
  for (const from of places())
    for (const amount of [1n, 2n, 3n, 4n, 5n, 6n, 7n])
      for (const notNeeded of [0n, 2n, 99n]) yield [from, amount, notNeeded] as const;
}

const nothingOrEnough = (left: bigint, minimum: bigint) => left === 0n || left >= minimum;

test("capital leaves exactly when what stays covers the hold, and is nothing or enough, paid out or not", () => {
  const answers = new Map<string, number>();
  for (const [from, amount, notNeeded] of departures()) {
    const { available, reserved, locked, held, minimumPosition } = from;
    const outcome = checkDeparture(amount, "STX", { ...from, notNeeded }, NOW);
    const answer = outcome.ok ? "done" : outcome.refusal.code;
    answers.set(answer, (answers.get(answer) ?? 0) + 1);
    const stays = available - amount + locked;
    const canGo = amount <= available && held <= stays && amount <= notNeeded;
    const isLeft = nothingOrEnough(stays, minimumPosition) && nothingOrEnough(stays + reserved, minimumPosition);
    const foreseen = canGo ? (isLeft ? "done" : "REMAINDER_BELOW_MINIMUM") : "MOVE_ABOVE_MAXIMUM";
    expect([from, amount, notNeeded, answer]).toEqual([from, amount, notNeeded, foreseen]);
    if (!outcome.ok && answer === "MOVE_ABOVE_MAXIMUM") {
      const max = outcome.refusal.max as bigint;
      expect(max < amount && max <= available && (max === 0n || held <= available - max + locked)).toBe(true);
      const binds = { available: available - max, hold: available + locked - held - max, health: notNeeded - max };
      // What binds lets no unit more go.
      expect(binds[outcome.refusal.binding as keyof typeof binds] <= 0n).toBe(true);
    }
  }
  expect(answers.size).toBe(3);
});

test("a quote is the most that is let go and taken, and one unit more is neither", () => {
  const bound = new Set<string>();
  for (const from of places()) {
    for (const notNeeded of [0n, 2n, 99n]) {
      for (const room of [0n, 3n, 99n]) {
        const source = { ...from, notNeeded };
        const quote = quoteDeparture(source, NOW, room);
        const goes = (amount: bigint) => amount <= room && checkDeparture(amount, "STX", source, NOW).ok;
        expect([source, room, quote, quote.max === 0n || goes(quote.max), goes(quote.max + 1n)]).toEqual([
          source,
          room,
          quote,
          true,
          false,
        ]);
        for (const amount of upTo(quote.max + 1n)) {
          if (amount > 0n) expect(checkLeaving(amount, "STX", quote, source).ok).toBe(goes(amount));
        }
        bound.add(quote.binding);
      }
    }
  }
  expect([...bound].sort()).toEqual(["available", "capacity", "health", "hold", "minimum"]);
});

test("the least that has to arrive is accepted, and one unit less is not", () => {
  for (const to of places()) {
    const least = leastArrival(to);
    expect(checkArrival(least, "STX", to).ok).toBe(true);
    if (least > 0n) expect(checkArrival(least - 1n, "STX", to).ok).toBe(false);
  }
});

test("a position is large enough without what is reserved, and what it lacks is exactly told", () => {
  for (const to of places()) {
    for (const amount of upTo(4)) {
      const outcome = checkArrival(amount, "sBTC", to);
      expect(outcome.ok).toBe(to.available + to.locked + amount >= to.minimumPosition);
      if (outcome.ok) continue;
      const missing = outcome.refusal.missing as bigint;
      expect(checkArrival(missing, "sBTC", to).ok).toBe(true);
      expect(checkArrival(missing - 1n, "sBTC", to).ok).toBe(false);
    }
  }
});

test("all of what is in suspense can be assigned, and not a unit more", () => {
  expect(checkAssignment(5n, "STX", 5n).ok).toBe(true);
  expect(checkAssignment(6n, "STX", 5n)).toMatchObject({ refusal: { code: "ASSIGNMENT_ABOVE_SUSPENSE", max: 5n } });
});
