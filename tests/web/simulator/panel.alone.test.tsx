// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { CrashPanel } from "../../../src/web/simulator/CrashPanel";
import { tierView } from "../tiers/views";

// Drawing is for eyes: the table says the same, and this is what is tested.
vi.mock("../../../src/web/simulator/CrashChart", () => ({ default: () => null }));

afterEach(cleanup);

const show = (changes = {}) =>
  render(
    <CrashPanel
      view={tierView("Conservative", "sBTC", changes)}
      capital={100_000_000n}
      priceUsdMicros={60_000_000_000n}
    />,
  );
const slider = (name: string) => screen.getByRole<HTMLInputElement>("slider", { name });
const slide = (name: string, to: number) => fireEvent.change(slider(name), { target: { value: String(to) } });
const textOf = (name: string) => screen.getByText(name).parentElement?.textContent;

test("at a fall by half it tells what is locked, paid, earned and left, exactly, and beside holding", () => {
  show();
  slide("The price falls by", 50);
  expect(textOf("Paid out")).toBe("Paid out0.9 sBTC$27,000.00");
  expect(textOf("Locked")).toBe("Locked0.9 sBTC$27,000.00");
  expect(screen.getByText(/less than by just holding/)).toBeTruthy();
  slide("The price falls by", 0);
  expect(textOf("Paid out")).toBe("Paid out0 sBTC$0.00");
  expect(screen.getByText(/more than by just holding/)).toBeTruthy();
});

test("how much is at work goes from what the tier has at work now to the most that it allows", () => {
  show({ utilization: 305_000 });
  expect(slider("Capital at work")).toMatchObject({ min: "30", max: "90", value: "90" });
  slide("Capital at work", 30);
  slide("The price falls by", 50);
  expect(textOf("Paid out")).toBe("Paid out0.3 sBTC$9,000.00");
});

test("a moment of the way down moves the price there, the crash of 2020 among them", async () => {
  show();
  slide("The price falls by", 0);
  await userEvent.click(screen.getByRole("button", { name: "12 March 2020" }));
  expect(slider("The price falls by").value).toBe("37");
  expect(slider("The price falls by").getAttribute("aria-valuetext")).toBe("37%, to $37,800.00");
});

test("the way down is a table too, and what is assumed is listed", () => {
  show();
  const table = screen.getByRole("table", { name: /What a fall of the price leaves of 1 sBTC in Conservative/ });
  expect(within(table).getAllByRole("row")).toHaveLength(9);
  expect(screen.getByText(/at the highest strike that the tier sells \(\$60,000\.00\), for 30 days/)).toBeTruthy();
});

test("an amount on which nothing can be sold is not at work", () => {
  render(<CrashPanel view={tierView("Balanced", "STX")} capital={1n} priceUsdMicros={1_500_000n} />);
  expect(screen.getByText(/So little is at work that no policy can be sold/)).toBeTruthy();
});
