// @vitest-environment happy-dom
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { TIERS, type Tier } from "../../../src/domain/tiers";
import { TierTable } from "../../../src/web/tiers/TierComparison";
import { joinTiers, type TierView } from "../../../src/web/tiers/useTiers";
import { mostAtRisk } from "../../../src/web/tiers/words";
import { tierView } from "./views";

afterEach(cleanup);

const cellsOf = (name: string) =>
  [
    ...(screen
      .queryByRole("rowheader", { name: new RegExp(`^${name}`) })
      ?.closest("tr")
      ?.querySelectorAll("td") ?? []),
  ].map(({ textContent }) => textContent);

const filled: Partial<TierView> = {
  capital: 15_000_000n,
  locked: 4_500_000n,
  utilization: 300_000,
  capacityLeft: 19_999_985_000_000n,
  yieldSoFar: 1_234_567n,
  activePolicies: 2,
  providers: 3,
};

function show(chosen?: Tier, onChoose?: (tier: Tier) => void) {
  const tiers = TIERS.map((tier) => tierView(tier, "STX", tier === "Conservative" ? filled : {}));
  render(<TierTable token="STX" tiers={tiers} chosen={chosen} onChoose={onChoose} />);
}

test("each figure stands in one row, exact, a column a tier; the finer ones on request", async () => {
  show();
  expect(cellsOf("Minimum hold")).toEqual(["none", "none", "1 day"]);
  expect(cellsOf("Capacity left")).toEqual([
    "19,999,985 of 20,000,000",
    "10,000,000 of 10,000,000",
    "5,000,000 of 5,000,000",
  ]);
  expect(cellsOf("Locked at a sale")).toEqual(["100%", "50%", "25%"]);
  expect(cellsOf("At work now")).toEqual(["30%", "0%", "0%"]);
  expect(cellsOf("Earned so far")).toEqual(["1.234567", "0", "0"]);
  expect(cellsOf("Providers")).toEqual([]);
  await userEvent.click(screen.getByRole("button", { name: "All figures" }));
  expect(cellsOf("Providers")).toEqual(["3", "0", "0"]);
  expect(cellsOf("Most you can lose")).toEqual(["90%", "all of it", "all of it"]);
  expect(cellsOf("Buffers")).toEqual(["none needed", "30%, 15%, 5%", "40%, 20%, 10%"]);
  expect(screen.queryByRole("radio")).toBeNull();
});

test("a tier is chosen by its name, and a figure is explained where it stands", async () => {
  const onChoose = vi.fn();
  show("Conservative", onChoose);
  const chosen = screen.getByRole("radio", { name: "Conservative" });
  expect((chosen as HTMLInputElement).checked).toBe(true);
  expect(screen.getByRole("radio", { description: /Locks 25%/ })).toBeTruthy();
  await userEvent.click(screen.getByRole("radio", { name: "Aggressive" }));
  expect(onChoose).toHaveBeenCalledExactlyOnceWith("Aggressive");
  await userEvent.click(screen.getByRole("button", { name: "What is Minimum hold?" }));
  expect(screen.getByText(/Each deposit is held by itself/)).toBeTruthy();
});

test("the most at risk is the coverage that a position worked to its end carries, never above all of it", () => {
  const rules = { ...tierView("Balanced", "STX").rules, maxUtilization: 300_000, initialMargin: 500_000 };
  expect(mostAtRisk({ rules })).toBe(600_000);
  expect(mostAtRisk(tierView("Aggressive", "sBTC"))).toBe(1_000_000);
});

test("stats, terms and rules are joined by tier and token; above its limit a tier has no capacity left", () => {
  const { terms, rules } = tierView("Balanced", "sBTC");
  const key = { tier: "Balanced", token: "sBTC" } as const;
  const stats = {
    tierName: "Balanced",
    token: "sBTC",
    totalCapital_virtual: 7n,
    totalLocked_virtual: 2n,
    utilization_estimate: 285_715,
    providerCount: 1,
    activePolicyCount: 0,
    totalYieldAccrued_virtual: 5n,
    capacityLimit: 6n,
  } as const;
  const [view, ...others] = joinTiers(
    [stats, { ...stats, token: "STX" }],
    [{ ...terms, ...key, capacityLimit: 6n }],
    [{ ...rules, ...key }],
  );
  expect(others).toEqual([]);
  expect(view).toMatchObject({ ...key, capital: 7n, locked: 2n, utilization: 285_715, yieldSoFar: 5n });
  expect(view?.capacityLeft).toBe(0n);
});
