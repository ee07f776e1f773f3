// @vitest-environment happy-dom
/** The last look before signing, the list of what was sent, and a form's memory, as a person meets them. */
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import type { Intent } from "../../../src/web/transactions/intent";
import { ReviewContent } from "../../../src/web/transactions/ReviewDialog";
import type { RecordChange } from "../../../src/web/transactions/record";
import { SentList } from "../../../src/web/transactions/SentTransactions";
import { type Review, sendReviewed } from "../../../src/web/transactions/send";
import { trayWords } from "../../../src/web/transactions/TransactionTray";
import { newlySettled, settledWords } from "../../../src/web/transactions/useSettled";
import type { Submission, SubmissionState } from "../../../src/web/transactions/useSubmission";
import { keepDraft, readDraft } from "../../../src/web/ui/useDraft";
import { BroadcastRejected, type SendingTerms, WalletProblem } from "../../../src/web/wallets/wallet";
import { ALICE, config, DEPLOYER, memoryStorage } from "../page";
import { deposit, NOW } from "./sample";

afterEach(cleanup);

const TX = `0x${"c".repeat(64)}`;

function reviewOf(intent: Intent, part: Partial<Review["movement"]> = {}): Review {
  const isPaidIn = intent.action === "deposit" || intent.action === "premium";
  const [from, to] = isPaidIn ? [ALICE.address, config.vaultContract] : [config.vaultContract, ALICE.address];
  return {
    intent,
    movement: { from, to, expiresAt: null, terms: null, mark: "07", ...part },
    feeUstx: 476n,
    call: {
      ...{ network: "devnet", contractId: config.vaultContract, functionName: "a-call", functionArgs: [] },
      ...{ postConditions: [], postConditionMode: "deny" },
    },
    wallet: {
      ...{ name: "Alice", address: ALICE.address, asksItsOwner: true },
      ...{ signMessage: vi.fn(), signAndBroadcast: vi.fn() },
    },
  };
}

function show(state: SubmissionState, blockTime: number | null = null) {
  const submission: Submission = { state, begin: vi.fn(), send: vi.fn(async () => {}), close: vi.fn() };
  render(<ReviewContent submission={submission} blockTime={blockTime} />);
  return { submission, dialog: screen.getByRole("dialog") };
}

const reviewing = (review: Review): SubmissionState => ({ kind: "reviewing", review, problem: null });

test.each<[Intent, string, RegExp[]]>([
  [
    { action: "deposit", token: "STX", tier: "Balanced", amount: 5_000_000n },
    "Deposit 5 STX",
    [/counts in your Balanced position/, /Unless exactly 5 STX leaves your wallet/, /keeps the room for you for a day/],
  ],
  [
    { action: "withdrawal", token: "sBTC", tier: "Aggressive", amount: 12_345n },
    "Withdraw 0.00012345 sBTC",
    [/out of your Aggressive position to your wallet/, /leaves the vault/, /brings you back here/],
  ],
  [
    { action: "suspenseWithdrawal", token: "STX", amount: 5_000_000n },
    "Withdraw 5 STX",
    [/out of your suspense/, /leaves the vault/, /after the hour/],
  ],
  [
    { action: "premium", token: "STX", amount: 5_000_000n, policyId: 11n },
    "Pay the premium of 5 STX",
    [/either both happen or neither/, /leaves your wallet/, /the quote lapses/],
  ],
  [
    { action: "treasuryExit", token: "STX", amount: 5_000_000n, account: "insurance" },
    "Pay out 5 STX",
    [/out of insurance/, /leaves the vault/, /after the hour/],
  ],
])("$action is told in words before it is signed", (intent, heading, words) => {
  const { dialog } = show(reviewing(reviewOf(intent)));
  expect(screen.getByRole("heading", { name: heading })).toBeTruthy();
  for (const sentence of words) expect(dialog.textContent).toMatch(sentence);
  expect(dialog.textContent).toMatch(/Network fee0\.000476 STX/);
});

test("what a premium locks is shown, and how long the terms are good counts down by the chain's time", () => {
  const terms = { lock: 2_000_000n, coverage: 3_000_000n, releaseAfter: NOW };
  const review = reviewOf(
    { action: "premium", token: "STX", amount: 1n, policyId: 11n },
    { expiresAt: NOW + 605_000, terms },
  );
  const { dialog } = show(reviewing(review), NOW);
  expect(dialog.textContent).toMatch(/Locked for you2 STX/);
  expect(dialog.textContent).toMatch(/Pays at most3 STX/);
  expect(dialog.textContent).toMatch(/10 min 5 s left/);
});

test("what has expired can't be signed, and says what to do", () => {
  const review = reviewOf({ action: "withdrawal", token: "STX", tier: "Balanced", amount: 1n }, { expiresAt: NOW });
  const { dialog } = show(reviewing(review), NOW);
  expect(dialog.textContent).toMatch(/It has expired. Close this and ask again/);
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Sign and send" }).disabled).toBe(true);
});

test("it is sent or put away by its buttons, and by Escape; not while it is being sent", async () => {
  const intent: Intent = { action: "deposit", token: "STX", tier: "Balanced", amount: 1n };
  const { submission } = show(reviewing(reviewOf(intent)));
  await userEvent.click(screen.getByRole("button", { name: "Sign and send" }));
  expect(submission.send).toHaveBeenCalledOnce();
  await userEvent.click(screen.getByRole("button", { name: "Cancel" }));
  await userEvent.keyboard("{Escape}");
  expect(submission.close).toHaveBeenCalledTimes(2);
  cleanup();
  show({ kind: "sending", review: reviewOf(intent) });
  for (const button of screen.getAllByRole<HTMLButtonElement>("button")) expect(button.disabled).toBe(true);
});

test("a rejected signature is explained where it happened, and can be tried again", () => {
  const review = reviewOf({ action: "deposit", token: "STX", tier: "Balanced", amount: 1n });
  show({ kind: "reviewing", review, problem: { code: "WALLET_REJECTED", message: "You rejected it in Leather." } });
  expect(screen.getByRole("alert").textContent).toContain("You rejected it in Leather.");
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Sign and send" }).disabled).toBe(false);
});

async function sending(signAndBroadcast: (terms: SendingTerms) => Promise<void>) {
  const changes: RecordChange[] = [];
  const review = reviewOf({ action: "deposit", token: "STX", tier: "Balanced", amount: 1n });
  const wallet = { ...review.wallet, signAndBroadcast: (_: unknown, terms: SendingTerms) => signAndBroadcast(terms) };
  const outcome = await sendReviewed({ ...review, wallet }, (change) => changes.push(change), NOW);
  return { kind: outcome.kind, changes: changes.map((change) => change.kind) };
}

test("a transaction is on record before anything of it can be lost, and leaves it only if nothing was sent", async () => {
  const rejected = new BroadcastRejected("BadNonce");
  const at = (trouble: "WALLET_REJECTED" | "WALLET_UNCLEAR") => new WalletProblem(trouble, "words");
  expect(await sending(async ({ onSigned }) => onSigned(TX))).toEqual({ kind: "sent", changes: ["added"] });
  const lostReply = await sending(async ({ onSigned }) => {
    onSigned(TX);
    throw new TypeError("Failed to fetch");
  });
  expect(lostReply).toEqual({ kind: "sent", changes: ["added"] });
  const refused = await sending(async ({ onSigned }) => {
    onSigned(TX);
    throw rejected;
  });
  expect(refused).toEqual({ kind: "refused", changes: ["added", "withdrawn"] });
  const handed = (error: Error | null) =>
    sending(async ({ onHanded, onSigned }) => {
      onHanded();
      if (error) throw error;
      onSigned(TX);
    });
  expect(await handed(null)).toEqual({ kind: "sent", changes: ["added", "identified"] });
  expect(await handed(at("WALLET_REJECTED"))).toEqual({ kind: "refused", changes: ["added", "withdrawn"] });
  expect(await handed(at("WALLET_UNCLEAR"))).toEqual({ kind: "unclear", changes: ["added"] });
  const unsigned = await sending(async () => {
    throw new Error("no");
  });
  expect(unsigned).toEqual({ kind: "refused", changes: [] });
});

test("the list says how far each has come, to those who see it and those who hear it", async () => {
  const mined = { ...deposit, id: "two", progress: { kind: "mined", blockHeight: 9, sequence: 4n } as const };
  const failed = { ...deposit, id: "three", progress: { kind: "failed", reason: "The vault is paused." } as const };
  const heights = { tipHeight: 11, finalHeight: 8 };
  const dismiss = vi.fn();
  render(<SentList transactions={[mined, failed]} heights={heights} now={NOW} onDismiss={dismiss} />);
  expect(screen.getByRole("list", { name: "Step 3 of 4: Mined" })).toBeTruthy();
  expect(screen.getByText(/in block 9, 3 confirmations/)).toBeTruthy();
  expect(screen.getByText("Failed")).toBeTruthy();
  expect(screen.getByText(/The vault is paused/)).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Take it off the list" }));
  expect(dismiss).toHaveBeenCalledWith("three");
  expect([trayWords(0, 0), trayWords(0, 1), trayWords(1, 1), trayWords(2, 3)]).toEqual([
    ...[null, "Transactions", "1 on its way", "2 on their way"],
  ]);
});

test("what has just been settled is told once; what was so when the page opened is no news", () => {
  const settled = { ...deposit, progress: { kind: "final", blockHeight: 9 } as const };
  expect(newlySettled([deposit], [settled])).toEqual([settled]);
  expect(newlySettled([settled], [settled])).toEqual([]);
  expect(newlySettled([], [settled])).toEqual([]);
  expect(settledWords({ ...settled, amount: 5_000_000n })).toBe(
    "Deposit of 5 STX into Balanced. Credited to Balanced: block 9 is final.",
  );
});

test("nothing sent yet says what will be here", () => {
  render(<SentList transactions={[]} heights={null} now={NOW} onDismiss={() => {}} />);
  expect(screen.getByText(/What you sign in this browser is followed here/)).toBeTruthy();
});

test("a draft is its address's own; what was typed before signing in goes to whoever signs in", () => {
  const storage = memoryStorage();
  const initial = { text: "", amount: 0n, tier: null as string | null };
  keepDraft(storage, null, "deposit", { ...initial, text: "1.5", amount: 2n ** 62n });
  expect(readDraft(storage, ALICE.address, "deposit", initial)).toEqual({ ...initial, text: "1.5", amount: 2n ** 62n });
  keepDraft(storage, ALICE.address, "deposit", { ...initial, text: "2" });
  expect(readDraft(storage, ALICE.address, "deposit", initial).text).toBe("2");
  expect(readDraft(storage, DEPLOYER, "deposit", initial)).toEqual(initial);
});

test.each(["{", "7", '{"text":5,"gone":1}'])("a draft stored as %s by another version counts for nothing", (text) => {
  const storage = memoryStorage();
  storage.setItem("bithedge.draft.nobody.deposit", text);
  expect(readDraft(storage, null, "deposit", { text: "" })).toEqual({ text: "" });
});
