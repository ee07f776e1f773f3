/** What may happen in an episode, as data that fast-check can draw, shrink and print. Numbers choose among what there is. */
import fc from "fast-check";
import { TIERS } from "../../src/domain/tiers";
import { TOKENS } from "../../src/domain/tokens";
import { TRICKS } from "./strangers";

const EDGES = ["nothing", "minimum", "free", "total", "largest", "room", "suspense", "some"] as const;

function oneOf<const Values extends readonly string[]>(...values: Values): fc.Arbitrary<Values[number]> {
  return fc.constantFrom(...values);
}

const who = fc.nat(2);
/** Mostly one of them, so that acts meet. */
const token = fc.constantFrom(TOKENS[0], TOKENS[0], TOKENS[0], TOKENS[1]);
const tier = oneOf(...TIERS);
const place = oneOf(...TIERS, "suspense");
const key = fc.constantFrom(undefined, undefined, undefined, "a", "b");
/** An amount at an edge, or one beside it. */
const amount = fc.record({
  edge: oneOf(...EDGES, "some", "some", "some", "some", "free", "largest", "largest", "room"),
  beside: fc.constantFrom(0, 0, 0, 0, -1, 1),
  some: fc.integer({ min: 1, max: 160 }),
});
const pick = fc.nat(30);
/** Which of the places that have something in them; null: the one that the act names, whatever is there. */
const at = fc.option(fc.nat(30), { freq: 4 });
const sum = fc.integer({ min: 1, max: 120 });
const capability = oneOf("commit", "withdraw");

function act<Kind extends string, Fields>(kind: Kind, fields: { [Name in keyof Fields]: fc.Arbitrary<Fields[Name]> }) {
  return fc.record({ kind: fc.constant(kind), ...fields }) as fc.Arbitrary<{ kind: Kind } & Fields>;
}

const commit = act("commit", { who, depositor: fc.constantFrom(0, 0, 0, 1, 2), token, tier, amount, key });
/** A commitment with its deposit, at once. */
const fund = act("fund", {
  who,
  depositor: fc.constant(0),
  token,
  tier,
  amount: fc.record({
    edge: oneOf("some", "some", "some", "minimum", "room"),
    beside: fc.constant(0),
    some: fc.integer({ min: 25, max: 160 }),
  }),
  key: fc.constant(undefined),
});
const deposit = act("deposit", {
  pick,
  size: oneOf("exact", "exact", "exact", "one less", "one more", "half", "double"),
  from: oneOf("named", "named", "named", "named", "another"),
  inToken: oneOf("agreed", "agreed", "agreed", "agreed", "agreed", "other"),
});
const stray = act("stray", { who, token, sum });
const mine = act("mine", { blocks: fc.constantFrom(1, 1, 2, 3, 5, 30, 361, 361, 1_000, 8_641, 12) });
/** Until the final block stands at a deadline, or one block beside it. */
const mineTo = act("mine to a deadline", { pick, beside: fc.constantFrom(-1, -1, 0, 1) });
/** Until what came last is final, or one block short of it. */
const ripen = act("ripen", { short: fc.constantFrom(0, 1, 1) });
const look = act("look", { events: oneOf("all", "all", "all", "one", "two") });
const again = act("look again", {});
const superseded = act("superseded look", {});
const settle = act("settle", {});
const reorganise = act("reorganise", {
  depth: fc.integer({ min: 1, max: 4 }),
  more: fc.nat(2),
  kept: oneOf("all", "all", "none", "even"),
});
const withdraw = act("withdraw", { at, who, token, place, amount, key });
const quote = act("quote", { at, who, token, place });
const pay = act("pay", { pick });
const theft = act("theft", { who, token, sum, pick, unknown: fc.boolean() });
const guardian = act("guardian revokes", { pick, unknown: fc.constantFrom(false, false, false, true) });
const service = act("service revokes", {});
const cancelWithdrawal = act("cancel withdrawal", { pick, by: fc.constantFrom(0, 0, 0, 1) });
const cancelCommitment = act("cancel commitment", { pick, by: fc.constantFrom(0, 0, 0, 1) });
const move = act("move", { at, who, token, place, to: tier, amount, key });
const accepting = act("accepting", { at, who, token, place, accepting: fc.boolean() });
const pause = act("pause", { paused: fc.constantFrom(true, false, false) });
const gift = act("gift", { token, sum });
const absorb = act("absorb", { token });
const terms = act("terms", {
  token,
  tier,
  capacity: fc.constantFrom(null, 0, 100, 250, 400),
  minimum: fc.constantFrom(1, 10, 25),
  hold: fc.constantFrom(0, 0, 7_200, 50_000),
});
const trip = act("trip", { capability });
const reset = act("reset", { capability });
const restore = act("restore", {});
const trick = act("trick", { trick: fc.constantFrom(...TRICKS), who, pick });
const caps = act("caps", {
  how: oneOf("lower", "lower", "raise", "raise", "apply", "cancel"),
  /** Hundredths of what the episode began with. */
  part: fc.constantFrom(0, 40, 70, 100, 100, 150),
});
const stranger = act("stranger asks", { token, tier });

/** Weighted so that an episode has capital in all places, and what is rare still happens in most. */
export const anyAct = fc.oneof(
  { weight: 80, arbitrary: commit },
  { weight: 120, arbitrary: fund },
  { weight: 100, arbitrary: deposit },
  { weight: 40, arbitrary: stray },
  { weight: 100, arbitrary: mine },
  { weight: 60, arbitrary: mineTo },
  { weight: 60, arbitrary: ripen },
  { weight: 100, arbitrary: look },
  { weight: 20, arbitrary: again },
  { weight: 10, arbitrary: superseded },
  { weight: 180, arbitrary: settle },
  { weight: 50, arbitrary: reorganise },
  { weight: 160, arbitrary: withdraw },
  { weight: 80, arbitrary: quote },
  { weight: 120, arbitrary: pay },
  { weight: 15, arbitrary: theft },
  { weight: 20, arbitrary: guardian },
  { weight: 30, arbitrary: service },
  { weight: 50, arbitrary: cancelWithdrawal },
  { weight: 30, arbitrary: cancelCommitment },
  { weight: 120, arbitrary: move },
  { weight: 20, arbitrary: accepting },
  { weight: 25, arbitrary: pause },
  { weight: 15, arbitrary: gift },
  { weight: 15, arbitrary: absorb },
  { weight: 30, arbitrary: terms },
  { weight: 6, arbitrary: trip },
  { weight: 60, arbitrary: reset },
  { weight: 10, arbitrary: restore },
  { weight: 10, arbitrary: stranger },
  { weight: 120, arbitrary: trick },
  { weight: 16, arbitrary: caps },
);

/** Requests alone, to be asked at the same time. */
export const anyRequest = fc.oneof(
  { weight: 8, arbitrary: commit },
  { weight: 12, arbitrary: withdraw },
  { weight: 10, arbitrary: move },
  { weight: 2, arbitrary: accepting },
  { weight: 3, arbitrary: cancelWithdrawal },
  { weight: 3, arbitrary: cancelCommitment },
);

type Drawn<Arbitrary> = Arbitrary extends fc.Arbitrary<infer Value> ? Value : never;
export type Act = Drawn<typeof anyAct>;
export type Amount = Drawn<typeof amount>;
