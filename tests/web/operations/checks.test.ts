/** The overview never calls fine what is wrong, what is not known, or what nobody has asked lately. */
import { expect, test } from "vitest";
import type { OutboxNow, PriceStanding, SyncStanding } from "../../../src/web/operations/answers";
import type { Asked } from "../../../src/web/operations/asking/usePolled";
import { type Answers, checksOf, summaryOf } from "../../../src/web/operations/overview/checks";
import { HEALTH_ROW, NOW, OUTBOX, PRICES, PROOFS, SYNC } from "./samples";

const known = <Data>(data: Data, at = NOW): Asked<Data> => ({ kind: "known", data, at });
const rows = <Row>(...all: Row[]) => known({ rows: all, isDone: true });
const failing = { kind: "unknown" as const, problem: { code: null, message: "The connection broke." }, last: null };

function answers(changes: Partial<Answers> = {}): Answers {
  return {
    breakers: known({ breakers: [], restore: null }),
    sync: known(SYNC),
    proof: known(PROOFS),
    outbox: known(OUTBOX),
    prices: known(PRICES),
    audit: known(null),
    breaches: { STX: rows(), sBTC: rows() },
    marginCalls: { STX: rows(), sBTC: rows() },
    liquidating: { STX: rows(), sBTC: rows() },
    failedDeliveries: rows(),
    ...changes,
  } as Answers;
}

const checkOf = (name: string, changes: Partial<Answers>) => {
  const check = checksOf(answers(changes), NOW).find((one) => one.name === name);
  return [check?.verdict, check?.found];
};
const sync = (changes: Partial<SyncStanding>) => ({ sync: known({ ...SYNC, ...changes }) });
const outbox = (changes: Partial<OutboxNow>) => ({ outbox: known({ ...OUTBOX, ...changes }) });
const prices = (changes: Partial<PriceStanding>) => ({ prices: known({ ...PRICES, ...changes }) });
const stopped = { capability: "withdraw" as const, reason: "a leak", laterReasons: [], since: NOW };
const waitingCall = {
  key: "lock/7",
  call: { kind: "revoke" as const, authorizationId: 7n },
  status: "failed" as const,
  aborts: 1,
  outcome: "u203",
};
const audited = {
  _id: "a" as never,
  _creationTime: 0,
  startedAt: NOW - 9_000,
  finishedAt: NOW - 5_000,
  checked: { accounts: 1, positions: 1, policies: 1, entries: 1, postings: 1 },
  differences: 0,
  wrongSums: [],
};

test("all is fine when all of it was asked just now and nothing is wrong", () => {
  const checks = checksOf(answers({ audit: known(audited) }), NOW);
  expect(checks.map(({ verdict }) => verdict)).toEqual(Array(checks.length).fill("fine"));
  expect(summaryOf(checks)).toBe("Nothing is wrong.");
});

test.each<[string, Partial<Answers>, string, RegExp]>([
  ["Breakers", { breakers: known({ breakers: [stopped], restore: null }) }, "trouble", /withdraw is stopped: a leak/],
  [
    "Restore rule",
    { breakers: known({ breakers: [], restore: { kind: "waiting", until: 1 } }) },
    "attention",
    /nothing is signed/,
  ],
  ["Sync", sync({ halted: "event 7 can't be read" }), "trouble", /event 7/],
  ["Sync", sync({ failures: 2, lastError: "HTTP 500" }), "attention", /2 looks.*HTTP 500/],
  ["Sync", sync({ nextLookAt: NOW - 120_000 }), "trouble", /overdue by 2m/],
  ["Sync", sync({ behindSince: NOW - 60_000 }), "attention", /behind for 1m/],
  ["Vault", sync({ paused: true }), "trouble", /paused/],
  ["Vault", sync({ paused: null }), "attention", /No look/],
  ["Proof of reserves", { proof: known([]) }, "attention", /Not both/],
  [
    "Proof of reserves",
    { proof: known(PROOFS.map((proof, n) => ({ ...proof, holds: n === 0 }))) },
    "trouble",
    /sBTC has failed/,
  ],
  ["Outbox", outbox({ alarm: "no STX" }), "trouble", /no STX/],
  ["Outbox", outbox({ paused: "fees are mad" }), "trouble", /fees are mad/],
  ["Outbox", outbox({ failed: [waitingCall] }), "attention", /1 call failed/],
  ["Prices", prices({ prices: [] }), "trouble", /No price/],
  ["Prices", prices({ dueAt: NOW - 120_000 }), "trouble", /Nobody has looked/],
  ["Prices", prices({ troubles: ["kraken: HTTP 500"] }), "attention", /kraken/],
  ["Audit", { audit: known({ ...audited, differences: 3 }) }, "trouble", /3 differences/],
  ["Audit", { audit: known(null) }, "attention", /No audit/],
  [
    "Breaches",
    { breaches: { STX: rows(), sBTC: rows({ principal: "ST1", token: "sBTC", amount: 1n }) } },
    "trouble",
    /1 owe sBTC/,
  ],
  [
    "Health",
    { liquidating: { STX: rows({ ...HEALTH_ROW, isStuck: true }), sBTC: rows() } },
    "trouble",
    /nobody can take 1/,
  ],
  ["Health", { marginCalls: { STX: rows(HEALTH_ROW), sBTC: rows() } }, "attention", /1 in STX in a margin call/],
])("%s: %#", (name, changes, verdict, found) => {
  expect(checkOf(name, changes)).toEqual([verdict, expect.stringMatching(found)]);
});

test("what could not be asked is unknown, and what was known before is told with its age", () => {
  expect(checkOf("Breakers", { breakers: failing })).toEqual(["unknown", "The connection broke."]);
  const last = { data: { breakers: [stopped], restore: null }, at: NOW - 20_000 };
  expect(checkOf("Breakers", { breakers: { ...failing, last } })).toEqual([
    "unknown",
    "The connection broke. 20s ago: withdraw is stopped: a leak",
  ]);
});

test("an answer of a minute ago says nothing about now", () => {
  const old = { sync: known(SYNC, NOW - 60_000) };
  expect(checkOf("Sync", old)[0]).toBe("unknown");
  expect(summaryOf(checksOf(answers({ ...old, audit: known(audited) }), NOW))).toBe("2 not known.");
});

test("one token's silence hides nothing of the other, and an unfinished list is not an empty one", () => {
  const owed = rows({ principal: "ST1", token: "sBTC" as const, amount: 1n });
  expect(checkOf("Breaches", { breaches: { STX: failing, sBTC: owed } })).toEqual([
    "trouble",
    "The connection broke. 1 owe sBTC that left unauthorised.",
  ]);
  expect(checkOf("Breaches", { breaches: { STX: known({ rows: [], isDone: false }), sBTC: rows() } })[0]).toBe(
    "unknown",
  );
});
