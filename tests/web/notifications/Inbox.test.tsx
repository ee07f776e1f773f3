// @vitest-environment happy-dom
/** The bell: how much is unread, what it says when something comes, and what stays read. */
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { InboxBell } from "../../../src/web/notifications/Inbox";
import { keepSeen, readSeen } from "../../../src/web/notifications/seen";
import type { Notice } from "../../../src/web/notifications/words";

afterEach(cleanup);

const lapsed = (at: number): Notice => ({
  ...{ kind: "policy.lapsed", at },
  facts: { policyId: BigInt(at), token: "STX", premium: 2_500_000n },
});
const ALL = { kind: "all read" as const };

test("unread ones are counted, told apart while one looks, and read once it is closed", async () => {
  const onSeen = vi.fn();
  const bell = (seen: number) => (
    <InboxBell notices={[lapsed(3), lapsed(2)]} seen={seen} more={ALL} onSeen={onSeen} onNews={() => {}} />
  );
  const { rerender } = render(bell(2));
  await userEvent.click(screen.getByRole("button", { name: "Notifications, 1 unread" }));
  const items = await screen.findAllByRole("listitem");
  expect(items.map((item) => within(item).queryByText("new") !== null)).toEqual([true, false]);
  expect(items[0]?.textContent).toContain("Its premium of 2.5 STX was not paid in time.");
  expect(within(items[0] as HTMLElement).getByRole("link", { name: "Ask for a new quote" })).toHaveProperty(
    "pathname",
    "/policies",
  );
  expect(onSeen).not.toHaveBeenCalled();
  await userEvent.keyboard("{Escape}");
  expect(onSeen).toHaveBeenCalledWith(3);
  rerender(bell(3));
  expect(screen.getByRole("button", { name: "Notifications, none unread" })).toBeTruthy();
});

const onNews = vi.fn();

test("what was there is not announced; what comes is, once", () => {
  const bell = (notices: Notice[], more: Parameters<typeof InboxBell>[0]["more"] = ALL) => (
    <InboxBell notices={notices} seen={9} more={more} onSeen={() => {}} onNews={onNews} />
  );
  const { rerender } = render(bell([], { kind: "reading" }));
  rerender(bell([lapsed(4)]));
  expect(onNews).not.toHaveBeenCalled();
  rerender(bell([lapsed(6), lapsed(5), lapsed(4)]));
  expect(onNews.mock.calls).toEqual([["Policy 6 lapsed, and 1 more"]]);
  // The session ends: nothing is shown, and nothing of it is news when it is back.
  rerender(bell([], { kind: "reading" }));
  rerender(bell([lapsed(6), lapsed(5), lapsed(4)]));
  expect(onNews.mock.calls).toEqual([["Policy 6 lapsed, and 1 more"]]);
});

test("what the tray has just told is not said twice, but counted", () => {
  const bell = (notices: Notice[]) => (
    <InboxBell notices={notices} seen={9} more={ALL} onSeen={() => {}} onNews={tell} />
  );
  const tell = vi.fn();
  const counted: Notice = {
    ...{ kind: "deposit.counted", at: 11 },
    facts: { token: "STX", tier: "Balanced", amount: 5_000_000n, depositor: "ST1", txId: "0x01", at: 11 },
  };
  const { rerender } = render(bell([lapsed(4)]));
  rerender(bell([counted, lapsed(4)]));
  expect(tell).not.toHaveBeenCalled();
  expect(screen.getByRole("button", { name: "Notifications, 1 unread" })).toBeTruthy();
  rerender(bell([{ ...counted, at: 13 }, lapsed(12), counted, lapsed(4)]));
  expect(tell.mock.calls).toEqual([["Policy 12 lapsed"]]);
});

test("empty, more to read, and what failed", async () => {
  const read = vi.fn();
  const bell = (more: Parameters<typeof InboxBell>[0]["more"], notices: Notice[] = []) => (
    <InboxBell notices={notices} seen={0} more={more} onSeen={() => {}} onNews={onNews} />
  );
  const { rerender } = render(bell(ALL));
  await userEvent.click(screen.getByRole("button"));
  expect(await screen.findByText(/You are told here when a deposit counts/)).toBeTruthy();
  rerender(bell({ kind: "failed", problem: { code: "NOT_SIGNED_IN", message: "Sign in first." } }));
  expect(screen.getByRole("alert").textContent).toContain("Sign in first.");
  rerender(
    bell(
      { kind: "on request", read },
      Array.from({ length: 20 }, (_, n) => lapsed(20 - n)),
    ),
  );
  expect(document.querySelector("[aria-label='Notifications, 20 or more unread']")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Show older" }));
  expect(read).toHaveBeenCalledOnce();
});

test("each address has its own mark, and it only goes forward", () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
  keepSeen(storage, "ST1", 7);
  keepSeen(storage, "ST1", 5);
  expect([readSeen(storage, "ST1"), readSeen(storage, "ST2")]).toEqual([7, 0]);
  for (const key of kept.keys()) kept.set(key, "soon");
  expect(readSeen(storage, "ST1")).toBe(0);
});
