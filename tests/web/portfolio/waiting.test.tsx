// @vitest-environment happy-dom
/** What waits or lies in suspense shows that it does, and what can be done about it. */
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { ConvexError } from "convex/values";
import type { ReactNode } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { WithdrawSuspense } from "../../../src/web/portfolio/acts/WithdrawSuspense";
import { OnItsWay } from "../../../src/web/portfolio/OnItsWay";
import type { PortfolioData } from "../../../src/web/portfolio/portfolioData";
import { Suspense } from "../../../src/web/portfolio/Suspense";
import { Toasts } from "../../../src/web/ui/Toasts";
import { deposit } from "../transactions/sample";
import { acts, good, portfolio, withdrawal } from "./sample";

afterEach(cleanup);

const show = (node: ReactNode) => render(<Toasts>{node}</Toasts>);
const refusal = (code: string, message: string) => new ConvexError({ code, message });
const button = (name: string | RegExp) => screen.getByRole<HTMLButtonElement>("button", { name });
const STANDINGS = { STX: good(1_500_000n), sBTC: good(60_000_000_000n) };

const waiting = (data: Partial<PortfolioData>, given = acts(), more: Partial<Parameters<typeof OnItsWay>[0]> = {}) =>
  show(
    <OnItsWay
      portfolio={portfolio(data)}
      {...{ acts: given, transactions: [], hindrance: null, problem: null, onFinish: () => {}, ...more }}
    />,
  );

test("what waits shows that it waits and for what; a commitment whose deposit is in a block is shown once", async () => {
  const cancelCommitment = vi.fn(async () => {});
  const commitment = {
    ...{ commitmentId: "c1" as never, tier: "Balanced" as const, token: "STX" as const, amount: 3_000_000n },
    ...{ depositor: portfolio().address, reference: 1n, expiresAt: Date.UTC(2027, 0, 11) },
  };
  waiting(
    {
      openCommitments: [commitment, { ...commitment, commitmentId: "c2" as never, reference: 2n }],
      pendingDeposits: [
        { token: "STX", amount: 3_000_000n, tier: "Balanced", reference: 2n, txId: "ab".repeat(32), blockHeight: 41 },
      ],
    },
    acts({ cancelCommitment }),
  );
  const pending = within(screen.getByRole("list", { name: "Pending deposits" }));
  expect(pending.getByRole("listitem").textContent).toMatch(/3 STX for Balanced.*In block 41, waiting for finality/);
  const open = within(screen.getByRole("list", { name: "Open commitments" })).getAllByRole("listitem");
  expect(open).toHaveLength(1);
  expect(open[0]?.textContent).toMatch(/keeps the room until 11 Jan 2027/);
  await userEvent.click(button("Cancel commitment"));
  expect(cancelCommitment).toHaveBeenCalledWith("c1");
});

test("an open withdrawal can be finished or cancelled until it is sent or being cancelled", async () => {
  const onFinish = vi.fn();
  const cancelWithdrawal = vi.fn(async () => {
    throw refusal("RATE_LIMITED", "Too many requests. Try again in a minute.");
  });
  const view = waiting({ openWithdrawals: [withdrawal()] }, acts({ cancelWithdrawal }), { onFinish });
  await userEvent.click(button("Finish withdrawal"));
  expect(onFinish).toHaveBeenCalledWith(withdrawal());
  await userEvent.click(button("Cancel withdrawal"));
  expect((await screen.findByRole("alert")).textContent).toContain("That was asked too often");
  view.unmount();

  const sent = { ...deposit, action: "withdrawal" as const, tier: "Balanced" as const, amount: 2_000_000n };
  const sentView = waiting({ openWithdrawals: [withdrawal()] }, acts(), { transactions: [sent] });
  expect(screen.getByRole("listitem").textContent).toContain("Sent by your wallet");
  expect(screen.queryByRole("button", { name: "Finish withdrawal" })).toBeNull();
  sentView.unmount();

  waiting({ openWithdrawals: [withdrawal({ status: "cancelling", tier: null })] });
  expect(screen.getByRole("listitem").textContent).toMatch(/2 STX out of suspense.*the vault has to revoke/);
  expect(screen.queryByRole("button")).toBeNull();
});

test("suspense is assigned or withdrawn, unless a withdrawal of it is open", async () => {
  const [onAssign, onWithdraw] = [vi.fn(), vi.fn()];
  const rows = [
    { token: "STX" as const, amount: 2_000_000n, reserved: 0n },
    { token: "sBTC" as const, amount: 5n, reserved: 9n },
  ];
  show(<Suspense {...{ rows, onAssign, onWithdraw }} standings={STANDINGS} />);
  const [stx, sbtc] = screen.getAllByRole("listitem").map((item) => within(item));
  expect(sbtc?.queryByRole("button", { name: "Withdraw" })).toBeNull();
  await userEvent.click(stx?.getByRole("button", { name: "Withdraw" }) as HTMLElement);
  await userEvent.click(sbtc?.getByRole("button", { name: "Assign to a tier" }) as HTMLElement);
  expect([onWithdraw.mock.calls, onAssign.mock.calls]).toEqual([[[rows[0]]], [[rows[1]]]]);
});

test("a withdrawal from suspense starts with all of it and takes no more", async () => {
  const onWithdraw = vi.fn();
  show(
    <WithdrawSuspense
      token="STX"
      amount={2_000_000n}
      {...{ isBusy: false, problem: null, hindrance: null, onWithdraw }}
      onCancel={() => {}}
    />,
  );
  const amount = screen.getByRole<HTMLInputElement>("textbox", { name: "Amount" });
  expect(amount.value).toBe("2");
  await userEvent.type(amount, ".1");
  await screen.findByText("You have 2 STX in suspense.");
  expect(button("Review withdrawal").disabled).toBe(true);
  await userEvent.click(button("Max"));
  await userEvent.click(button("Review withdrawal"));
  expect(onWithdraw).toHaveBeenCalledExactlyOnceWith(2_000_000n);
});
