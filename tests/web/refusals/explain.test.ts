/** Whatever goes wrong ends in words with a way on. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { ConvexError } from "convex/values";
import { expect, test } from "vitest";
import { readableTime } from "../../../src/web/amounts/words";
import { explain } from "../../../src/web/refusals/explain";
import { nextStepOf, waitWords } from "../../../src/web/refusals/nextSteps";
import { BroadcastRejected, WalletProblem } from "../../../src/web/wallets/wallet";

const GUIDE = readFileSync(path.resolve(import.meta.dirname, "../../../docs/developers.md"), "utf8");
/** Of the HTTP interface, or of arguments that the page never passes. */
const NOT_OF_THE_PAGE = [
  ...["INVALID_PARAMETER", "UNKNOWN_CURSOR", "BAD_CURSOR", "PAGE_SIZE_OUT_OF_RANGE", "UNKNOWN_STATUS", "TOO_MANY_IDS"],
  ...["NO_ROUTE", "METHOD_NOT_ALLOWED", "NO_AUTHORIZATION", "INTERNAL"],
];

const [, section = ""] = GUIDE.split("\n## Refusals\n");
const codes = [...section.matchAll(/^\| ([^|]+) \|/gm)]
  .flatMap(([, cell = ""]) => [...cell.matchAll(/`([A-Z_]{4,})`/g)].map(([, code = ""]) => code))
  .filter((code) => !NOT_OF_THE_PAGE.includes(code));

test("the guide's table is read", () => expect(codes.length).toBeGreaterThan(60));

test.each(codes)("%s has a next step, or its own sentence has", (code) => {
  const step = nextStepOf(code, {});
  expect(step).not.toBeNull();
  if (step?.next) expect(step.next).toMatch(/[.]$/);
});

const refused = (data: { code: string; message: string } & Record<string, string | number | bigint>) =>
  explain(new ConvexError(data));

test("a refusal keeps its code and the service's sentence, with what to do and where", () => {
  const expiresAt = 1_800_000_000n;
  const message = "A withdrawal of 2 STX is open.";
  expect(refused({ code: "WITHDRAWAL_OPEN", message, amount: 2n, expiresAt })).toEqual({
    code: "WITHDRAWAL_OPEN",
    message,
    next: `Your portfolio shows it, to finish or to cancel. It ends by itself at ${readableTime(1_800_000_000_000)}.`,
    link: { to: "/portfolio", label: "To your portfolio" },
  });
  expect(refused({ code: "NEW_ONE", message: "As it is." })).toMatchObject({ message: "As it is.", next: null });
  expect(refused({ code: "constructor", message: "No." }).message).toBe("No.");
});

test("times are told as times, waits as waits", () => {
  expect(refused({ code: "RATE_LIMITED", message: "x", retryAfterMs: 4_100 }).next).toBe("Try again in 5 seconds.");
  expect(waitWords(1)).toBe("in 1 second");
  expect(waitWords(150_000)).toBe("in 3 minutes");
  const until = 1_800_000_000_000;
  expect(refused({ code: "RESTORING", message: "x", until }).next).toContain(`after ${readableTime(until)}`);
  expect(refused({ code: "RESTORING", message: "x" }).next).toContain("in about an hour");
  expect(refused({ code: "EXPIRY_OUT_OF_RANGE", message: "x", min: until, max: until }).message).toContain(
    `between ${readableTime(until)} and`,
  );
});

test("what the network refuses, and its silence, is put into words", () => {
  expect(explain(new BroadcastRejected("NotEnoughFunds")).message).toMatch(/too little STX/);
  expect(explain(new BroadcastRejected("Odd")).message).toMatch(/Odd.*Nothing was sent/);
  const silence = explain(new TypeError("Failed to fetch"));
  expect(silence).toMatchObject({ message: expect.stringMatching(/can't be reached/), next: expect.any(String) });
  expect(explain(new Error("Connection lost while action was in flight")).next).toMatch(/nothing happens twice/);
  expect(explain(new Error("The Stacks API answered HTTP 429.")).next).toMatch(/in a minute/);
  expect(explain(new Error("The Stacks API answered HTTP 502.")).message).toMatch(/HTTP 502/);
});

test("a wallet's trouble keeps its words", () => {
  const problem = new WalletProblem("WALLET_REJECTED", "You rejected it in Leather.");
  expect(explain(problem)).toEqual({ code: "WALLET_REJECTED", message: "You rejected it in Leather." });
});

test("what nobody foresaw can be told to the operator, with the number of the service's log", () => {
  expect(explain("odd")).toMatchObject({ message: expect.stringContaining("odd"), details: "odd" });
  const text = "[CONVEX A(liquidity:requestWithdrawal)] [Request ID: 12ab] Server Error";
  const inside = explain(new Error(text));
  expect(inside.message).toBe("The service failed at this.");
  expect(inside.details).toBe(text);
});
