// @vitest-environment happy-dom
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { DepositFields, type DepositFieldsProps } from "../../../src/web/commitments/DepositFields";
import { type DepositDraft, editDeposit, emptyDeposit } from "../../../src/web/commitments/depositDraft";
import { ForeignDeposit } from "../../../src/web/commitments/ForeignDeposit";
import { ALICE } from "../page";
import { tierView } from "../tiers/views";

afterEach(cleanup);

const onSubmit = vi.fn();

/** As the page keeps the draft. */
function Form(changes: Partial<DepositFieldsProps>) {
  const [draft, setDraft] = useState<DepositDraft>(changes.draft ?? emptyDeposit());
  return (
    <DepositFields
      facts={{ minimum: 1_000_000n, balance: 100_000_000n, room: 50_000_000n }}
      view={tierView(draft.tier, draft.token)}
      network="devnet"
      hindrance={null}
      isBusy={false}
      problem={null}
      onTyped={(typed) => setDraft((last) => editDeposit(last, typed))}
      onSubmit={onSubmit}
      {...changes}
      draft={draft}
    />
  );
}

const show = (changes: Partial<DepositFieldsProps> = {}) => {
  onSubmit.mockClear();
  const { rerender } = render(<Form {...changes} />);
  return (next: Partial<DepositFieldsProps>) => rerender(<Form {...next} />);
};
const amount = () => screen.getByRole("textbox", { name: "Amount" });
const button = (name = "Review deposit") => screen.getByRole<HTMLButtonElement>("button", { name });
async function fill(field: HTMLElement, text: string) {
  await userEvent.clear(field);
  await userEvent.click(field);
  await userEvent.paste(text);
}

test("every bad amount is explained at its field, and can't be sent", async () => {
  show();
  for (const [text, told] of [
    ["five", "Type an amount of STX in digits, such as 1.5."],
    ["1,5", "Type an amount of STX in digits, such as 1.5."],
    ["-5", "Type an amount of STX in digits, such as 1.5."],
    ["5 sBTC", "Type an amount of STX in digits, such as 1.5, not of sBTC."],
    ["1.0000001", "STX has at most 6 decimals."],
    ["0.999999", "Deposit at least 1 STX."],
    ["50.000001", "Conservative takes 50 STX more. Choose a smaller amount or another tier."],
    ["99999999999999999999", "The amount must be below 2^63 base units."],
  ] as const) {
    await fill(amount(), text);
    expect(screen.getByText(told)).toBeTruthy();
    expect(amount().getAttribute("aria-invalid")).toBe("true");
    expect(button().disabled).toBe(true);
  }
  await userEvent.type(amount(), "{Enter}");
  expect(onSubmit).not.toHaveBeenCalled();
});

test("a pasted amount is read kindly, shown as it was read, and sent exactly", async () => {
  show();
  await fill(amount(), " 1,0.5");
  expect(button().disabled).toBe(true);
  await fill(amount(), "12.5 STX");
  expect(screen.getByText(/Read as 12\.5 STX\./)).toBeTruthy();
  expect(screen.getByText(/keeps room for 12\.5 STX for 1 day/)).toBeTruthy();
  await userEvent.click(button());
  expect(onSubmit).toHaveBeenCalledExactlyOnceWith(12_500_000n, null);
});

test("Max is the exact maximum, and the hint says what binds; a change of the facts judges anew", async () => {
  const again = show();
  expect(screen.getByText(/at most 50 STX: the room that is left in this tier/)).toBeTruthy();
  await userEvent.click(button("Max"));
  expect((amount() as HTMLInputElement).value).toBe("50");
  expect(button().disabled).toBe(false);
  again({ facts: { minimum: 1_000_000n, balance: 20_000_000n, room: 50_000_000n } });
  expect(screen.getByText(/at most 19\.99 STX, with 0\.01 STX left for the network's fee/)).toBeTruthy();
  expect(button().disabled).toBe(true);
});

test("what is still being typed is not called wrong", async () => {
  show();
  for (const text of ["0", "0.", "0.0"]) {
    await fill(amount(), text);
    expect(amount().getAttribute("aria-invalid")).toBe("false");
    expect(button().disabled).toBe(true);
  }
});

test("too little in the wallet is said before anything is typed", () => {
  show({ facts: { minimum: 1_000_000n, balance: 500_000n, room: null } });
  expect(screen.getByText(/Send STX to your wallet first/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Max" })).toBeNull();
});

test("a hold is told before the deposit, for as long as the tier's real terms say", () => {
  const view = tierView("Aggressive", "STX");
  show({ view: { ...view, terms: { ...view.terms, minimumHoldSeconds: 7_200 } } });
  expect(screen.getByText(/stays in Aggressive for 2 hours/)).toBeTruthy();
});

test("another sender is judged at its field, and gets a reference instead of a signature", async () => {
  show();
  await fill(amount(), "5");
  await userEvent.click(screen.getByText("Sent by another address"));
  const sender = screen.getByRole("textbox", { name: "Address or contract that sends it" });
  await fill(sender, "nonsense");
  expect(screen.getByText(/no address or contract of this test network/)).toBeTruthy();
  expect(sender.getAttribute("aria-invalid")).toBe("true");
  expect(button().disabled).toBe(true);
  await fill(sender, `${ALICE.address}.exchange`);
  await userEvent.click(button("Get the reference"));
  expect(onSubmit).toHaveBeenCalledExactlyOnceWith(5_000_000n, `${ALICE.address}.exchange`);
});

test("a hindrance is the button's face, and what was typed stays", async () => {
  const draft = editDeposit(emptyDeposit(), { amountText: "5" });
  show({ draft, hindrance: "Sign in again to continue" });
  expect((amount() as HTMLInputElement).value).toBe("5");
  expect(button("Sign in again to continue").disabled).toBe(true);
  await userEvent.type(amount(), "{Enter}");
  expect(onSubmit).not.toHaveBeenCalled();
});

test("the sender of a commitment is told call, amount and reference to the digit", async () => {
  const onDone = vi.fn();
  const asked = { token: "sBTC", tier: "Balanced", amount: 12_345_678n, depositor: ALICE.address } as const;
  const commitment = { ...asked, reference: 9_007_199_254_740_993n, expiresAt: Date.UTC(2026, 10, 23) };
  render(<ForeignDeposit commitment={commitment} vaultContract={`${ALICE.address}.vault`} onDone={onDone} />);
  expect(screen.getByRole("status").textContent).toContain("9007199254740993");
  expect(screen.getByRole("status").textContent).toContain("0.12345678 sBTC");
  await userEvent.click(button("Done"));
  expect(onDone).toHaveBeenCalledOnce();
});
