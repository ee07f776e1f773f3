import fc from "fast-check";
import { expect, test } from "vitest";
import { outflowRoom } from "../../src/domain/outflow";
import { type Binding, checkWithdrawal, quoteWithdrawal, type WithdrawalRoom } from "../../src/domain/withdrawals";

/** Small enough to try every amount there is. */
const small = fc.bigInt(0n, 12n);
const crampedRoom: fc.Arbitrary<WithdrawalRoom> = fc
  .record({
    available: small,
    elsewhere: fc.oneof(fc.constant(0n), small),
    notOnHold: fc.oneof(fc.constant(99n), small),
    notNeeded: fc.oneof(fc.constant(99n), small),
    minimumPosition: small,
    vaultFree: fc.oneof(fc.constant(99n), fc.bigInt(-3n, 24n)),
    outflowRoom: fc.oneof(fc.constant(99n), fc.bigInt(-3n, 24n)),
  })
  .map(({ elsewhere, ...rest }) => ({ token: "STX" as const, total: rest.available + elsewhere, ...rest }));

/** The rule as one would tell it to a child, with each reason why an amount can't go. */
function objections(amount: number, room: WithdrawalRoom): (Binding | "nothing")[] {
  const { available, total, notOnHold, notNeeded, minimumPosition, vaultFree, outflowRoom } = room;
  const stays = Number(total) - amount;
  const found: (Binding | "nothing")[] = [];
  if (amount < 1) found.push("nothing");
  if (Number(available) - amount < 0) found.push("available");
  if (Number(notOnHold) - amount < 0) found.push("hold");
  if (Number(notNeeded) - amount < 0) found.push("health");
  if (Number(vaultFree) - amount < 0) found.push("vault");
  if (Number(outflowRoom) - amount < 0) found.push("outflow");
  if (stays > 0 && stays < Number(minimumPosition)) found.push("minimum");
  return found;
}

test("the quote is the largest amount that a naive checker accepts; exactly what that one accepts is accepted", () => {
  fc.assert(
    fc.property(crampedRoom, (room) => {
      const amounts = Array.from({ length: Number(room.total) + 3 }, (_, amount) => amount);
      const fine = amounts.filter((amount) => objections(amount, room).length === 0);
      const { max, binding } = quoteWithdrawal(room);
      expect(max).toBe(BigInt(Math.max(0, ...fine)));
      expect(amounts.filter((amount) => checkWithdrawal(BigInt(amount), room).ok)).toEqual(fine);
      expect(objections(Number(max) + 1, room)).toContain(binding);
      expect(checkWithdrawal(max + 1n, room)).toMatchObject({
        refusal: { code: "WITHDRAWAL_ABOVE_MAXIMUM", max, binding },
      });
    }),
    { numRuns: 3_000 },
  );
});

const whole: WithdrawalRoom = {
  token: "STX",
  available: 5_000_000n,
  total: 5_000_000n,
  notOnHold: 5_000_000n,
  notNeeded: 5_000_000n,
  minimumPosition: 1_000_000n,
  vaultFree: 10n ** 12n,
  outflowRoom: 10n ** 12n,
};

test.each<[string, Partial<WithdrawalRoom>, bigint, Binding]>([
  ["all of it", {}, 5_000_000n, "available"],
  ["what is not locked", { available: 3_000_000n }, 3_000_000n, "available"],
  ["what has been in long enough", { notOnHold: 3_000_000n }, 3_000_000n, "hold"],
  ["what its policies do not need", { notNeeded: 3_000_000n }, 3_000_000n, "health"],
  ["nothing in a margin call", { notNeeded: 0n }, 0n, "health"],
  ["the hold where it keeps as much", { notOnHold: 3_000_000n, notNeeded: 3_000_000n }, 3_000_000n, "hold"],
  ["what the vault has free", { vaultFree: 7n }, 7n, "vault"],
  ["what the cap lets through", { outflowRoom: 8n }, 8n, "outflow"],
  ["what leaves the minimum behind", { outflowRoom: 4_000_001n }, 4_000_000n, "minimum"],
  ["all of it, though the minimum has risen above it", { minimumPosition: 6_000_000n }, 5_000_000n, "available"],
  ["nothing of a position that could only be cut up", { minimumPosition: 6_000_000n, vaultFree: 9n }, 0n, "minimum"],
  [
    "nothing where leaving the minimum leaves nothing",
    { minimumPosition: 5_000_000n, notOnHold: 4_999_999n },
    0n,
    "minimum",
  ],
  ["nothing where more is authorised than the vault has", { vaultFree: -1n, outflowRoom: 0n }, 0n, "vault"],
  ["nothing of nothing", { available: 0n, total: 0n }, 0n, "available"],
])("%s", (_what, change, max, binding) => {
  expect(quoteWithdrawal({ ...whole, ...change })).toEqual({ max, binding });
});

test("between all of it and leaving the minimum lies what is refused", () => {
  expect(checkWithdrawal(5_000_000n, whole).ok).toBe(true);
  for (const amount of [4_999_999n, 4_000_001n]) {
    expect(checkWithdrawal(amount, whole)).toMatchObject({
      refusal: { code: "REMAINDER_BELOW_MINIMUM", minimum: 1_000_000n, total: 5_000_000n },
    });
  }
  expect(checkWithdrawal(4_000_000n, whole).ok).toBe(true);
  expect(checkWithdrawal(0n, whole)).toMatchObject({ refusal: { code: "AMOUNT_NOT_POSITIVE" } });
});

test("the bucket starts with half its cap and refills exactly over 144 blocks", () => {
  const full = { withdrawalCap: 1_001n, usedByWindow: 500n * 144n, drainedAt: 10n };
  expect(outflowRoom({ ...full, usedByWindow: 0n }, 10n)).toBe(500n);
  expect(outflowRoom(full, 10n)).toBe(0n);
  expect(outflowRoom(full, 11n)).toBe(3n); // 500 / 144, rounded down
  expect(outflowRoom(full, 153n)).toBe(496n);
  expect(outflowRoom(full, 154n)).toBe(500n);
  expect(outflowRoom(full, 9_999n)).toBe(500n);
  expect(outflowRoom({ ...full, withdrawalCap: 0n }, 9_999n)).toBe(0n);
});
