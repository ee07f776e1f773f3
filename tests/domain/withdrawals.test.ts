import fc from "fast-check";
import { expect, test } from "vitest";
import { outflowRoom } from "../../src/domain/outflow";
import { MINIMUM_POSITION } from "../../src/domain/tiers";
import { checkWithdrawal, type WithdrawalRoom, withdrawalLimit } from "../../src/domain/withdrawals";

const amount = fc.bigInt(0n, 10n ** 13n);
const room: fc.Arbitrary<WithdrawalRoom> = fc
  .record({
    available: amount,
    other: amount,
    onHold: amount,
    vaultFree: fc.bigInt(-1000n, 10n ** 13n),
    outflowRoom: fc.bigInt(-1000n, 10n ** 13n),
  })
  .map(({ other, ...rest }) => ({
    token: "STX" as const,
    total: rest.available + other,
    minimumPosition: MINIMUM_POSITION.STX,
    ...rest,
  }));

test("the maximum is within every limit, is reached by one of them, and one unit more is refused", () => {
  fc.assert(
    fc.property(room, (given) => {
      const { max, binding } = withdrawalLimit(given);
      const limits = {
        available: given.available,
        hold: given.total - given.onHold,
        vault: given.vaultFree,
        outflow: given.outflowRoom,
      };
      for (const limit of Object.values(limits)) expect(max <= (limit > 0n ? limit : 0n)).toBe(true);
      expect(max).toBe(limits[binding] > 0n ? limits[binding] : 0n);
      expect(checkWithdrawal(max + 1n, given)).toMatchObject({
        ok: false,
        refusal: { code: "WITHDRAWAL_ABOVE_MAXIMUM", max, binding },
      });
    }),
  );
});

test("what stays behind is nothing or at least the minimum", () => {
  fc.assert(
    fc.property(room, fc.bigInt(1n, 10n ** 13n), (given, asked) => {
      const outcome = checkWithdrawal(asked, given);
      if (!outcome.ok) return;
      const rest = given.total - asked;
      expect(rest === 0n || rest >= MINIMUM_POSITION.STX).toBe(true);
    }),
  );
  const whole = {
    token: "STX" as const,
    available: 5_000_000n,
    total: 5_000_000n,
    onHold: 0n,
    minimumPosition: 1_000_000n,
    vaultFree: 10n ** 12n,
    outflowRoom: 10n ** 12n,
  };
  expect(checkWithdrawal(5_000_000n, whole).ok).toBe(true);
  expect(checkWithdrawal(4_000_000n, whole).ok).toBe(true);
  expect(checkWithdrawal(4_000_001n, whole)).toMatchObject({
    refusal: { code: "REMAINDER_BELOW_MINIMUM", minimum: 1_000_000n },
  });
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
