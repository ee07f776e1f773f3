// @vitest-environment happy-dom
/** What everybody is told when something is not as it should be, and that nothing is told when all is well. */
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { BannerList } from "../../../src/web/status/Banners";
import { bannersOf, type Facts } from "../../../src/web/status/banners";
import { latenessOf } from "../../../src/web/status/useLateness";
import { hindranceOf, type ServiceStatus } from "../../../src/web/status/words";

afterEach(cleanup);

const NOW = 1_800_000_000_000;
const USD = 1_000_000n;
const calm: ServiceStatus = {
  stopped: [],
  vaultPaused: false,
  launched: true,
  isHalted: false,
  isRestoring: false,
  restoringUntil: null,
};
const price = (underlying: "BTC" | "STX", ageMs = 1_000, isGood = true) => ({
  ...{ underlying, isGood, priceUsdMicros: 60_000n * USD, publishedAt: NOW - ageMs },
  trouble: isGood ? null : "Only one source answered.",
});
const well: Facts = {
  ...{ isOnline: true, connection: "fine", status: calm, lateMs: null, now: NOW },
  prices: [price("BTC"), price("STX")],
};
const keys = (part: Partial<Facts>) => bannersOf({ ...well, ...part }).map(({ key }) => key);
const stopped = (...names: ServiceStatus["stopped"][number]["capability"][]): ServiceStatus => ({
  ...calm,
  stopped: names.map((capability) => ({ capability, since: NOW })),
  isHalted: names.includes("sync"),
});

test("nothing is said while all is well, nor while nothing is known yet", () => {
  expect(keys({})).toEqual([]);
  expect(keys({ status: null, prices: [] })).toEqual([]);
});

test.each<[string, Partial<Facts>, string[]]>([
  ["offline", { isOnline: false, connection: "lost" }, ["offline"]],
  [
    "a lost connection hides what may have changed",
    { connection: "lost", status: stopped("withdraw") },
    ["connection"],
  ],
  ["nothing has answered yet", { connection: "unanswered", status: null }, ["connection"]],
  ["a capability is stopped", { status: stopped("withdraw") }, ["stopped"]],
  ["a halted sync, which explains what else is stopped", { status: stopped("sync", "commit"), lateMs: 1 }, ["halted"]],
  ["the vault is paused", { status: { ...calm, vaultPaused: true } }, ["paused"]],
  ["not launched", { status: { ...calm, launched: false } }, ["launched"]],
  ["a restore", { status: { ...calm, isRestoring: true } }, ["restoring"]],
  ["late books", { lateMs: 700_000 }, ["late"]],
  ["an old price", { prices: [price("BTC", 300_001), price("STX")] }, ["prices"]],
  ["sources that disagree", { prices: [price("BTC"), price("STX", 1_000, false)] }, ["prices"]],
  ["a price that is five minutes old decides still", { prices: [price("BTC", 300_000), price("STX")] }, []],
])("%s", (_name, part, expected) => {
  expect(keys(part)).toEqual(expected);
});

test("a banner is read out, and says what stops, what stands and what to do", () => {
  render(<BannerList banners={bannersOf({ ...well, status: stopped("withdraw", "policies") })} />);
  const said = screen.getByRole("status").textContent;
  expect(said).toContain("Stopped for now: withdrawals and new policies.");
  expect(said).toContain("Your balances stand");
  expect(said).toContain("Try again later.");
});

test("the price that is missing is named, with its age", () => {
  const prices = [price("BTC", 600_000), { ...price("STX"), priceUsdMicros: null, publishedAt: null }];
  expect(bannersOf({ ...well, prices })[0]?.title).toBe(
    "There is no good price now: that of BTC is from 10 min ago and none of STX.",
  );
});

test("ten minutes behind is not late, a moment more is; a service that has seen no block is not late", () => {
  expect(latenessOf(NOW - 600_000, NOW)).toBeNull();
  expect(latenessOf(NOW - 600_001, NOW)).toBe(600_001);
  expect(latenessOf(0, NOW)).toBeNull();
});

test("a form is hindered by what stops its own act, and by nothing else", () => {
  expect(hindranceOf(calm, "withdraw")).toBeNull();
  expect(hindranceOf(stopped("withdraw"), "withdraw")).toContain("Withdrawals are stopped");
  expect(hindranceOf(stopped("withdraw"), "commit")).toBeNull();
  // A paused vault still takes deposits.
  expect(hindranceOf({ ...calm, vaultPaused: true }, "commit")).toBeNull();
  expect(hindranceOf({ ...calm, vaultPaused: true }, "policies")).toContain("paused");
  expect(hindranceOf({ ...calm, launched: false }, "commit")).toContain("not launched");
  expect(hindranceOf({ ...calm, isRestoring: true }, "withdraw")).toContain("for about an hour");
  expect(hindranceOf({ ...calm, isRestoring: true }, "commit")).toBeNull();
});
