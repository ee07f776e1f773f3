// @vitest-environment happy-dom
/** What a buyer sees and does: the form with what is wrong at its field, a policy in each state of its life, the proof. */
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, expect, test } from "vitest";
import { DEFAULT_RULES, TIERS } from "../../../src/domain/tiers";
import { ExerciseWords } from "../../../src/web/policies/ExerciseDialog";
import { flawsOf } from "../../../src/web/policies/flaws";
import { LockProof } from "../../../src/web/policies/LockProof";
import { PayoutTable } from "../../../src/web/policies/PayoutTable";
import { PolicyRow } from "../../../src/web/policies/PolicyRow";
import { QuoteTerms } from "../../../src/web/policies/QuoteTerms";
import type { LockState } from "../../../src/web/policies/useLock";
import { WishForm } from "../../../src/web/policies/WishForm";
import { checkDraft } from "../../../src/web/policies/wish";
import type { Policy } from "../../../src/web/policies/words";
import { draft as first, known, NOW, policy, rules } from "./policy";

afterEach(cleanup);

const tiers = TIERS.map((tier) => ({
  ...{ tier, rules: DEFAULT_RULES[tier].STX },
  largestLock: tier === "Balanced" ? 30_000_000n : 0n,
}));

function Form() {
  const [draft, setDraft] = useState(first);
  const flaws = flawsOf(draft, { checked: checkDraft(draft, known), refusal: null, rules });
  const { now, priceUsdMicros } = known;
  const onChange = (part: object) => setDraft((last) => ({ ...last, ...part }));
  return <WishForm {...{ draft, tiers, priceUsdMicros, flaws, now, onChange }} />;
}

test("nonsense is explained at its field as it is typed, kept, and mended by a button", async () => {
  render(<Form />);
  const strike = screen.getByLabelText("Strike");
  expect(strike.getAttribute("aria-invalid")).toBe("false");
  await userEvent.clear(strike);
  await userEvent.type(strike, "2");
  expect(strike.getAttribute("aria-invalid")).toBe("true");
  const said = document.getElementById(strike.getAttribute("aria-describedby") ?? "");
  expect(said?.textContent).toBe("Balanced sells STX at strikes from $0.90 to $1.575 now.");
  await userEvent.click(screen.getByRole("button", { name: "Use $1.575, the highest" }));
  expect(strike).toHaveProperty("value", "1.575");
  expect(strike.getAttribute("aria-invalid")).toBe("false");

  const quantity = screen.getByLabelText("Quantity");
  await userEvent.clear(quantity);
  await userEvent.paste("1,000.5");
  expect(screen.getByText("Read as 1,000.5 STX.")).toBeTruthy();
  await userEvent.type(quantity, "x");
  expect(quantity).toHaveProperty("value", "1,000.5x");
  expect(screen.getByText(/Type an amount of STX in digits/)).toBeTruthy();
});

test("presets by the price, another time, and what each tier can lock", async () => {
  render(<Form />);
  await userEvent.click(screen.getByRole("button", { name: "80% of it" }));
  expect(screen.getByLabelText("Strike")).toHaveProperty("value", "1.2");
  expect(screen.getByRole("button", { name: "80% of it" }).getAttribute("aria-pressed")).toBe("true");
  await userEvent.click(screen.getByRole("radio", { name: "Another time" }));
  expect(screen.getByLabelText("Day and time")).toHaveProperty("type", "datetime-local");
  const group = screen.getByRole("group", { name: /^Tier/ });
  expect(within(group).getByText(/locks up to 30 STX/)).toBeTruthy();
  expect(within(group).getAllByText(/takes no policies now/)).toHaveLength(2);
  await userEvent.click(screen.getByRole("radio", { name: "BTC" }));
  expect(screen.getByLabelText("Strike")).toHaveProperty("value", "");
});

test("a quote says what it costs, and what part of that is the tier's", () => {
  const quote = {
    ...policy,
    ...{ fairValue: 24_000_000n, breakEvenUsdMicros: 1_456_310n, volatility: 900_000 },
    ...{ priceUsdMicros: 1_500_000n, pricePublishedAt: NOW, asOf: NOW },
  };
  render(<QuoteTerms quote={quote} />);
  const said = (name: string) =>
    [...document.querySelectorAll("dt")].find((dt) => dt.textContent?.startsWith(name))?.nextElementSibling
      ?.textContent;
  expect(document.querySelector("strong")?.textContent).toBe("30 STX");
  expect(said("Loading")).toBe("6 STX ≈ $9.00");
  expect(said("Locked at once")).toBe("500 STX ≈ $750.00 50% of the coverage");
  expect(said("Break-even")).toBe("$1.45631");
  render(<PayoutTable terms={quote} />);
  const cells = within(screen.getByRole("row", { name: /25% below the strike/ })).getAllByRole("cell");
  expect(cells.slice(1).map((cell) => cell.textContent)).toEqual([
    ...["Pays, STX333.333333", "Worth then$375.00", "With your STX$1,500.00", "Without the policy$1,125.00"],
  ]);
});

function seen(change: Partial<Policy>, priceUsdMicros: bigint | null = 1_200_000n): string {
  cleanup();
  render(<PolicyRow policy={{ ...policy, ...change }} {...{ priceUsdMicros, volatility: 900_000, now: NOW }} />);
  return screen.getByRole("article", { name: "Policy 4711" }).textContent ?? "";
}

test("a policy in each state of its life", () => {
  expect(seen({})).toMatch(
    /^1,000 STX below \$1\.50Covered.*6 d 0 h left.*Exercise pays now .*250 STX≈ \$300\.00.*Fair value/,
  );
  expect(seen({}, null)).toMatch(/There is no good price now/);
  expect(seen({ status: "exercising", exercisedAt: NOW })).toMatch(/Waits for the next price of STX/);
  const outcome = { priceUsdMicros: 1_200_000n, payout: 250_000_000n, missing: 50_000_000n };
  expect(seen({ status: "settling", outcome })).toMatch(
    /queue of settlements.*Pays 200 STX.*Decided at\$1\.20.*Missing/,
  );
  expect(seen({ status: "settled", outcome })).toMatch(/Paid to its buyer, 50 STX less than owed/);
  const nothing = { priceUsdMicros: 1_600_000n, payout: 0n, missing: 0n };
  expect(seen({ status: "worthless", outcome: nothing })).toMatch(/Pays nothing.*at or above the strike/);
  expect(seen({ status: "lapsed" })).toMatch(/Lapsed.*Its premium was not paid in time\./);
  expect(screen.getByRole("link", { name: "Details and proof" }).getAttribute("href")).toBe("/policies/4711");
});

test("an exercise says what it would pay, and warns of one for nothing", () => {
  render(<ExerciseWords policy={policy} priceUsdMicros={1_200_000n} />);
  expect(screen.getByText(/is for good/)).toBeTruthy();
  expect(screen.getByText("250 STX")).toBeTruthy();
  expect(screen.queryByText("It would pay nothing now.")).toBeNull();
  render(<ExerciseWords policy={policy} priceUsdMicros={1_500_000n} />);
  expect(screen.getByText("It would pay nothing now.")).toBeTruthy();
});

test("the proof agrees, differs, or can't be had, each in words", () => {
  const { buyer, token, locked, coverage, expiresAt } = policy;
  const lock = { buyer, token, lock: locked, coverage, releaseAfter: expiresAt };
  const block = { height: 77, timeMs: NOW };
  const show = (state: LockState) => {
    cleanup();
    return render(<LockProof policy={policy} state={state} />).container.textContent;
  };
  expect(show({ kind: "read", reading: { lock, block } })).toMatch(/The chain agrees.*500 STX locked.*at block 77/);
  expect(show({ kind: "read", reading: { lock: { ...lock, lock: 1n }, block } })).toMatch(
    /They differ.*Believe the vault/,
  );
  expect(screen.getByRole("row", { name: /^Fact ?Locked|Locked/ }).textContent).toMatch(/differs/);
  expect(show({ kind: "unreachable", why: "Nobody answers." })).toMatch(/nothing is proved.*Nobody answers/);
  expect(show({ kind: "reading" })).toMatch(/Reading the vault's own record/);
});
