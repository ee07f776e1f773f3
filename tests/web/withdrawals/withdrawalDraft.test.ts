import fc from "fast-check";
import { expect, test } from "vitest";
import { formatAmount, TOKENS } from "../../../src/domain/tokens";
import { checkWithdrawal, quoteWithdrawal, type WithdrawalRoom } from "../../../src/domain/withdrawals";
import { checkWithdrawalDraft, chosenBy, type Quote } from "../../../src/web/withdrawals/withdrawalDraft";
import { boundOf } from "../../../src/web/withdrawals/words";

const rest = { onHold: 0n, holdUntil: 0, asOf: 0 };

/** What the service would answer. */
const quoted = (room: WithdrawalRoom): Quote => ({ ...room, ...quoteWithdrawal(room), ...rest });

const rooms = fc.record({ token: fc.constantFrom(...TOKENS), total: fc.bigInt(1n, 1_000n) }).chain(({ token, total }) =>
  fc.record({
    token: fc.constant(token),
    total: fc.constant(total),
    available: fc.bigInt(0n, total),
    notOnHold: fc.bigInt(0n, total),
    notNeeded: fc.bigInt(0n, total),
    vaultFree: fc.bigInt(-5n, 2_000n),
    outflowRoom: fc.bigInt(-5n, 2_000n),
    minimumPosition: fc.bigInt(1n, 300n),
  }),
);

test("the page refuses exactly what the service would refuse, and with its words: the maximum goes, one more does not", () => {
  fc.assert(
    fc.property(rooms, fc.bigInt(1n, 1_100n), (room, amount) => {
      const quote = quoted(room);
      const judge = (asked: bigint) => checkWithdrawalDraft(formatAmount(asked, room.token), room.token, quote);
      for (const asked of [amount, quote.max, quote.max + 1n]) {
        if (asked > 0n) expect(judge(asked)).toEqual(checkWithdrawal(asked, room));
      }
      if (quote.max > 0n) expect(judge(quote.max).ok).toBe(true);
      expect(judge(quote.max + 1n).ok).toBe(false);
    }),
    { numRuns: 1_000 },
  );
});

test("what binds is said with until when; where all can go nothing binds", () => {
  const position = { tier: "Aggressive", token: "STX" } as const;
  const quote: Quote = {
    ...{ max: 0n, binding: "hold", total: 5n, available: 5n, onHold: 5n, asOf: 0, minimumPosition: 1n },
    holdUntil: Date.UTC(2026, 10, 22, 12),
  };
  expect(boundOf(position, quote)?.why).toMatch(/arrived too recently: Aggressive keeps/);
  expect(boundOf(position, quote)?.until).toMatch(/22 Nov 2026/);
  for (const binding of ["available", "health", "vault", "outflow", "minimum"] as const) {
    expect(boundOf(position, { ...quote, binding })?.until).not.toBe("");
  }
  expect(boundOf(position, { ...quote, max: 5n, binding: "available" })).toBeNull();
});

test("a link chooses a position by tier and token, or nothing", () => {
  expect(chosenBy(new URLSearchParams("tier=Balanced&token=STX"))).toBe("Balanced STX");
  expect(chosenBy(new URLSearchParams("tier=Balanced"))).toBeNull();
});
