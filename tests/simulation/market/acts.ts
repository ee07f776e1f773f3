/** What may happen in a market's episode, as data that fast-check draws, shrinks and prints. Numbers choose among what there is. */
import fc from "fast-check";
import { UNDERLYINGS } from "../../../src/domain/policies";
import { TIERS } from "../../../src/domain/tiers";
import { TRICKS } from "../strangers";

function oneOf<const Values extends readonly string[]>(...values: Values): fc.Arbitrary<Values[number]> {
  return fc.constantFrom(...values);
}

function act<Kind extends string, Fields>(kind: Kind, fields: { [Name in keyof Fields]: fc.Arbitrary<Fields[Name]> }) {
  return fc.record({ kind: fc.constant(kind), ...fields }) as fc.Arbitrary<{ kind: Kind } & Fields>;
}

const who = fc.nat(2);
const buyer = fc.nat(2);
const tier = fc.constantFrom(...TIERS, "Aggressive" as const);
/** Mostly one of them, so that acts meet. */
const underlying = fc.constantFrom(UNDERLYINGS[0], UNDERLYINGS[0], UNDERLYINGS[0], UNDERLYINGS[1]);
const pick = fc.nat(20);

/** A commitment with its deposit; in millionths of what the market's policies are about. */
const fund = act("fund", { who, tier, underlying, part: fc.integer({ min: 2_000, max: 2_000_000 }) });
const buy = act("buy", {
  buyer,
  tier,
  underlying,
  /** Of the price, millionths. */
  strike: fc.integer({ min: 480_000, max: 1_120_000 }),
  part: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 100, max: 900_000 })),
  hours: fc.integer({ min: 20, max: 200 }),
  /** Whether a price is looked at before. */
  isFresh: fc.constantFrom(true, true, false),
});
/** Asks, pays, and it is final. */
const cover = act("cover", {
  buyer,
  tier,
  underlying,
  strike: fc.integer({ min: 700_000, max: 1_000_000 }),
  part: fc.integer({ min: 20_000, max: 900_000 }),
  hours: fc.integer({ min: 25, max: 100 }),
});
const pay = act("pay premium", { pick });
const exercise = act("exercise", { pick, by: fc.constantFrom(0, 0, 0, 1) });
const price = act("price", {
  underlying,
  /** By the last one, millionths. */
  factor: fc.oneof(
    fc.integer({ min: 940_000, max: 1_060_000 }),
    fc.integer({ min: 940_000, max: 1_060_000 }),
    fc.integer({ min: 780_000, max: 960_000 }),
    fc.integer({ min: 1_040_000, max: 1_300_000 }),
    fc.integer({ min: 350_000, max: 800_000 }),
  ),
  fault: oneOf("none", "none", "none", "none", "none", "none", "one of three", "stale", "alone", "apart", "absurd"),
});
const settle = act("settle", {});
const look = act("look", {});
const mine = act("mine", { blocks: fc.constantFrom(1, 2, 7, 31, 61, 361, 361, 2_000, 8_641) });
/** Until the block of a deadline, or one beside it; and so that it is just final, or one block short of it. */
const mineTo = act("mine to an end", { pick, beside: fc.constantFrom(-1, 0, 1, 7), final: fc.boolean() });
const service = act("service", { most: fc.constantFrom(1, 2, 50, 50) });
const reorganise = act("reorganise", {
  depth: fc.integer({ min: 1, max: 4 }),
  more: fc.nat(2),
  kept: oneOf("all", "none", "even"),
});
const withdraw = act("withdraw", {
  who,
  tier,
  underlying,
  part: fc.constantFrom(0, 1, 2, 1_000_000, 500_000),
  pays: fc.boolean(),
});
const collect = act("collect", { who, tier, underlying });
const accepting = act("accepting", { who, tier, underlying, accepting: fc.boolean() });
const hour = act("hour", {});
const part = fc.integer({ min: 0, max: 700_000 });
const stray = act("stray", { who, underlying, part, pick });
const by = fc.constantFrom(0, 0, 0, 1);
const cancelCommitment = act("cancel commitment", { pick, by });
const cancelWithdrawal = act("cancel withdrawal", { pick, by });
const payWithdrawal = act("pay withdrawal", { pick });
const move = act("move", {
  who,
  underlying,
  tier: fc.constantFrom(...TIERS, "suspense" as const, "suspense" as const),
  to: tier,
  part,
});
const withdrawSuspense = act("withdraw suspense", { who, underlying, part, pays: fc.boolean() });
const terms = act("terms", { tier, underlying, part: fc.constantFrom(null, null, 0, 900_000, 3_000_000) });
const breaker = act("breaker", {
  capability: oneOf("commit", "withdraw", "policies", "settle"),
  trips: fc.constantFrom(true, false, false),
});
const restore = act("restore", {});
const theft = act("theft", { who, underlying, part });
const correct = act("correct", { who, underlying, part });
const guardian = act("guardian revokes", { pick });
const gift = act("gift", { underlying, part });
const absorb = act("absorb", { underlying });
const caps = act("caps", {
  how: oneOf("lower", "raise", "apply", "cancel"),
  part: fc.constantFrom(10, 60, 100, 150),
});
const trick = act("trick", { trick: fc.constantFrom(...TRICKS), who: fc.nat(5), pick });
const stranger = act("stranger asks", { tier, underlying });
const pause = act("pause", { paused: fc.constantFrom(true, false, false) });

/** Weighted so that an episode sells policies and sees their ends. */
export const anyAct = fc.oneof(
  { weight: 10, arbitrary: fund },
  { weight: 6, arbitrary: buy },
  { weight: 14, arbitrary: cover },
  { weight: 8, arbitrary: pay },
  { weight: 7, arbitrary: exercise },
  { weight: 26, arbitrary: price },
  { weight: 10, arbitrary: settle },
  { weight: 6, arbitrary: look },
  { weight: 10, arbitrary: mine },
  { weight: 8, arbitrary: mineTo },
  { weight: 14, arbitrary: service },
  { weight: 4, arbitrary: reorganise },
  { weight: 7, arbitrary: withdraw },
  { weight: 4, arbitrary: collect },
  { weight: 3, arbitrary: accepting },
  { weight: 7, arbitrary: hour },
  { weight: 2, arbitrary: pause },
  { weight: 5, arbitrary: stray },
  { weight: 2, arbitrary: cancelCommitment },
  { weight: 3, arbitrary: cancelWithdrawal },
  { weight: 3, arbitrary: payWithdrawal },
  { weight: 6, arbitrary: move },
  { weight: 3, arbitrary: withdrawSuspense },
  { weight: 1, arbitrary: terms },
  { weight: 4, arbitrary: breaker },
  { weight: 1, arbitrary: restore },
  { weight: 1, arbitrary: theft },
  { weight: 2, arbitrary: correct },
  { weight: 1, arbitrary: guardian },
  { weight: 1, arbitrary: gift },
  { weight: 1, arbitrary: absorb },
  { weight: 2, arbitrary: caps },
  { weight: 14, arbitrary: trick },
  { weight: 1, arbitrary: stranger },
);

type Drawn<Arbitrary> = Arbitrary extends fc.Arbitrary<infer Value> ? Value : never;
export type MarketAct = Drawn<typeof anyAct>;
export type Of<Kind extends MarketAct["kind"]> = Extract<MarketAct, { kind: Kind }>;
