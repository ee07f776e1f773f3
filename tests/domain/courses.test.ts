/** How money went, by its statement: why it changed, and that the reasons come to the change. */
import { expect, test } from "vitest";
import { courseOf } from "../../src/domain/courses";
import { type Line, totalOf } from "../../src/domain/statements";
import type { Token } from "../../src/domain/tokens";

const line = (at: number, entryId: string, amount: bigint, token: Token = "STX"): Line => ({
  ...{ at, entryId, token, account: "position", tier: "Balanced", kind: "", note: "", txId: null },
  ...{ amount, balance: 0n, available: amount, reserved: 0n, locked: 0n, earned: 0n },
});
const opening = {
  ...{ token: "STX" as const, account: "suspense" as const, tier: null },
  ...{ available: 60n, reserved: 40n, locked: 0n, earned: 0n },
};

test("a step a moment that changed something, each with its reasons; the other token is another course", () => {
  const lines = [
    line(1, "deposit:1", 50n),
    line(1, "earning:7:1", 3n),
    line(2, "move:a", -20n),
    line(2, "move:a", 20n),
    line(3, "settlement:2", -11n),
    line(3, "deposit:3", 9n, "sBTC"),
    line(4, "transfer:b", -4n),
    line(5, "withdrawal:4", -30n),
    line(6, "gift:1", 2n),
  ];
  const none = { deposited: 0n, withdrawn: 0n, earned: 0n, paid: 0n, other: 0n };
  const course = courseOf({ opening: [opening], lines }, "STX");
  expect(course).toEqual({
    token: "STX",
    opening: totalOf(opening),
    steps: [
      { ...none, at: 1, deposited: 50n, earned: 3n, total: 153n },
      { ...none, at: 3, paid: 11n, total: 142n },
      { ...none, at: 4, paid: 4n, total: 138n },
      { ...none, at: 5, withdrawn: 30n, total: 108n },
      { ...none, at: 6, other: 2n, total: 110n },
    ],
  });
  expect(courseOf({ opening: [opening], lines }, "sBTC")).toMatchObject({ opening: 0n, steps: [{ total: 9n }] });
  expect(courseOf({ opening: [], lines: [] }, "STX")).toEqual({ token: "STX", opening: 0n, steps: [] });
});
