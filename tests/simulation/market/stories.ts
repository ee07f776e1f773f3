/** Histories that are told, not drawn: each way in which a policy can go, and a position with it. */
import type { MarketAct, Of } from "./acts";

const BTC = { underlying: "BTC" as const };

export const price = (factor: number, fault: Of<"price">["fault"] = "none"): MarketAct => {
  return { kind: "price", ...BTC, factor, fault };
};
const cover = (fields: Partial<Of<"cover">> = {}): MarketAct => {
  return { kind: "cover", buyer: 0, tier: "Balanced", ...BTC, strike: 950_000, part: 300_000, hours: 30, ...fields };
};
const SERVICE: MarketAct[] = [{ kind: "service", most: 50 }, { kind: "settle" }];
/** Locks first, then what needs them. */
const SERVED = [...SERVICE, ...SERVICE];
const EXPIRED: MarketAct[] = [{ kind: "mine to an end", pick: 0, beside: 7, final: true }];
const EXERCISE: MarketAct[] = [
  { kind: "exercise", pick: 0, by: 0 },
  { kind: "mine", blocks: 1 },
];
const HOUR: MarketAct = { kind: "hour" };

export interface Story {
  acts: MarketAct[];
  /** What it is told for. */
  meets: string[];
}

export const STORIES: Record<string, Story> = {
  "exercised at the next price, and paid": {
    acts: [cover(), ...EXERCISE, price(1_000_000, "stale"), price(700_000), ...SERVED],
    meets: ["exercise ok", "policy exercising", "policy settling", "policy settled"],
  },
  "worth more than its coverage": {
    acts: [cover(), ...EXERCISE, price(300_000), ...SERVED],
    meets: ["exercise ok", "policy settled"],
  },
  "exercised for nothing, and released at its expiry": {
    acts: [cover(), ...EXERCISE, price(1_000_000), ...EXPIRED, ...SERVED],
    meets: ["policy worthless", "policy releasing", "policy released"],
  },
  "expired in the money, settled by itself; its yield is collected": {
    acts: [
      cover({ tier: "Aggressive" }),
      price(850_000),
      HOUR,
      ...EXPIRED,
      price(1_000_000),
      ...SERVED,
      { kind: "collect", who: 0, tier: "Aggressive", ...BTC },
    ],
    meets: ["policy expiring", "policy settled", "collect ok"],
  },
  "a margin call that lasts an hour: its policies go over to who can stand behind them": {
    acts: [
      cover({ tier: "Aggressive", part: 900_000 }),
      price(635_000),
      ...SERVED,
      { kind: "fund", who: 2, tier: "Aggressive", ...BTC, part: 2_000_000 },
      { kind: "settle" },
      HOUR,
      HOUR,
      ...EXERCISE,
      price(1_000_000),
      ...SERVED,
    ],
    meets: ["entry raise", "entry lock", "position MarginCall", "entry transfer", "policy settled"],
  },
  "a crash that takes every taker": {
    acts: [cover({ tier: "Aggressive", part: 900_000 }), price(450_000), ...SERVED, HOUR, HOUR],
    meets: ["entry raise", "position Liquidating", "policy settled"],
  },
  "only who takes policies backs them": {
    acts: [{ kind: "accepting", who: 0, tier: "Balanced", ...BTC, accepting: false }, cover(), cover({ buyer: 1 })],
    meets: ["accepting ok", "buy ok"],
  },
  "a stranger exercises nothing": {
    acts: [cover(), { kind: "exercise", pick: 0, by: 1 }],
    meets: ["exercise NO_POLICY"],
  },
  "an old price is none, however new it is here": {
    acts: [cover(), HOUR, { kind: "mine", blocks: 361 }, price(500_000, "stale"), price(1_000_000)],
    meets: ["policy active"],
  },
  "better again, a little above where it got worse": {
    acts: [cover({ tier: "Aggressive", part: 900_000 }), price(655_000), price(1_085_000), price(1_000_000)],
    meets: ["position Warning"],
  },
  "never paid": {
    acts: [
      { ...(cover() as Of<"cover">), kind: "buy", isFresh: true },
      { kind: "mine", blocks: 61 },
      { kind: "settle" },
    ],
    meets: ["policy quoted", "policy lapsed"],
  },
  "paid in a block that a reorganisation takes back": {
    acts: [
      { ...(cover() as Of<"cover">), kind: "buy", isFresh: true },
      { kind: "pay premium", pick: 0 },
      { kind: "look" },
      { kind: "reorganise", depth: 1, more: 0, kept: "none" },
      { kind: "mine", blocks: 61 },
      { kind: "settle" },
    ],
    meets: ["policy quoted", "policy lapsed"],
  },
};
