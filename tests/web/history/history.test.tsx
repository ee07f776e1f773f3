// @vitest-environment happy-dom
/** The activity and the statement as one sees and uses them. */
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { ActivityView, type Filter } from "../../../src/web/history/Activity";
import { type ActivityLine, noteOf } from "../../../src/web/history/activityWords";
import { StatementForm, type StatementState } from "../../../src/web/history/StatementForm";
import { FIRST_DRAFT, type StatementDraft } from "../../../src/web/history/statementDraft";
import { Toasts } from "../../../src/web/ui/Toasts";

afterEach(cleanup);

const line = (more: Partial<ActivityLine>): ActivityLine => ({
  ...{
    at: Date.UTC(2027, 0, 15, 8),
    entryId: "deposit:1",
    kind: "deposit",
    note: "event 1 of the vault",
    txId: "ab12",
  },
  ...{ token: "STX", account: "position", tier: "Balanced" },
  ...{ amount: 5_000_000n, available: 5_000_000n, reserved: 0n, locked: 0n, earned: 0n },
  ...more,
});
const LINES = [
  line({
    ...{ entryId: "reserve:442402855712338611", kind: "reserved for withdrawal", txId: null, note: "authorisation 4" },
    ...{ amount: 0n, available: -50_000n, reserved: 50_000n },
  }),
  line({
    amount: -1_500_000n,
    available: -1_500_000n,
    entryId: "withdrawal:2",
    kind: "withdrawal",
    tier: null,
    account: "suspense",
  }),
  line({}),
];

test("a note says what the entry does not", () => {
  expect(noteOf({ entryId: "move:mx7c", note: "move mx7c" })).toBe("");
  expect(noteOf({ entryId: "backing:77", note: "policy 77" })).toBe("policy 77");
  expect(noteOf({ entryId: "earning:77:rest", note: "policy 77" })).toBe("policy 77");
});

const ALL: Filter = { token: "All", kind: "all" };

function activity(props: Partial<Parameters<typeof ActivityView>[0]>) {
  return (
    <Toasts>
      <ActivityView filter={ALL} onFilter={() => {}} lines={[]} state={{ kind: "all read" }} {...props} />
    </Toasts>
  );
}

test("a line says what, where, by how much and by which entry, and its entry is copied whole", async () => {
  const user = userEvent.setup();
  render(activity({ lines: LINES }));
  const rows = within(screen.getByRole("table", { name: "Activity" }))
    .getAllByRole("row")
    .slice(1);
  const [reserve, withdrawal, deposit] = rows.map((row) => row.textContent ?? "");
  expect(reserve).toContain("Reserved for withdrawal");
  expect(reserve).toContain("0 STX");
  expect(reserve).toContain("available −0.05, reserved +0.05");
  expect(withdrawal).toMatch(/Suspense.*−1.5 STX/);
  expect(deposit).toMatch(/Balanced.*\+5 STX/);
  expect(deposit).toContain("0xab12");
  await user.click(screen.getByRole("button", { name: "Copy entry reserve:442402855712338611" }));
  expect(await navigator.clipboard.readText()).toBe("reserve:442402855712338611");
});

test("empty, sieved empty, reading, more and failed say what to do next", async () => {
  const onFilter = vi.fn();
  const read = vi.fn();
  const { rerender } = render(activity({}));
  expect(screen.getByRole("link", { name: "Deposit" })).toBeTruthy();
  rerender(activity({ filter: { token: "sBTC", kind: "payout" }, onFilter }));
  await userEvent.click(screen.getByRole("button", { name: "Show everything" }));
  expect(onFilter).toHaveBeenLastCalledWith(ALL);
  await userEvent.click(screen.getByRole("radio", { name: "STX" }));
  expect(onFilter).toHaveBeenLastCalledWith({ token: "STX", kind: "payout" });
  await userEvent.selectOptions(screen.getByLabelText("Kind"), "Earnings");
  expect(onFilter).toHaveBeenLastCalledWith({ token: "sBTC", kind: "earning" });
  rerender(activity({ state: { kind: "reading" } }));
  expect(screen.getByText(/Reading your activity/)).toBeTruthy();
  expect(screen.queryByText(/Nothing has moved/)).toBe(null);
  rerender(activity({ lines: LINES, state: { kind: "more", read } }));
  await userEvent.click(screen.getByRole("button", { name: "Show older" }));
  expect(read).toHaveBeenCalledOnce();
  rerender(activity({ state: { kind: "failed", problem: { code: "STATEMENTS_NOT_READY", message: "Try later." } } }));
  expect(screen.getByRole("alert").textContent).toContain("Try later.");
});

const NOW = Date.UTC(2027, 0, 20, 12);

function Form({
  state,
  onRead = () => {},
}: {
  state: StatementState;
  onRead?: Parameters<typeof StatementForm>[0]["onRead"];
}) {
  const [draft, setDraft] = useState<StatementDraft>(FIRST_DRAFT);
  return (
    <StatementForm {...{ draft, state, onRead }} onDraft={setDraft} now={NOW} hindrance={null} onStop={() => {}} />
  );
}

test("a period is judged at its field, and asked for as days of UTC", async () => {
  const onRead = vi.fn();
  const user = userEvent.setup();
  render(<Form state={{ kind: "idle", problem: null }} onRead={onRead} />);
  const button = () => screen.getByRole<HTMLButtonElement>("button", { name: "Save statement" });
  await user.click(button());
  expect(onRead).toHaveBeenLastCalledWith({ from: "2027-01-01", to: "2027-01-21" });
  await user.click(screen.getByRole("radio", { name: "Own dates" }));
  const last = screen.getByLabelText<HTMLInputElement>("Last day");
  expect(last.value).toBe("2027-01-20");
  await user.clear(last);
  expect(button().disabled).toBe(true);
  await user.type(last, "2026-12-31");
  expect(last.getAttribute("aria-invalid")).toBe("true");
  expect(screen.getByText("The last day is before the first. Choose a later one.")).toBeTruthy();
  expect(button().disabled).toBe(true);
  await user.clear(last);
  await user.type(last, "2027-01-05");
  await user.click(button());
  expect(onRead).toHaveBeenLastCalledWith({ from: "2027-01-01", to: "2027-01-06" });
});

test("it says how far it is, what was saved and that it adds up, and what is wrong", () => {
  const { rerender } = render(<Form state={{ kind: "reading", lines: 500 }} />);
  expect(screen.getByRole<HTMLButtonElement>("button", { name: /500 lines so far/ }).disabled).toBe(true);
  expect(screen.getByRole("button", { name: "Stop" })).toBeTruthy();
  const { balance } = { balance: { ...line({}), available: 5_000_000n } };
  const statement = {
    ...{ provider: "ST1", from: Date.UTC(2027, 0, 1), to: NOW, status: "provisional" as const, asOf: NOW },
    ...{ opening: [], lines: [{ ...line({}), balance: 5_000_000n }], closing: [balance] },
  };
  rerender(<Form state={{ kind: "saved", fileName: "statement.csv", statement }} />);
  expect(screen.getByRole("status").textContent).toContain("Saved as statement.csv: 1 line, provisional.");
  expect(screen.getByText("It adds up: 0 + 5 = 5 STX")).toBeTruthy();
  expect(screen.getByText(/entries of this period may still come/)).toBeTruthy();
  const problem = { code: "STATEMENT_TOO_LONG", message: "Ask for an earlier period first." };
  rerender(<Form state={{ kind: "idle", problem }} />);
  expect(screen.getByRole("alert").textContent).toContain("Ask for an earlier period first.");
});
