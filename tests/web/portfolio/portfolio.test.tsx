// @vitest-environment happy-dom
/** What a provider sees of its capital, and what it does with it: figures, health, switches and forms. */
import { cleanup, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { ConvexError } from "convex/values";
import type { ReactNode } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { triggersOf } from "../../../src/domain/health";
import { MoveFields } from "../../../src/web/portfolio/acts/MoveFields";
import type { MoveDraft, MoveQuote } from "../../../src/web/portfolio/acts/moveDraft";
import type { QuoteState } from "../../../src/web/portfolio/acts/useMoveQuote";
import { Newcomer } from "../../../src/web/portfolio/Newcomer";
import { PositionCard } from "../../../src/web/portfolio/PositionCard";
import { PositionTable } from "../../../src/web/portfolio/PositionTable";
import type { Position } from "../../../src/web/portfolio/portfolioData";
import { Summary } from "../../../src/web/portfolio/Summary";
import { Toasts } from "../../../src/web/ui/Toasts";
import { allTiers } from "../tiers/views";
import { acts, good, position, SHARE, stale } from "./sample";

afterEach(cleanup);

const show = (node: ReactNode) => render(<Toasts>{node}</Toasts>);
const refusal = (code: string, message: string) => new ConvexError({ code, message });
const button = (name: string | RegExp) => screen.getByRole<HTMLButtonElement>("button", { name });
const STANDINGS = { STX: good(1_500_000n), sBTC: good(60_000_000_000n) };
const TIERS = allTiers();

test("figures are exact, huge and tiny, and dollars by an old price are marked with its age", () => {
  const positions = [
    position({ total: 99_999_999_123_456n, available: 99_999_998_123_456n, locked: 1_000_000n }),
    position({ tier: "Aggressive", token: "sBTC", total: 1n, available: 0n, reserved: 1n, accruedYield: 7n }),
  ];
  const standings = { ...STANDINGS, STX: stale(1_500_000n) };
  const { container } = show(
    <>
      <Summary positions={positions} standings={standings} />
      <PositionTable positions={positions} standings={standings} />
    </>,
  );
  const table = screen.getByRole("table", { name: "Positions" });
  const row = (name: string) => within(table).getByRole("row", { name: new RegExp(name) });
  expect(row("Balanced STX").textContent).toContain("99,999,999.123456");
  expect(row("Balanced STX").textContent).toContain("$149,999,998.68");
  expect(row("Aggressive sBTC").textContent).toContain("0.00000001");
  expect(container.textContent).toContain("Dollars are by the last known prices (STX: 7 min ago).");
  expect(button("What is Yield?")).toBeTruthy();
});

const card = (changes: Partial<Position>, given = acts(), more: Partial<Parameters<typeof PositionCard>[0]> = {}) => {
  const shown = position(changes);
  return show(
    <PositionCard
      position={shown}
      tiers={TIERS}
      standing={STANDINGS[shown.token]}
      acts={given}
      {...{ hindrance: null, onMove: () => {}, ...more }}
    />,
  );
};

const backing = (changes: Partial<Position> = {}): Partial<Position> => {
  const triggers = triggersOf([SHARE], 20_000_000n, TIERS.find((known) => known.tier === "Balanced")?.rules as never);
  return {
    ...{ token: "sBTC", total: 70_000_000n, available: 20_000_000n, locked: 50_000_000n, exposures: [SHARE] },
    ...{ triggerPriceUsdMicros: triggers.warning, ...changes },
  };
};

test("a position that backs a policy has a gauge that says where the price is and where its health changes", () => {
  card(backing());
  const region = screen.getByRole("region", { name: "Balanced sBTC" });
  const gauge = within(region).getByRole("img", { name: /^Changes to Warning at \$.+% below now\.$/ });
  expect(gauge).toBeTruthy();
  expect(region.textContent).toContain("Now: $60,000.00");
  for (const state of ["Warning", "MarginCall", "Liquidating"]) expect(within(region).getByText(state)).toBeTruthy();
  expect(region.textContent).toMatch(/Stands behind one policy\. It ends by 15 Jan 2027/);
});

test("a margin call says until when, what is missing, and leads to a deposit of exactly that", () => {
  const dueAt = Date.UTC(2027, 0, 10, 10);
  card(backing({ healthStatus: "MarginCall", available: 0n, total: 50_000_000n, dueAt }), acts(), {
    standing: good(35_000_000_000n),
  });
  const region = screen.getByRole("region", { name: "Balanced sBTC" });
  expect(region.textContent).toMatch(/You have until 10 Jan 2027/);
  const link = within(region).getByRole<HTMLAnchorElement>("link", { name: /^Deposit 0\.\d+ sBTC$/ });
  const { searchParams } = new URL(link.href, "http://here");
  expect(`Deposit ${searchParams.get("amount")} sBTC`).toBe(link.textContent);
  expect([searchParams.get("tier"), searchParams.get("token")]).toEqual(["Balanced", "sBTC"]);
});

test("free of policies: what is on hold, and the ways on", async () => {
  const onMove = vi.fn();
  card({ onHold: 1_000_000n, holdUntil: Date.UTC(2027, 0, 11) }, acts(), { onMove });
  const region = screen.getByRole("region", { name: "Balanced STX" });
  expect(region.textContent).toMatch(/On hold: 1 STX until 11 Jan 2027/);
  expect(region.textContent).toContain("no price changes its health");
  expect(within(region).queryByRole("img")).toBeNull();
  const to = (name: string) => within(region).getByRole("link", { name }).getAttribute("href");
  expect([to("Deposit more"), to("Withdraw")]).toEqual([
    "/deposit?tier=Balanced&token=STX",
    "/withdraw?tier=Balanced&token=STX",
  ]);
  await userEvent.click(button("Move"));
  expect(onMove).toHaveBeenCalledOnce();
  expect(screen.queryByRole("button", { name: /^Collect/ })).toBeNull();
});

test("yield is collected once a press, said when it is, and a refusal keeps the key for the next try", async () => {
  const keys: string[] = [];
  const collect = vi.fn(async ({ idempotencyKey }: { idempotencyKey: string }) => {
    keys.push(idempotencyKey);
    if (keys.length === 1) throw refusal("STOPPED", "Collecting is stopped. Try again later.");
    return 120_000n;
  });
  card({ accruedYield: 120_000n }, acts({ collect }));
  await userEvent.click(button("Collect 0.12 STX"));
  expect((await screen.findByRole("alert")).textContent).toContain("Collecting is stopped");
  await userEvent.click(button("Collect 0.12 STX"));
  await screen.findAllByText("0.12 STX collected: it is available in Balanced STX.");
  expect(screen.queryByRole("alert")).toBeNull();
  expect(keys[0]).toBe(keys[1]);
  await userEvent.click(button("Collect 0.12 STX"));
  expect(keys[2]).not.toBe(keys[1]);
});

test("the switch asks the service, shows the portfolio's answer and not its own wish, and waits while it can't", async () => {
  const setAccepting = vi.fn(async () => {});
  const { unmount } = card({}, acts({ setAccepting }));
  const toggle = screen.getByRole("switch", { name: "Balanced STX accepts new policies" });
  await userEvent.click(toggle);
  expect(setAccepting).toHaveBeenCalledWith(expect.objectContaining({ tier: "Balanced", token: "STX" }), false);
  await waitFor(() => expect(toggle.getAttribute("aria-disabled") ?? "false").toBe("false"));
  expect(toggle.getAttribute("aria-checked")).toBe("true");
  unmount();
  card({ acceptingPolicies: false }, acts(), { hindrance: "Sign in again to continue" });
  expect(screen.getByRole("switch").getAttribute("aria-checked")).toBe("false");
  expect(screen.getByText("Takes no new policies")).toBeTruthy();
});

const QUOTE: MoveQuote = {
  max: 5_000_000n,
  binding: "available",
  least: 1_000_000n,
  minimumPosition: 1_000_000n,
  asOf: 0,
};

function moving(
  onMove: (amount: bigint, draft: MoveDraft) => Promise<void>,
  quote: QuoteState = { kind: "known", quote: QUOTE },
) {
  const onDraft = vi.fn();
  show(
    <MoveFields
      source={{ from: "Balanced", token: "STX", available: 5_000_000n, reserved: 0n, locked: 0n }}
      targets={TIERS.filter(({ tier, token }) => token === "STX" && tier !== "Balanced")}
      draft={{ to: "Conservative", amountText: "", idempotencyKey: "k" }}
      {...{ quote, onDraft, onMove }}
      hindrance={null}
      onCancel={() => {}}
    />,
  );
  return onDraft;
}

test("a move is judged while it is typed, filled to its maximum, and refused at the form without losing it", async () => {
  const onMove = vi.fn(async () => {
    throw refusal("TIER_FULL", "Aggressive takes no more STX now.");
  });
  const onDraft = moving(onMove);
  const amount = screen.getByRole<HTMLInputElement>("textbox", { name: "Amount" });
  for (const [text, message] of [
    ["lots", "Type an amount of STX in digits, such as 1.5."],
    ["0.5", "A position in Conservative would be too small. Choose 1 STX or more."],
    ["6", /You can move at most 5 STX now/],
    ["4.5", /Leave at least 1 STX/],
  ] as const) {
    await userEvent.clear(amount);
    await userEvent.type(amount, text);
    await screen.findByText(message);
    expect([amount.getAttribute("aria-invalid"), button("Move").disabled]).toEqual(["true", true]);
  }
  await userEvent.click(button("Max"));
  expect(amount.value).toBe("5");
  await userEvent.click(screen.getByRole("radio", { name: "Aggressive" }));
  await screen.findByText(/Aggressive then keeps it for 24 hours/);
  await userEvent.click(button("Move 5 STX"));
  expect((await screen.findByRole("alert")).textContent).toContain("Aggressive takes no more STX now.");
  expect(onMove).toHaveBeenCalledWith(5_000_000n, expect.objectContaining({ to: "Aggressive", amountText: "5" }));
  expect(amount.value).toBe("5");
  const drafts = onDraft.mock.calls.map(([draft]) => draft.idempotencyKey);
  expect(new Set(drafts).size).toBe(drafts.length);
});

test("a quote that is refused says why, and nothing can be moved", () => {
  moving(async () => {}, {
    kind: "refused",
    explanation: { code: "NO_GOOD_PRICE", message: "There is no good price." },
  });
  expect(screen.getByRole("alert").textContent).toContain("There is no good price.");
  expect(button("Move").disabled).toBe(true);
});

test("a newcomer is told what to do first", () => {
  show(<Newcomer />);
  expect(screen.getByRole("link", { name: "Make your first deposit" }).getAttribute("href")).toBe("/deposit");
});
