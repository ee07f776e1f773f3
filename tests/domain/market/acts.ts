/** What may happen to a market on paper, as data that fast-check draws, shrinks and prints. Numbers choose among what there is. */
import fc from "fast-check";
import { type PolicyRules, WHOLE } from "../../../src/domain/policies";
import { DEFAULT_RULES } from "../../../src/domain/tiers";

/** Small numbers, so that every rounding shows. */
const position = fc.nat(3);
const pick = fc.nat(8);
const amount = fc.oneof(fc.bigInt(0n, 10n), fc.bigInt(1n, 4_000n));
const price = fc.oneof(fc.bigInt(60n, 140n), fc.bigInt(60n, 140n), fc.bigInt(1n, 400n));

function act<Kind extends string, Fields>(kind: Kind, fields: { [Name in keyof Fields]: fc.Arbitrary<Fields[Name]> }) {
  return fc.record({ kind: fc.constant(kind), ...fields }) as fc.Arbitrary<{ kind: Kind } & Fields>;
}

export const deposit = act("deposit", { position, amount });
export const earn = act("earn", { pick });
export const collect = act("collect", { position });
/** There and back at once. */
export const roundTrip = act("round trip", { position, amount: fc.bigInt(0n, 10n) });
const withdraw = act("withdraw", { position, amount });
const sell = act("sell", {
  buyer: fc.nat(1),
  /** Of the price, millionths. */
  strike: fc.integer({ min: 600_000, max: 1_100_000 }),
  quantity: fc.oneof(fc.bigInt(1n, 10n), fc.bigInt(1n, 1_000n)),
  seconds: fc.integer({ min: 1, max: 100_000 }),
});
const tick = act("tick", { seconds: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60_000 })) });
const move = act("price", { price });
const topUp = act("top up", { pick });
const end = act("exercise", { pick });
const accepting = act("accepting", { position, accepting: fc.boolean() });

export const anyAct = fc.oneof(
  { weight: 8, arbitrary: deposit },
  { weight: 4, arbitrary: withdraw },
  { weight: 8, arbitrary: sell },
  { weight: 6, arbitrary: tick },
  { weight: 6, arbitrary: move },
  { weight: 4, arbitrary: topUp },
  { weight: 3, arbitrary: end },
  { weight: 4, arbitrary: earn },
  { weight: 2, arbitrary: collect },
  { weight: 1, arbitrary: roundTrip },
  { weight: 1, arbitrary: accepting },
);

type Drawn<Arbitrary> = Arbitrary extends fc.Arbitrary<infer Value> ? Value : never;
export type Act = Drawn<typeof anyAct>;
export type Of<Kind extends Act["kind"]> = Extract<Act, { kind: Kind }>;

/** Rules of any tier, or stranger ones. */
export const anyRules: fc.Arbitrary<PolicyRules> = fc
  .record({
    minimumBacking: fc.bigInt(1n, 12n),
    maxUtilization: fc.constantFrom(500_000, 900_000, WHOLE),
    initialMargin: fc.constantFrom(1, 250_000, 333_333, 500_000, WHOLE),
    floor: fc.constantFrom(100_000, 500_000, 700_001),
    loading: fc.constantFrom(0, 1, 150_000),
    insuranceShare: fc.constantFrom(0, 1, 100_000, 333_333),
    feeShare: fc.constantFrom(0, 50_000, 333_333),
    warningBuffer: fc.constantFrom(0, 300_000),
    volatility: fc.constantFrom(1, 600_000, 2_000_000),
  })
  .map((drawn) => ({ ...DEFAULT_RULES.Balanced.sBTC, ...drawn }));

const capital = fc.bigInt(100n, 4_000n);

/** A history: rules, the first price, and what happens once two positions have something. */
export const anyHistory = fc
  .record({
    rules: anyRules,
    price,
    capital: fc.tuple(capital, capital),
    acts: fc.array(anyAct, { minLength: 1, maxLength: 40, size: "max" }),
  })
  .map(({ capital: [first, second], acts, ...market }) => {
    const funded = [first, second].map((amount, position) => ({ kind: "deposit", position, amount }) as const);
    return { ...market, acts: [...funded, ...acts] as Act[] };
  });
export type History = Drawn<typeof anyHistory>;
