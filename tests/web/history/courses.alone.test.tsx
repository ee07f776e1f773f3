// @vitest-environment happy-dom
/** How money went, as it is told beside the drawing: in dollars and tokens, of one token or all, and when there is little to tell. */
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import type { Course } from "../../../src/domain/courses";
import { type Choice, CourseView, type Known, trimmed } from "../../../src/web/history/CourseView";

// A drawing has no size here; what it draws is `series.test.ts`'s.
vi.mock("../../../src/web/history/CourseChart", () => ({ default: () => <p>drawn</p> }));
afterEach(cleanup);

const FROM = Date.UTC(2027, 0, 10);
const DAY = 86_400_000;
const NONE = { deposited: 0n, withdrawn: 0n, earned: 0n, paid: 0n, other: 0n };
const stx: Course = {
  ...{ token: "STX", opening: 1_000_000_000n },
  steps: [
    { ...NONE, at: FROM + DAY, deposited: 500_000_000n, total: 1_500_000_000n },
    { ...NONE, at: FROM + 2 * DAY, earned: 2_500_000n, total: 1_502_500_000n },
  ],
};
const empty: Course = { token: "sBTC", opening: 0n, steps: [] };
const known = (more: Partial<Known> = {}): Known => ({
  ...{ span: { from: FROM, to: FROM + 7 * DAY }, courses: [stx, empty] },
  prices: { STX: [{ atMs: FROM + DAY / 2, usdMicros: 2_000_000n }], sBTC: [] },
  ...more,
});
const CHOICE: Choice = { range: "Week", measure: "Value", counted: "USD", token: "All" };
const view = (choice: Partial<Choice> = {}, of: Known | null = known(), onChoice = (_: Choice) => {}) => (
  <CourseView choice={{ ...CHOICE, ...choice }} onChoice={onChoice} known={of} />
);
const figures = () =>
  Object.fromEntries(
    screen.getAllByRole("term").map((term) => [term.textContent, term.nextElementSibling?.textContent ?? ""]),
  );

test("in dollars, from the first price on: a deposit is no gain, and what no price is kept for is said", async () => {
  render(view());
  expect(await screen.findByText("drawn")).toBeTruthy();
  expect(figures()).toEqual({
    "At the beginning": "$2,000.00",
    Deposited: "+$1,000.00",
    Earned: "+$5.00",
    Now: "$3,005.00",
  });
  expect(screen.getByText(/No price is kept from before 10 Jan 2027/)).toBeTruthy();
  await userEvent.click(screen.getByText("The same as a table"));
  const table = screen.getByRole("table", { name: "How your money went, in USD" });
  const [, last, , deposit] = within(table).getAllByRole("row");
  expect(last?.textContent).toContain("$5.00 gained");
  expect(deposit?.textContent).toContain("neither gained nor lost");
  expect(deposit?.textContent).toContain("$1,000.00");
});

test("in tokens each token has a drawing of its own, exact and from the beginning", () => {
  render(view({ counted: "Tokens", measure: "Yield" }));
  expect(screen.getByRole("figure", { name: "Yield in STX" })).toBeTruthy();
  expect(screen.queryByRole("figure", { name: "Yield in sBTC" })).toBe(null);
  expect(figures()).toMatchObject({ "At the beginning": "1,000 STX", Earned: "+2.5 STX", Now: "1,502.5 STX" });
  expect(screen.queryByText(/No price is kept/)).toBe(null);
});

test("while it is read, with nothing to draw and without a price it says so, and the choice stays", async () => {
  const onChoice = vi.fn();
  const { rerender } = render(view({}, null));
  expect(screen.getByText(/Reading how your money went/)).toBeTruthy();
  rerender(view({ token: "sBTC" }, known(), onChoice));
  expect(screen.getByText(/in this time you had no sBTC here/)).toBeTruthy();
  await userEvent.click(screen.getByRole("radio", { name: "Month" }));
  expect(onChoice).toHaveBeenLastCalledWith({ ...CHOICE, token: "sBTC", range: "Month" });
  rerender(view({}, known({ prices: { STX: [], sBTC: [] } })));
  expect(screen.getByText(/no value in dollars/)).toBeTruthy();
});

test("a short history is drawn from a little before its first step", () => {
  const young = { ...stx, opening: 0n };
  const span = { from: FROM, to: FROM + 7 * DAY };
  expect(trimmed(span, [young, empty])).toEqual({ from: FROM + DAY - (6 * DAY) / 20, to: span.to });
  expect(trimmed(span, [stx])).toEqual(span);
  expect(trimmed(span, [empty])).toEqual(span);
});
