// @vitest-environment happy-dom
/** The frame's own states: a page that fails, one whose code is gone, no configuration; and the kit that all pages share. */
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { secondsTo } from "../../../src/web/local/ClockCard";
import { movedBy, typedPrice } from "../../../src/web/local/MarketCard";
import { ProofTable, ProofVerdict } from "../../../src/web/pool/Proof";
import { VERDICTS, verdictOf } from "../../../src/web/pool/proofWords";
import { PageBoundary } from "../../../src/web/shell/PageBoundary";
import { Unusable } from "../../../src/web/shell/Unusable";
import { keepTheme, readTheme } from "../../../src/web/theme/theme";
import { type Column, DataTable } from "../../../src/web/ui/DataTable";
import { Meter } from "../../../src/web/ui/Meter";
import { memoryStorage } from "../page";

vi.mock("../../../src/web/connection/Freshness", () => ({ Freshness: () => null }));
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

function Broken({ by }: { by: { message: string | null } }) {
  if (by.message !== null) throw new Error(by.message);
  return <p>All is well.</p>;
}

test("a page that fails says what to tell the operator, and is tried again", async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const by: { message: string | null } = { message: "no such row" };
  render(
    <PageBoundary path="/history">
      <Broken by={by} />
    </PageBoundary>,
  );
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("This page has failed");
  expect(screen.getByRole("main").textContent).toContain("tell the operator");
  expect(screen.getByRole("main").textContent).toContain("no such row");
  by.message = null;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(screen.getByText("All is well.")).toBeTruthy();
});

test("another page is another try", () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const broken = <Broken by={{ message: "no such row" }} />;
  const { rerender } = render(<PageBoundary path="/history">{broken}</PageBoundary>);
  rerender(<PageBoundary path="/">{<p>The pool</p>}</PageBoundary>);
  expect(screen.getByText("The pool")).toBeTruthy();
});

test("a page whose code is gone asks for a reload, and says that nothing is lost", () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const gone = { message: "Failed to fetch dynamically imported module: http://127.0.0.1/assets/x.js" };
  render(
    <PageBoundary path="/">
      <Broken by={gone} />
    </PageBoundary>,
  );
  expect(screen.getByRole("button", { name: "Reload" })).toBeTruthy();
  expect(screen.getByRole("main").textContent).toContain("What you have typed and sent is kept.");
});

test("without a configuration, whoever runs the site is told what to write", () => {
  render(<Unusable error={new Error("The page's configuration (/config.json) can't be read: HTTP 404.")} />);
  const said = screen.getByRole("main").textContent;
  for (const words of ["HTTP 404", '"convexUrl"', '"vaultContract"']) expect(said).toContain(words);
  expect(screen.getByRole("button", { name: "Try again" })).toBeTruthy();
});

interface Row {
  name: string;
  amount: bigint;
}
const ROWS: Row[] = [
  { name: "b", amount: 2n ** 60n },
  { name: "a", amount: 10n },
  { name: "c", amount: 9n },
];
const COLUMNS: Column<Row>[] = [
  { key: "name", header: "Name", cell: ({ name }) => name },
  {
    key: "amount",
    header: "Amount",
    cell: ({ amount }) => String(amount),
    sortBy: ({ amount }) => amount,
    isFigure: true,
  },
];
const table = (rows: Row[]) => (
  <DataTable caption="Rows" rows={rows} rowKey={({ name }) => name} columns={COLUMNS} empty={<p>None yet.</p>} />
);
const order = () =>
  within(screen.getByRole("table", { name: "Rows" }))
    .getAllByRole("row")
    .slice(1)
    .map((row) => within(row).getAllByRole("cell")[0]?.textContent?.replace("Name", ""));

test("a table is sorted by its headers with the keyboard, by exact figures, and says so", async () => {
  const user = userEvent.setup();
  render(table(ROWS));
  const header = screen.getByRole("columnheader", { name: "Amount" });
  expect([order(), header.getAttribute("aria-sort")]).toEqual([["b", "a", "c"], "none"]);
  within(header).getByRole("button").focus();
  const seen = [];
  for (let presses = 0; presses < 2; presses += 1) {
    await user.keyboard("{Enter}");
    seen.push([order(), header.getAttribute("aria-sort")]);
  }
  expect(seen).toContainEqual([["c", "a", "b"], "ascending"]);
  expect(seen).toContainEqual([["b", "a", "c"], "descending"]);
  expect(screen.getByRole("columnheader", { name: "Name" }).getAttribute("aria-sort")).toBeNull();
});

test("a table without rows says what there is instead", () => {
  render(table([]));
  expect(screen.getByText("None yet.")).toBeTruthy();
  expect(screen.queryByRole("table")).toBeNull();
});

test("a meter tells its share in words too, and nothing of nothing is nothing", () => {
  const { rerender } = render(<Meter label="Locked" value={1n} max={8n} />);
  expect(screen.getByRole("meter", { name: "Locked" }).getAttribute("aria-valuetext")).toBe("12.5%");
  rerender(<Meter label="Locked" value={0n} max={0n} />);
  expect(screen.getByRole("meter", { name: "Locked" }).getAttribute("aria-valuetext")).toBe("0%");
});

test("the reader's choice of light or dark is kept; what another version wrote counts as none", () => {
  const storage = memoryStorage();
  keepTheme("dark", storage, document.documentElement);
  expect([readTheme(storage), document.documentElement.dataset.theme]).toEqual(["dark", "dark"]);
  keepTheme("system", storage, document.documentElement);
  expect(document.documentElement.dataset.theme).toBeUndefined();
  storage.setItem("bithedge.theme", "sepia");
  expect(readTheme(storage)).toBe("system");
});

const proof = {
  ...{ token: "STX" as const, holds: true, held: 1_500_000n, counted: 1_000_000n, booked: 800_000n, pending: 200_000n },
  locks: { counted: 300_000n, booked: 250_000n, pending: 50_000n },
  ...{ surplus: 500_000n, sequence: 7n, blockHeight: 42, asOf: 1_800_000_000_000 },
};

test("the proof shows each figure, what is locked too, and explains it on demand", async () => {
  render(<ProofTable proofs={[proof]} />);
  const rowOf = (name: RegExp) => screen.getByRole("row", { name }).textContent;
  expect(rowOf(/^Held/)).toMatch(/1\.5$/);
  expect(rowOf(/^Locked, booked/)).toMatch(/0\.25$/);
  expect(rowOf(/^Event/)).toMatch(/7$/);
  await userEvent.click(screen.getByRole("button", { name: "What is Booked?" }));
  expect(await screen.findByText(/must be exactly what is counted/)).toBeTruthy();
});

test("one token that fails fails the proof, and tells nobody to deposit", () => {
  expect([verdictOf([]), verdictOf([proof]), verdictOf([proof, { holds: false }])]).toEqual([
    "none",
    "holds",
    "failed",
  ]);
  render(<ProofVerdict proofs={[{ ...proof, holds: false }]} />);
  expect(screen.getByText(VERDICTS.failed.sentence)).toBeTruthy();
});

test("a price is typed in dollars, exact to the micro-dollar, and moves by percents of what it is", () => {
  expect(["8300.50", "$1.000001", "60,000", "1.0000001", "-1", "x", ""].map(typedPrice)).toEqual([
    ...[8_300_500_000n, 1_000_001n, 60_000_000_000n],
    ...[null, null, null, null],
  ]);
  expect([movedBy(1_500_000n, -30), movedBy(1_500_000n, 10)]).toEqual([1_050_000n, 1_650_000n]);
});

test("to an expiry is a second past it", () => {
  expect([secondsTo(10_000, 4_500), secondsTo(1_000, 4_500)]).toEqual([7, 1]);
});
