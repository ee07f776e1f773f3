/** What a policy pays and who pays it, against models on plain fractions and lists. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { duesOf, payersOf, payoutOf, topUpFor } from "../../src/domain/payout";

const sum = (amounts: Iterable<bigint>) => [...amounts].reduce((total, amount) => total + amount, 0n);

describe("payout", () => {
  const put = { strikeUsdMicros: 100_000_000n, quantity: 1_000n, coverage: 900n };

  test.each([
    [100_000_000n, 0n],
    [100_000_001n, 0n],
    [99_999_999n, 0n],
    [80_000_000n, 250n],
    [79_999_999n, 250n],
    [52_631_579n, 899n],
    [52_631_578n, 900n],
    [1n, 900n],
  ])("at %s it is %s", (price, owed) => expect(payoutOf(put, price)).toBe(owed));

  test("a price that can't be is a bug", () => expect(() => payoutOf(put, 0n)).toThrow("can't be"));

  test("is the largest amount that is worth no more than the loss, and within the coverage", () => {
    const amount = fc.bigInt(1n, 10n ** 12n);
    fc.assert(
      fc.property(amount, amount, amount, amount, (strikeUsdMicros, quantity, coverage, price) => {
        const owed = payoutOf({ strikeUsdMicros, quantity, coverage }, price);
        const loss = (strikeUsdMicros - price) * quantity;
        const isWorthNoMore = (units: bigint) => units * price <= (loss > 0n ? loss : 0n);
        expect(owed >= 0n && owed <= coverage && isWorthNoMore(owed)).toBe(true);
        expect(owed === coverage || !isWorthNoMore(owed + 1n)).toBe(true);
      }),
    );
  });
});

const position = fc.record({
  coverage: fc.bigInt(1n, 30n),
  held: fc.bigInt(0n, 30n),
  available: fc.bigInt(0n, 30n),
});

const scene = fc
  .record({
    positions: fc.array(position, { minLength: 1, maxLength: 6 }),
    share: fc.integer({ min: 0, max: 100 }),
    insurance: fc.bigInt(0n, 40n),
  })
  .map(({ positions, share, insurance }) => {
    const behind = positions.map(({ coverage, held }, n) => ({
      positionId: `p${n}`,
      coverage,
      held: held < coverage ? held : coverage,
    }));
    const available = new Map(positions.map((known, n) => [`p${n}`, known.available]));
    const payout = (sum(behind.map(({ coverage }) => coverage)) * BigInt(share)) / 100n;
    return { behind, available, payout, insurance };
  });

describe("who pays", () => {
  test("dues come to the payout, each within a unit of its share and never above its coverage", () => {
    fc.assert(
      fc.property(scene, ({ behind, payout }) => {
        const dues = duesOf(payout, behind);
        const whole = Number(sum(behind.map(({ coverage }) => coverage)));
        expect(sum(dues.values())).toBe(payout);
        for (const { positionId, coverage } of behind) {
          const due = dues.get(positionId) as bigint;
          expect(due <= coverage).toBe(true);
          expect(Math.abs(Number(due) - (Number(payout) * Number(coverage)) / whole)).toBeLessThan(1);
        }
      }),
    );
  });

  test("after the top-up the payers come to the payout less what is missing, and nothing is missing that could be had", () => {
    fc.assert(
      fc.property(scene, ({ behind, available, payout, insurance }) => {
        const dues = duesOf(payout, behind);
        const { added, insured, missing } = topUpFor(payout, behind, { available, insurance });
        const extra = new Map(added.map(({ positionId, amount }) => [positionId, amount]));
        for (const { positionId, amount } of added) expect(amount <= (available.get(positionId) as bigint)).toBe(true);
        expect(insured <= insurance).toBe(true);

        const after = behind.map((one) => ({ ...one, held: one.held + (extra.get(one.positionId) ?? 0n) }));
        for (const { held, coverage } of after) expect(held <= coverage).toBe(true);
        const payers = payersOf(payout, after, insured);
        expect(sum(payers.positions.values()) + payers.insurance).toBe(payout - missing);
        for (const { positionId, held } of after) {
          const pays = payers.positions.get(positionId) as bigint;
          expect(pays >= 0n && pays <= held).toBe(true);
          // Whoever holds its due pays it; whoever pays more does so only while somebody else is short.
          if (held >= (dues.get(positionId) as bigint)) expect(pays >= (dues.get(positionId) as bigint)).toBe(true);
        }
        const locked = sum(behind.map(({ held }) => held));
        expect(payout - missing >= (locked < payout ? locked : payout)).toBe(true);
        if (missing === 0n) return;
        for (const { positionId, held } of after) {
          const short = (dues.get(positionId) as bigint) - held;
          if (short > 0n) expect(extra.get(positionId) ?? 0n).toBe(available.get(positionId));
        }
        expect(insured).toBe(insurance);
        expect(payers.positions).toEqual(new Map(after.map(({ positionId, held }) => [positionId, held])));
      }),
    );
  });

  test("who tops up its own lock is not charged for others while insurance can", () => {
    const behind = [
      { positionId: "a", coverage: 50n, held: 50n },
      { positionId: "b", coverage: 50n, held: 10n },
    ];
    const { added, insured, missing } = topUpFor(80n, behind, { available: new Map([["b", 5n]]), insurance: 7n });
    expect({ added, insured, missing }).toEqual({ added: [{ positionId: "b", amount: 5n }], insured: 7n, missing: 8n });
    const after = [behind[0], { ...behind[1], held: 15n }] as typeof behind;
    expect(payersOf(80n, after, 7n)).toEqual({
      positions: new Map([
        ["a", 50n],
        ["b", 15n],
      ]),
      insurance: 7n,
    });
  });

  test("a lock that is there pays the buyer, even beyond its owner's due", () => {
    const behind = [
      { positionId: "a", coverage: 50n, held: 50n },
      { positionId: "b", coverage: 50n, held: 0n },
    ];
    expect(topUpFor(40n, behind, { available: new Map(), insurance: 0n })).toEqual({
      added: [],
      insured: 0n,
      missing: 0n,
    });
    expect(payersOf(40n, behind, 0n).positions.get("a")).toBe(40n);
  });
});
