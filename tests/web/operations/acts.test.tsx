// @vitest-environment happy-dom
/** The lists of operations, and the dialog of each act: what it says, what it wants, and what comes of it. */
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { ConvexError } from "convex/values";
import type { ReactNode } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { LONGEST } from "../../../src/domain/audit";
import { DEFAULT_RULES } from "../../../src/domain/tiers";
import { approvalMessage } from "../../../src/domain/treasury";
import { ActDialogs } from "../../../src/web/operations/acts/ActDialogs";
import type { Role } from "../../../src/web/operations/acts/acts";
import { OperatorContext } from "../../../src/web/operations/acts/operator";
import type { Delivery, Exit, WaitingCall } from "../../../src/web/operations/answers";
import { BreakersView } from "../../../src/web/operations/breakers/Breakers";
import { ExitsView } from "../../../src/web/operations/exits/Exits";
import { ActsView } from "../../../src/web/operations/looks/Acts";
import { AuditView } from "../../../src/web/operations/looks/Audit";
import { HealthView } from "../../../src/web/operations/looks/Health";
import { PricesView } from "../../../src/web/operations/looks/Prices";
import { SyncView } from "../../../src/web/operations/looks/Sync";
import { OutboxView } from "../../../src/web/operations/outbox/Outbox";
import { BreachesView, SuspenseView } from "../../../src/web/operations/owing/Owing";
import { RolesNeeded } from "../../../src/web/operations/RolesNeeded";
import { RulesForm } from "../../../src/web/operations/tiers/RulesForm";
import { TermsForm } from "../../../src/web/operations/tiers/TermsForm";
import { DeliveriesView } from "../../../src/web/operations/told/Deliveries";
import { DEPLOYER, HEALTH_ROW, listOf, NOW, OUTBOX, operator, PRICES, polled, SYNC, THIEF, VAULT } from "./samples";

afterEach(() => {
  cleanup();
  sessionStorage.clear();
});

function show(content: ReactNode, changes: Parameters<typeof operator>[0] = {}) {
  const { self, done } = operator(changes);
  render(
    <OperatorContext value={self}>
      <ActDialogs>{content}</ActDialogs>
    </OperatorContext>,
  );
  return done;
}

const button = (name: string | RegExp) => screen.getByRole("button", { name });
const press = (name: string | RegExp) => userEvent.click(button(name));
const inDialog = () => within(screen.getByRole("dialog"));
const confirm = (name: string) => userEvent.click(inDialog().getByRole("button", { name }));
const fill = async (label: string | RegExp, text: string) => {
  const field = screen.getByLabelText(label);
  await userEvent.clear(field);
  await userEvent.paste(text);
};

const stopped = { capability: "withdraw" as const, reason: "a leak", laterReasons: ["another"], since: NOW };
const breakers = (...all: (typeof stopped)[]) => polled({ breakers: all, restore: null });
const call = (status: WaitingCall["status"]): WaitingCall => ({
  ...{ key: "lock/7", call: { kind: "revoke", authorizationId: 7n }, status, aborts: 1, outcome: "no STX" },
});
const delivery: Delivery = {
  ...{ deliveryId: "d1" as never, at: NOW, notificationId: "n" as never, kind: "breakers.tripped", status: "failed" },
  ...{ attempts: 9, nextAttemptAt: null, endedAt: NOW, lastError: "HTTP 410" },
};
const asked = {
  ...{ account: "fees" as const, token: "STX" as const, amount: 10_000n, recipient: DEPLOYER },
  ...{ exitId: "e1", authorizationId: 9n, expiresAt: NOW / 1_000 },
};
const exit: Exit = {
  ...{ ...asked, exitId: "e1" as never, requestedBy: DEPLOYER, reason: "May", status: "requested" as const },
  ...{ approval: null, payment: null, message: approvalMessage(VAULT, asked) },
};

test("an act wants a reason, says what it does and does not, and is in the trail then", async () => {
  const done = show(<BreakersView polled={breakers()} />);
  await press("Stop withdraw");
  expect(inDialog().getByText(/moves nobody's money/)).toBeTruthy();
  await confirm("Stop withdraw");
  expect(screen.getByLabelText("Reason").getAttribute("aria-invalid")).toBe("true");
  expect(document.activeElement).toBe(screen.getByLabelText("Reason"));
  expect(screen.getByText("Say why this is done.")).toBeTruthy();
  expect(done).toEqual([]);
  await fill("Reason", "a report of a wrong balance");
  await confirm("Stop withdraw");
  expect(done).toEqual([["tripBreaker", { capability: "withdraw", reason: "a report of a wrong balance" }]]);
  expect(inDialog().getByText("withdraw is stopped.")).toBeTruthy();
  expect(inDialog().getByText(/“as typed”/)).toBeTruthy();
});

test("a reset is confirmed by the capability's name, and asks the list again", async () => {
  const seen = breakers(stopped);
  const done = show(<BreakersView polled={seen} />);
  expect(screen.getByText("later: another")).toBeTruthy();
  await press("Reset withdraw");
  await fill("Reason", "mended");
  await confirm("Let withdraw go on");
  expect(screen.getByText("Type withdraw to confirm.")).toBeTruthy();
  expect(done).toEqual([]);
  await fill(/to confirm/, "withdraw");
  await confirm("Let withdraw go on");
  expect(done).toEqual([["resetBreaker", { capability: "withdraw", reason: "mended" }]]);
  expect(seen.asks).toBe(1);
});

test("a refusal is shown where it belongs, and nothing typed is lost", async () => {
  const refusal = { code: "ACT_TOO_LONG", message: "Use at most 5 characters for `reason`.", field: "reason" };
  const perform = vi.fn().mockRejectedValueOnce(new ConvexError(refusal));
  perform.mockRejectedValueOnce(new ConvexError({ code: "RATE_LIMITED", message: "…", retryAfterMs: 9_000 }));
  show(<OutboxView polled={polled(OUTBOX)} />, { perform });
  await press("Pause the outbox");
  await fill("Reason", "fees are mad");
  await confirm("Pause the outbox");
  expect(screen.getByLabelText("Reason").getAttribute("aria-invalid")).toBe("true");
  expect(screen.getByText(refusal.message)).toBeTruthy();
  await confirm("Pause the outbox");
  expect(screen.getByRole("alert").textContent).toContain("asked too often");
  expect((screen.getByLabelText("Reason") as HTMLTextAreaElement).value).toBe("fees are mad");
});

test("a reason is as long as the trail keeps, and an act waits while the session has ended", async () => {
  const done = show(<AuditView polled={polled(null)} />);
  await press("Audit now");
  await userEvent.click(screen.getByLabelText("Reason"));
  await userEvent.paste("x".repeat(LONGEST.reason + 1));
  await confirm("Start the audit");
  expect(screen.getByText(`Use at most ${LONGEST.reason} characters.`)).toBeTruthy();
  expect(done).toEqual([]);
  cleanup();
  show(<AuditView polled={polled(null)} />, { hindrance: "Sign in again to continue" });
  await press("Audit now");
  expect((inDialog().getByRole("button", { name: "Sign in again to continue" }) as HTMLButtonElement).disabled).toBe(
    true,
  );
});

test.each<[Role, string[], string[]]>([
  ["operator", ["Reset withdraw", "Retry lock/7", "Audit now", "Retry d1"], ["Request an exit", "Correct"]],
  ["guardian", ["Stop commit", "Pause the outbox", /Cancel the exit/.source], ["Reset", "Audit now", "Retry"]],
  ["admin", ["Request an exit", `Correct ${THIEF}`, "Stop commit"], ["Reset", "Audit now", "Take back"]],
])("%s is offered its acts, and told whose the others are", (role, offered, others) => {
  show(
    <>
      <BreakersView polled={breakers(stopped)} />
      <OutboxView polled={polled({ ...OUTBOX, waiting: [call("waiting")], failed: [call("failed")] })} />
      <AuditView polled={polled(null)} />
      <DeliveriesView list={listOf(delivery)} />
      <ExitsView list={listOf(exit)} vaultContract={VAULT} guardian={null} />
      <BreachesView list={listOf({ principal: THIEF, token: "STX", amount: 5n })} token="STX" />
    </>,
    { roles: [role], address: THIEF },
  );
  for (const name of offered) expect(screen.getAllByRole("button", { name: new RegExp(`^${name}`) })).not.toEqual([]);
  for (const name of others) {
    expect(screen.queryByRole("button", { name: new RegExp(`^${name}`) })).toBeNull();
    expect(screen.getAllByText(new RegExp(`^${name}.*: .* only$`))).not.toEqual([]);
  }
});

test("calls of the outbox are taken back by a word, and retried", async () => {
  const outbox = {
    ...OUTBOX,
    paused: "fees",
    waiting: [call("waiting")],
    failed: [{ ...call("failed"), key: "lock/8" }],
  };
  const done = show(<OutboxView polled={polled(outbox)} />);
  expect(button("Resume the outbox")).toBeTruthy();
  await press("Take back lock/7");
  await fill("Reason", "not wanted");
  await fill(/to confirm/, "take back");
  await confirm("Take it back for good");
  await confirm("Close");
  await press("Retry lock/8");
  await fill("Reason", "its cause is gone");
  await confirm("Retry it");
  expect(done).toEqual([
    ["cancelCall", { key: "lock/7", reason: "not wanted" }],
    ["retryCall", { key: "lock/8", reason: "its cause is gone" }],
  ]);
});

test("a breach is corrected exactly, once, of one's own capital and confirmed by its address", async () => {
  const done = show(
    <BreachesView list={listOf({ principal: THIEF, token: "STX", amount: 5_000_000n })} token="STX" />,
    {
      answer: { breach: 2_500_000n },
    },
  );
  await press(`Correct ${THIEF}`);
  await fill("Amount", "5.0000001");
  expect(screen.getByText(/at most 6 decimals/)).toBeTruthy();
  await fill("Amount", "6");
  expect(screen.getByText("It owes 5 STX. Choose that at most.")).toBeTruthy();
  await fill("Reason", "signed after the backup");
  await fill(/to confirm/, THIEF.slice(-5));
  await confirm("Take it off");
  expect(done).toEqual([]);
  await fill("Amount", "2.5");
  await userEvent.click(screen.getByLabelText("Its suspense"));
  await confirm("Take it off");
  const idempotencyKey = expect.any(String);
  const reason = "signed after the backup";
  expect(done).toEqual([
    ["correctBreach", { principal: THIEF, token: "STX", amount: 2_500_000n, reason, idempotencyKey }],
  ]);
  expect(inDialog().getByRole("status").textContent).toContain("owes 2.5 STX now");
});

test("only the vault's own suspense is surplus", async () => {
  const rows = [THIEF, VAULT].map((principal) => ({ principal, token: "STX" as const, amount: 7_000_000n }));
  const done = show(<SuspenseView list={listOf(...rows)} token="STX" vault={VAULT} />);
  expect(screen.getByText("its owner's to decide")).toBeTruthy();
  await press("Assign to insurance STX");
  await fill("Reason", "sent by mistake");
  await confirm("Assign it");
  expect(done).toEqual([["assignSurplus", { token: "STX", amount: 7_000_000n, reason: "sent by mistake" }]]);
});

test("an exit is asked for, and approved by a signature that is brought along", async () => {
  const answer = { transaction: { functionName: "withdraw-funds" }, withdrawalId: "w1" };
  const done = show(
    <ExitsView
      list={listOf({ ...exit, recipient: THIEF, message: approvalMessage(VAULT, { ...asked, recipient: THIEF }) })}
      vaultContract={VAULT}
      guardian={THIEF}
    />,
    { answer },
  );
  await press("Approve the exit of fees");
  await fill("Reason", "May");
  await confirm("Approve");
  expect(screen.getByText("Bring the guardian's signature.")).toBeTruthy();
  await fill("Guardian's public key", "zz");
  expect(screen.getByText("It has 66 hexadecimal digits.")).toBeTruthy();
  await fill("Guardian's public key", "02".repeat(33));
  await fill("Guardian's signature", "ab".repeat(65));
  await confirm("Approve");
  expect(done).toEqual([
    ["approveExit", { exitId: "e1", publicKey: "02".repeat(33), signature: "ab".repeat(65), reason: "May" }],
  ]);
  expect(inDialog().getByText(/within an hour of block time/)).toBeTruthy();
  expect(inDialog().queryByRole("button", { name: "Review the payment" })).toBeNull();
});

test("a message that approves something else is never handed on", async () => {
  const forged = { ...exit, message: approvalMessage(VAULT, { ...asked, amount: 99n }) };
  const done = show(<ExitsView list={listOf(forged)} vaultContract={VAULT} guardian={THIEF} />);
  await press("Approve the exit of fees");
  await fill("Reason", "May");
  await fill("Guardian's public key", "02".repeat(33));
  await fill("Guardian's signature", "ab".repeat(65));
  await confirm("Approve");
  expect(inDialog().getByRole("alert").textContent).toContain("MESSAGE_NOT_AS_ASKED");
  expect(done).toEqual([]);
});

test("terms and rules show what changes before they are set", async () => {
  const present = { capacityLimit: null, minimumPosition: 1_000_000n, minimumHoldSeconds: 0 };
  const done = show(
    <>
      <TermsForm tier="Balanced" token="STX" present={present} />
      <RulesForm tier="Balanced" token="STX" present={DEFAULT_RULES.Balanced.STX} />
    </>,
  );
  expect(screen.queryByRole("button", { name: "Review terms" })).toBeNull();
  await fill("Capacity", "12000000");
  await press("Review terms");
  expect(inDialog().getByRole("row", { name: "Capacity any STX 12000000 STX" })).toBeTruthy();
  await fill("Reason", "the pool has grown");
  await confirm("Set the terms");
  await confirm("Close");
  await fill("Loading", "700");
  expect(screen.getByText("It must be from 0% to 500%.")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Review rules" })).toBeNull();
  await fill("Loading", "30");
  await press("Review rules");
  expect(inDialog().getByRole("row", { name: "Loading 25 % 30 %" })).toBeTruthy();
  await fill("Reason", "a wilder market");
  await confirm("Change the rules");
  const place = { tier: "Balanced", token: "STX" };
  expect(done).toEqual([
    ["setTierTerms", { ...place, ...present, capacityLimit: 12_000_000_000_000n, reason: "the pool has grown" }],
    ["setTierRules", { ...place, changes: { loading: 300_000 }, reason: "a wilder market" }],
  ]);
});

test("what is not known is never shown as fine, and what was known has its age", () => {
  const problem = { code: null, message: "The connection broke." };
  const unknown = (last: ReturnType<typeof breakers>["asked"] | null) => ({
    asked: { kind: "unknown" as const, problem, last: last?.kind === "known" ? last : null },
    isAsking: false,
    askAgain: () => {},
  });
  show(<BreakersView polled={unknown(null)} />);
  expect(screen.getByRole("alert").textContent).toContain("Not known now: the breakers can't be read.");
  expect(screen.queryByRole("table")).toBeNull();
  cleanup();
  show(<BreakersView polled={unknown(breakers(stopped).asked)} />);
  expect(screen.getByRole("alert").textContent).toContain("What is below was true now");
  expect(button("Reset withdraw")).toBeTruthy();
});

test("sync, prices, health and the trail are told as they are", () => {
  const act = { _id: "a" as never, _creationTime: 0, at: NOW, act: "breakers.trip", actor: "backend" };
  show(
    <>
      <SyncView polled={polled({ ...SYNC, halted: "event 7 can't be read", paused: true })} />
      <PricesView polled={polled({ ...PRICES, troubles: ["kraken: HTTP 500"] })} />
      <HealthView list={listOf({ ...HEALTH_ROW, isStuck: true })} token="STX" status="Liquidating" />
      <ActsView list={listOf({ ...act, reason: "a gap", facts: { sequence: 7n } })} act="" />
    </>,
  );
  expect(screen.getByText("Halted")).toBeTruthy();
  expect(screen.getByText("kraken: HTTP 500")).toBeTruthy();
  expect(screen.getByText("Nobody can take")).toBeTruthy();
  expect(screen.getByText("sequence 7")).toBeTruthy();
});

test("who has no role is told who has, and how it is given", () => {
  render(<RolesNeeded address={THIEF} />);
  expect(screen.getByText(THIEF)).toBeTruthy();
  expect(screen.getByText("OPERATOR_PRINCIPALS")).toBeTruthy();
});
