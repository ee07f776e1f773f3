/** What may happen between a vault and those who keep its books, as data that fast-check draws, shrinks and prints. */
import fc from "fast-check";
import { DISTURBANCES } from "./looks";

const who = fc.nat(2);
const sbtc = fc.boolean();
const pick = fc.nat(15);
const amount = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 2_000 }));
/** What a policy covers: of what there is, some. */
const covered = fc.integer({ min: 1, max: 400 });
const bits = fc.nat(2 ** 31 - 1);
/** A position for capital that is free at once, one that holds it for a while, or what is in suspense. */
const place = fc.constantFrom("free", "held", "suspense" as const);
const position = fc.constantFrom("free", "held" as const);

/** As deep as finality allows, where it would be deeper. */
const fork = { depth: fc.integer({ min: 1, max: 12 }), keep: bits, wait: bits, more: fc.nat(2) };
export const anyFork = fc.record(fork);

function act<Kind extends string, Fields>(kind: Kind, fields: { [Name in keyof Fields]: fc.Arbitrary<Fields[Name]> }) {
  return fc.record({ kind: fc.constant(kind), ...fields }, { noNullPrototype: true }) as fc.Arbitrary<
    { kind: Kind } & Fields
  >;
}

const onChain = [
  { weight: 5, arbitrary: act("deposit", { who, sbtc, pick, amount }) },
  { weight: 4, arbitrary: act("pay", { pick }) },
  { weight: 1, arbitrary: act("revoke", { pick }) },
  { weight: 1, arbitrary: act("steal", { who, sbtc, amount: covered }) },
  { weight: 1, arbitrary: act("gift", { sbtc, amount }) },
  { weight: 1, arbitrary: act("absorb", { sbtc }) },
  { weight: 4, arbitrary: act("buy", { pick }) },
  { weight: 3, arbitrary: act("send again", { pick }) },
];
const ofTheService = [
  { weight: 3, arbitrary: act("commit", { who, sbtc, position, amount }) },
  { weight: 4, arbitrary: act("withdraw", { who, sbtc, place, amount: covered }) },
  { weight: 1, arbitrary: act("move", { who, sbtc, position, amount }) },
  { weight: 1, arbitrary: act("assign", { who, sbtc, position, amount }) },
  { weight: 4, arbitrary: act("quote", { who, sbtc, amount: covered, tenures: fc.integer({ min: 1, max: 20 }) }) },
  { weight: 2, arbitrary: act("raise", { pick, amount }) },
  { weight: 3, arbitrary: act("payout", { pick, price: fc.integer({ min: 40, max: 120 }) }) },
  { weight: 2, arbitrary: act("earn", { pick }) },
];
const ofTheChain = [
  { weight: 8, arbitrary: act("mine", { tenures: fc.constantFrom(0, 1, 1, 1, 2, 5) }) },
  { weight: 1, arbitrary: act("skip", { tenures: fc.integer({ min: 1, max: 20 }) }) },
  { weight: 2, arbitrary: act("fork", fork) },
  { weight: 1, arbitrary: act("lose", { pick }) },
  { weight: 1, arbitrary: act("overtake", { pick }) },
];
const ofDelivery = [
  {
    weight: 10,
    arbitrary: act("look", {
      disturbance: fc.constantFrom("none" as const, "none" as const, ...DISTURBANCES),
      at: fc.nat(5),
    }),
  },
  /** The look's answer comes later; what it says is of then. */
  { weight: 2, arbitrary: act("late look", { at: fc.nat(5) }) },
  { weight: 3, arbitrary: act("arrive", {}) },
];

/** Somebody has something before anything happens. */
export const BEGINNING: Act[] = [0, 1, 2].flatMap((who) =>
  [true, false].flatMap((sbtc): Act[] => [
    { kind: "commit", who, sbtc, position: "free", amount: 1_000 + 300 * who },
    { kind: "deposit", who, sbtc, pick: 2 * who + (sbtc ? 1 : 2), amount: 1 },
  ]),
);

export const anyAct = fc.oneof(...onChain, ...ofTheService, ...ofTheChain, ...ofDelivery);

type Drawn<Arbitrary> = Arbitrary extends fc.Arbitrary<infer Value> ? Value : never;
export type Act = Drawn<typeof anyAct>;
export type Of<Kind extends Act["kind"]> = Extract<Act, { kind: Kind }>;
