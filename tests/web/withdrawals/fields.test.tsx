// @vitest-environment happy-dom
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { OpenWithdrawal, type OpenWithdrawalProps } from "../../../src/web/withdrawals/OpenWithdrawal";
import { QuoteFacts } from "../../../src/web/withdrawals/QuoteFacts";
import { WithdrawalFields, type WithdrawalFieldsProps } from "../../../src/web/withdrawals/WithdrawalFields";
import type { Quote } from "../../../src/web/withdrawals/withdrawalDraft";

afterEach(cleanup);

const position = { tier: "Balanced", token: "STX" } as const;
const quote: Quote = {
  ...{ max: 8_000_000n, binding: "available", total: 10_500_000n, available: 8_000_000n },
  ...{ onHold: 0n, holdUntil: 0, minimumPosition: 1_000_000n, asOf: Date.UTC(2026, 10, 22) },
};
const onSubmit = vi.fn();

function Form(changes: Partial<WithdrawalFieldsProps>) {
  const [amountText, setText] = useState("");
  const known = { position, quote, hindrance: null, isBusy: false, problem: null, ...changes };
  return <WithdrawalFields {...known} amountText={amountText} onText={setText} onSubmit={onSubmit} />;
}

const amount = () => screen.getByRole<HTMLInputElement>("textbox", { name: "Amount" });
const button = (name: string) => screen.getByRole<HTMLButtonElement>("button", { name });
async function fill(text: string) {
  await userEvent.clear(amount());
  await userEvent.click(amount());
  await userEvent.paste(text);
}

test("every bad amount is explained at its field with what can be done, and can't be sent", async () => {
  render(<Form />);
  for (const [text, told] of [
    ["all", "Type an amount of STX in digits, such as 1.5."],
    ["0.0000001", "STX has at most 6 decimals."],
    ["8.000001", "You can withdraw at most 8 STX now. The rest is reserved or locked."],
  ] as const) {
    await fill(text);
    expect(screen.getByText(told)).toBeTruthy();
    expect(amount().getAttribute("aria-invalid")).toBe("true");
    expect(button("Review withdrawal").disabled).toBe(true);
  }
  await userEvent.type(amount(), "{Enter}");
  expect(onSubmit).not.toHaveBeenCalled();
  await userEvent.click(button("Max"));
  expect(amount().value).toBe("8");
  await userEvent.click(button("Review withdrawal"));
  expect(onSubmit).toHaveBeenCalledExactlyOnceWith(8_000_000n);
});

test("an exit leaves nothing or the smallest position of the tier's real terms", async () => {
  render(<Form quote={{ ...quote, max: 10_500_000n, available: 10_500_000n, minimumPosition: 5_000_000n }} />);
  await fill("6");
  expect(screen.getByText("Leave at least 5 STX in the position, or withdraw all of it.")).toBeTruthy();
  await fill("10.5");
  expect(button("Review withdrawal").disabled).toBe(false);
});

test("where nothing can leave there is no Max, and nothing can be sent", async () => {
  render(<Form quote={{ ...quote, max: 0n, binding: "outflow" }} />);
  expect(screen.getByText("Nothing can leave now.")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Max" })).toBeNull();
  await fill("1");
  expect(screen.getByText(/outflow cap lets no more through/)).toBeTruthy();
});

test("until an answer is there, and while something hinders, nothing can be sent", async () => {
  const { rerender } = render(<Form quote={null} />);
  await fill("1");
  expect(button("Review withdrawal").disabled).toBe(true);
  rerender(<Form hindrance="Waiting for the connection …" />);
  expect(amount().value).toBe("1");
  expect(button("Waiting for the connection …").disabled).toBe(true);
});

test("what can leave is told with what binds it, its time and its worth, and can be asked again", async () => {
  const onLook = vi.fn();
  const held: Quote = { ...quote, binding: "hold", onHold: 2_500_000n, holdUntil: Date.UTC(2026, 10, 23, 12) };
  const facts = { position, priceUsdMicros: 1_500_000n, onLook };
  const { rerender } = render(<QuoteFacts {...facts} state={{ kind: "known", quote: held, isAsking: false }} />);
  expect(screen.getByText(/arrived too recently/)).toBeTruthy();
  expect(screen.getByText("≈ $12.00")).toBeTruthy();
  await userEvent.click(button("Look again"));
  expect(onLook).toHaveBeenCalledOnce();
  rerender(<QuoteFacts {...facts} state={{ kind: "known", quote: held, isAsking: true }} />);
  expect(button("Looking …").disabled).toBe(true);
  const explanation = { code: "NOT_SYNCED", message: "The books are behind the chain." };
  rerender(<QuoteFacts {...facts} state={{ kind: "refused", explanation }} />);
  expect(screen.getByText("The books are behind the chain.")).toBeTruthy();
  expect(button("Look again").disabled).toBe(false);
});

test("an open withdrawal is finished or cancelled, once it is on its way it is waited for", async () => {
  const [onFinish, onCancel] = [vi.fn(), vi.fn()];
  const withdrawal = {
    token: "STX",
    amount: 2_000_000n,
    status: "authorised",
    expiresAt: Date.UTC(2026, 10, 22),
  } as const;
  const given = { withdrawal, isOnItsWay: false, hindrance: null, isBusy: false, onFinish, onCancel };
  const show = (changes: Partial<OpenWithdrawalProps> = {}) => <OpenWithdrawal {...given} {...changes} />;
  const { rerender } = render(show());
  await userEvent.click(button("Finish it"));
  await userEvent.click(button("Cancel it"));
  expect([onFinish.mock.calls.length, onCancel.mock.calls.length]).toEqual([1, 1]);
  rerender(show({ isBusy: true }));
  expect(button("Finish it").disabled).toBe(true);
  rerender(show({ isOnItsWay: true }));
  expect(screen.getByText(/withdrawal of 2 STX is on its way/)).toBeTruthy();
  rerender(show({ withdrawal: { ...withdrawal, status: "cancelling" } }));
  expect(screen.getByText(/being cancelled/)).toBeTruthy();
  expect(screen.queryByRole("button")).toBeNull();
});
