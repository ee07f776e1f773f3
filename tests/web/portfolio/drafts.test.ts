/** What is typed of a move, an assignment and a withdrawal from suspense, and sums of what is shown. */
import { expect, test } from "vitest";
import { checkMove, type MoveQuote, type MoveSource, quoteInWords } from "../../../src/web/portfolio/acts/moveDraft";
import { checkSuspenseWithdrawal } from "../../../src/web/portfolio/acts/suspenseDraft";
import { isEmpty, isNewcomer, linkTo } from "../../../src/web/portfolio/portfolioData";
import { sumOf, worthOfAll } from "../../../src/web/portfolio/sums";
import { good, portfolio, position, SHARE, stale, withdrawal } from "./sample";

const source: MoveSource = { from: "Balanced", token: "STX", available: 5_000_000n, reserved: 0n, locked: 0n };
const all: MoveQuote = {
  max: 5_000_000n,
  binding: "available",
  least: 1_000_000n,
  minimumPosition: 1_000_000n,
  asOf: 0,
};
const check = (amountText: string, quote: MoveQuote | null = all) =>
  checkMove({ to: "Conservative", amountText }, source, quote);

test.each([
  ["five", /in digits/],
  ["-1", /in digits/],
  ["1,000", /in digits/],
  ["1.0000001", /at most 6 decimals/],
  ["0", /at least 1 base unit/],
  ["0.999999", /Choose 1 STX or more/],
  ["5.000001", /at most 5 STX now\. The rest is reserved or locked/],
  ["4.5", /Leave at least 1 STX in the position or nothing/],
])("%s can't be moved", (text, message) => {
  const checked = check(text);
  expect(checked.ok ? "accepted" : checked.refusal.message).toMatch(message);
});

test("what can go is accepted to the base unit, and before the quote is there only what is no amount is refused", () => {
  for (const text of ["1", "4", "5", " 3.000001 "]) expect(check(text).ok).toBe(true);
  expect(check("9", null).ok).toBe(true);
  expect(check("x", null).ok).toBe(false);
});

test("the most and what binds it, in words", () => {
  expect(quoteInWords(all, source)).toBe("All of it can go: 5 STX.");
  expect(quoteInWords({ ...all, max: 2_000_000n, binding: "capacity" }, source)).toMatch(
    /^At most 2 STX: the tier that/,
  );
  expect(quoteInWords({ ...all, max: 0n, binding: "hold" }, source)).toMatch(
    /^Nothing can go now: the rest has arrived/,
  );
  expect(quoteInWords({ ...all, max: 500_000n, binding: "health" }, source)).toMatch(/needs at least 1 STX/);
});

test("suspense lets go of what it has", () => {
  expect(checkSuspenseWithdrawal("0.0000007", "sBTC", 70n)).toEqual({ ok: true, value: 70n });
  expect(checkSuspenseWithdrawal("0.00000071", "sBTC", 70n)).toMatchObject({ refusal: { max: 70n } });
  expect(checkSuspenseWithdrawal("", "sBTC", 70n).ok).toBe(false);
});

test("sums are exact by token; dollars use a stale price and refuse to guess without one", () => {
  const rows = [position(), position({ tier: "Aggressive" }), position({ token: "sBTC", total: 1n })];
  expect(sumOf(rows, "total")).toEqual({ STX: 10_000_000n, sBTC: 1n });
  const standings = { STX: stale(1_500_000n), sBTC: good(60_000_000_000n) };
  expect(worthOfAll({ STX: 10_000_000n, sBTC: 50_000_000n }, standings)).toBe(30_015_000_000n);
  const unknown = { ...standings, sBTC: { kind: "none" as const, trouble: null } };
  expect(worthOfAll({ STX: 10_000_000n, sBTC: 1n }, unknown)).toBeNull();
  expect(worthOfAll({ STX: 10_000_000n, sBTC: 0n }, unknown)).toBe(15_000_000n);
});

test("a position is empty only without capital, yield and policies, and a newcomer has nothing anywhere", () => {
  const empty = position({ total: 0n, available: 0n });
  expect(isEmpty(empty)).toBe(true);
  expect(
    [{ accruedYield: 1n }, { exposures: [SHARE] }, { total: 1n }].some((one) => isEmpty({ ...empty, ...one })),
  ).toBe(false);
  expect(isNewcomer(portfolio({ positions: [empty] }))).toBe(true);
  expect(isNewcomer(portfolio({ openWithdrawals: [withdrawal()] }))).toBe(false);
  expect(linkTo("/deposit", position(), "0.5")).toBe("/deposit?tier=Balanced&token=STX&amount=0.5");
});
