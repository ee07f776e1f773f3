/** Fixed episodes of the lockstep: every trick of a stranger at the moment it could pay, and what random episodes once found. */
import { beforeEach, expect, test, vi } from "vitest";
import { openBackend } from "../../convex/backend";
import type { Act } from "../acts";
import { playEpisode } from "../episode";
import type { MarketAct } from "../market/acts";
import { playMarket } from "../market/episode";
import { TRICKS } from "../strangers";
import { drawFrom } from "./randomness";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "Date"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
  drawFrom(1);
});

const STX = { token: "STX", tier: "Balanced" } as const;
const some = (amount: number) => ({ edge: "some", beside: 0, some: amount }) as const;
const fund = (who: number, amount: number): Act => {
  return { kind: "fund", who, depositor: 0, ...STX, amount: some(amount), key: undefined };
};
const withdraw = (who: number, amount: number): Act => {
  return { kind: "withdraw", at: null, who, token: "STX", place: "Balanced", amount: some(amount), key: undefined };
};
const SETTLE: Act = { kind: "settle" };

/** Alice has an authorisation, and Bob tries everything with it before and after she is paid. */
const WITHDRAWAL: Act[] = [
  SETTLE,
  ...[fund(0, 150), fund(1, 120), SETTLE, withdraw(0, 60)],
  ...TRICKS.map((trick): Act => ({ kind: "trick", trick, who: 1, pick: 0 })),
  { kind: "pay", pick: 0 },
  { kind: "look", events: "all" },
  ...TRICKS.map((trick): Act => ({ kind: "trick", trick, who: 1, pick: 0 })),
  { kind: "pay", pick: 0 },
  SETTLE,
];

const PAUSED: Act[] = [
  SETTLE,
  ...[fund(0, 150), SETTLE, withdraw(0, 60)],
  { kind: "pause", paused: true },
  { kind: "pay", pick: 0 },
  SETTLE,
  { kind: "pause", paused: false },
  { kind: "pay", pick: 0 },
  SETTLE,
];

const CAPPED: Act[] = [
  SETTLE,
  ...[fund(0, 150), fund(1, 120), SETTLE, withdraw(0, 90), withdraw(1, 60)],
  { kind: "caps", how: "lower", part: 70 },
  { kind: "pay", pick: 1 },
  { kind: "pay", pick: 0 },
  SETTLE,
  { kind: "caps", how: "raise", part: 100 },
  { kind: "mine", blocks: 361 },
  { kind: "caps", how: "apply", part: 0 },
  SETTLE,
];

const ORPHANED: Act[] = [
  SETTLE,
  ...[fund(0, 150), SETTLE, withdraw(0, 60)],
  { kind: "pay", pick: 0 },
  { kind: "look", events: "all" },
  { kind: "reorganise", depth: 2, more: 1, kept: "none" },
  SETTLE,
  { kind: "quote", at: null, who: 0, token: "STX", place: "Balanced" },
  { kind: "mine", blocks: 361 },
  SETTLE,
  { kind: "pay", pick: 0 },
  SETTLE,
];

const STOLEN: Act[] = [
  SETTLE,
  ...[fund(0, 150), fund(1, 120), SETTLE],
  { kind: "theft", who: 1, token: "STX", sum: 40, pick: 0, unknown: true },
  SETTLE,
  withdraw(0, 60),
  { kind: "reset", capability: "withdraw" },
  withdraw(0, 60),
];

/** Of providers: what is met on the way is in the name of each expectation. */
const OF_PROVIDERS: Record<string, { acts: Act[]; meets: string[] }> = {
  "nobody but its owner gets anything by a signed withdrawal, and nobody twice": {
    acts: WITHDRAWAL,
    meets: ["withdraw errInvalidSignature", "withdraw ok", "withdraw errAuthorizationUsed", "revoke errNotAuthorized"],
  },
  "while the vault is paused nothing leaves": { acts: PAUSED, meets: ["withdraw errPaused", "withdraw ok"] },
  "a lower cap holds at once, a higher one after its delay": {
    acts: CAPPED,
    meets: ["withdraw errOutflowExceedsCap", "lower caps ok", "apply change ok"],
  },
  "a payment that is taken back is none, and its reserve returns": {
    acts: ORPHANED,
    meets: ["withdraw errAuthorizationExpired"],
  },
  "a payment that nobody signed here stops withdrawals": { acts: STOLEN, meets: ["withdraw ok"] },
};

test.each(Object.entries(OF_PROVIDERS))("%s", async (_, { acts, meets }) => {
  const { chain } = await playEpisode(openBackend, acts);
  expect(meets.filter((one) => !chain.answered.has(one))).toEqual([]);
});

const BTC = { underlying: "BTC", tier: "Balanced" } as const;
const cover = (buyer: number): MarketAct => {
  return { kind: "cover", buyer, ...BTC, strike: 950_000, part: 300_000, hours: 30 };
};

/** A policy is bought, tampered with in every way, and ends as it should. */
const POLICY: MarketAct[] = [
  cover(0),
  ...TRICKS.map((trick): MarketAct => ({ kind: "trick", trick, who: 1, pick: 0 })),
  { kind: "pay premium", pick: 0 },
  { kind: "settle" },
  { kind: "mine to an end", pick: 0, beside: 7, final: true },
  ...TRICKS.map((trick): MarketAct => ({ kind: "trick", trick, who: 1, pick: 0 })),
];
/** A margin call whose hour went by while only the other underlying had prices. */
const CALLED: MarketAct[] = [
  { kind: "cover", buyer: 1, underlying: "BTC", tier: "Aggressive", strike: 839_210, part: 595_800, hours: 74 },
  { kind: "price", underlying: "BTC", factor: 479_974, fault: "none" },
  { kind: "mine", blocks: 2_000 },
  { kind: "price", underlying: "STX", factor: 589_577, fault: "none" },
  { kind: "price", underlying: "BTC", factor: 1_000_000, fault: "none" },
];
const OF_A_MARKET: Record<string, { acts: MarketAct[]; meets: string[] }> = {
  "nobody but the service moves what is locked, and the service only as the terms say": {
    acts: POLICY,
    meets: [
      ...["premium ok", "premium errPolicyExists", "premium errAuthorizationExpired", "lock errLockExceedsCoverage"],
      ...["settle errNotAuthorized", "settle errUnlockExceedsLocked", "settle errInvalidTokenContract"],
      ...["release errReleaseTooEarly", "release errPolicyNotLive"],
    ],
  },
  "a margin call outlasts its hour only until its own underlying has a price": { acts: CALLED, meets: ["premium ok"] },
};

test.each(Object.entries(OF_A_MARKET))("%s", async (_, { acts, meets }) => {
  const { chain } = await playMarket(openBackend, acts);
  expect(meets.filter((one) => !chain.answered.has(one))).toEqual([]);
});
