import fc from "fast-check";
import { expect, test } from "vitest";
import { amountTaken, type Commitment } from "../../src/domain/commitments";

const commitment: Commitment = { depositor: "ST1", token: "STX", amount: 100n, status: "open" };
const deposit = { depositor: "ST1", token: "STX" as const, amount: 70n };

test("an open commitment takes a deposit from its depositor, in its token, up to its amount, whatever the room", () => {
  expect(amountTaken(commitment, deposit, 0n)).toBe(70n);
  expect(amountTaken(commitment, { ...deposit, amount: 130n }, 0n)).toBe(100n);
  expect(amountTaken(commitment, { ...deposit, depositor: "ST2" }, null)).toBe(0n);
  expect(amountTaken(commitment, { ...deposit, token: "sBTC" }, null)).toBe(0n);
  expect(amountTaken({ ...commitment, status: "fulfilled" }, deposit, null)).toBe(0n);
  expect(amountTaken(null, deposit, null)).toBe(0n);
});

test.each(["expired", "cancelled"] as const)("a deposit after it was %s counts whole or not at all", (status) => {
  const late = { ...commitment, status };
  expect(amountTaken(late, deposit, 70n)).toBe(70n);
  expect(amountTaken(late, deposit, 69n)).toBe(0n);
  expect(amountTaken(late, { ...deposit, amount: 130n }, 100n)).toBe(100n);
  expect(amountTaken(late, { ...deposit, amount: 130n }, 99n)).toBe(0n);
  expect(amountTaken(late, deposit, null)).toBe(70n);
  expect(amountTaken(late, { ...deposit, depositor: "ST2" }, null)).toBe(0n);
});

/** The same rule unit by unit: each unit of a deposit is taken while nothing speaks against it. */
function unitsTaken(
  { depositor, token, amount, status }: Commitment,
  sent: typeof deposit,
  room: number | null,
): number {
  const mine = [depositor, token].join() === [sent.depositor, sent.token].join();
  const units = Array.from({ length: Number(sent.amount) }, (_, n) => n + 1).filter((unit) => unit <= Number(amount));
  if (!mine || units.length === 0) return 0;
  switch (status) {
    case "fulfilled":
      return 0;
    case "open":
      return units.length;
    case "cancelled":
    case "expired":
      return room === null || units.every((unit) => unit <= room) ? units.length : 0;
  }
}

test("what is taken is what a count of units says, for any commitment, deposit and room", () => {
  const amount = fc.bigInt(1n, 12n);
  const who = {
    depositor: fc.constantFrom("ST1", "ST2"),
    token: fc.constantFrom("STX" as const, "sBTC" as const),
    amount,
  };
  const status = fc.constantFrom("open" as const, "fulfilled" as const, "cancelled" as const, "expired" as const);
  const room = fc.option(fc.nat(12), { nil: null });
  fc.assert(
    fc.property(fc.record({ ...who, status }), fc.record(who), room, (known, sent, left) => {
      const taken = amountTaken(known, sent as typeof deposit, left === null ? null : BigInt(left));
      expect(taken).toBe(BigInt(unitsTaken(known, sent as typeof deposit, left)));
    }),
    { numRuns: 2_000 },
  );
});
