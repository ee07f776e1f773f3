/**
 * Cycles that try to live on rounding: amounts of 0 to 10 base units go in, something is done with them, and all comes out again.
 * Each says who may not have more than it brought; a profit, even of one unit, is an error.
 */
import fc from "fast-check";
import { coverageOf, coverageWithin, initialLock, quantityWithin } from "../../../src/domain/coverage";
import { freeToLeave, holdArrival, NO_HOLD } from "../../../src/domain/holds";
import { payoutOf } from "../../../src/domain/payout";
import { WHOLE } from "../../../src/domain/policies";
import { formatRate, parseRate } from "../../../src/domain/rates";
import { splitByShare, splitGrowing } from "../../../src/domain/shares";
import { transferAtMark } from "../../../src/domain/transfer";
import { VaultState } from "../../simulation/vault";
import { Service } from "../trial/delivery/service";
import { anyRules } from "./acts";
import { ratio, times, up, whole } from "./fraction";
import { atMost, must, same } from "./must";
import { World } from "./world";

const dust = fc.integer({ min: 0, max: 10 }).map(BigInt);
const some = fc.integer({ min: 1, max: 10 }).map(BigInt);
const price = fc.integer({ min: 1, max: 400 }).map(BigInt);
const sumOf = (all: Iterable<bigint>) => [...all].reduce((sum, one) => sum + one, 0n);

const anyPolicy = fc.record({
  rules: anyRules,
  price,
  capital: fc.tuple(fc.integer({ min: 0, max: 40 }).map(BigInt), dust, dust),
  /** Of the price, millionths. */
  strike: fc.integer({ min: 600_000, max: 1_300_000 }),
  quantity: some,
  seconds: fc.integer({ min: 1, max: 100_000 }),
  steps: fc.array(fc.integer({ min: 1, max: 20_000 }), { maxLength: 4 }),
});

/** Whoever backs its own policy, at a price that does not move, and lets it earn and be topped up in steps. */
function playPolicy({ rules, price, capital, strike, quantity, seconds, steps }: Drawn<typeof anyPolicy>): boolean {
  const world = new World(rules, price);
  const ids = ["thief", "thief's other", "honest"];
  for (const [n, id] of ids.entries()) if (capital[n]) world.deposit(id, capital[n]);
  const strikeUsdMicros = (price * BigInt(strike)) / BigInt(WHOLE);
  const policy = world.sell("thief", { strikeUsdMicros, quantity, seconds });
  let paid = 0n;
  if (policy) {
    for (const step of steps) {
      world.time += step;
      world.earn(policy);
      world.topUp(policy);
    }
    paid = world.end(policy).paid;
    atMost("what a policy pays at the price of its sale, by its premium", paid, policy.premium);
  }
  for (const id of world.positions.keys()) world.collect(id);
  const out = ids.slice(0, 2).map((id) => (world.positions.has(id) ? world.withdraw(id, 10n ** 9n) : 0n));
  const brought = capital[0] + capital[1] + (policy?.premium ?? 0n);
  const { insuranceShare, feeShare } = rules;
  const isAlone = policy?.backings.every(({ positionId }) => positionId !== "honest") ?? true;
  // With others behind it a premium is theirs in part; what the house takes is at least its exact share, rounded up.
  if (isAlone && policy) {
    const house = up(times(whole(policy.premium), ratio(insuranceShare + feeShare, WHOLE)));
    atMost("what a thief who backs its own policy takes out", sumOf(out) + paid, brought - house);
  }
  atMost(
    "all that is owed, by what the vault holds",
    world.balance("insurance") + world.balance("fees"),
    -world.balance("vault"),
  );
  return policy !== null;
}

const anyDonation = fc.record({
  deposits: fc.array(some, { minLength: 1, maxLength: 4 }),
  victim: dust,
  gifts: fc.array(dust, { minLength: 1, maxLength: 4 }),
});

/** The first depositor gives, the vault absorbs, a victim comes: nobody's position knows of it. */
function playDonation({ deposits, victim, gifts }: Drawn<typeof anyDonation>): boolean {
  const cap = 10n ** 9n;
  const [vault, service] = [new VaultState("vault", { withdrawals: cap, settlements: cap }, 0), new Service()];
  const run = (tx: Parameters<VaultState["execute"]>[0]) => {
    const answer = vault.execute(tx, { height: 1, time: 1 });
    const event = answer.error === null ? answer.event : null;
    if (event) service.book({ txId: "", eventIndex: 0, blockHeight: 1, blockHash: "", blockTime: 1, event });
  };
  const token = "sBTC" as const;
  const into = (depositor: string, amount: bigint) => {
    if (amount === 0n) return;
    service.decide({ kind: "commit", commitment: { depositor, token, amount, positionId: depositor } });
    run({ kind: "deposit", sender: depositor, token, amount, reference: BigInt(service.commitments.length) });
  };
  for (const [n, amount] of deposits.entries()) {
    into("thief", amount);
    run({ kind: "gift", sender: "thief", token, amount: gifts[n] ?? 0n });
    if (n % 2 === 0) run({ kind: "absorb", sender: "thief", token });
  }
  into("victim", victim);
  run({ kind: "absorb", sender: "thief", token });
  same("what a victim has", service.books.pocket(token, "victim", "available"), victim);
  same("what a thief has", service.books.pocket(token, "thief", "available"), sumOf(deposits));
  return victim > 0n;
}

const anySplit = fc.record({
  growth: fc.array(dust, { minLength: 1, maxLength: 5 }),
  honest: fc.array(some, { minLength: 1, maxLength: 3 }),
  pieces: fc.array(some, { minLength: 1, maxLength: 5 }),
});

/** Who divides its share among many names, and takes what is earned in many steps. */
function playSplit({ growth, honest, pieces }: Drawn<typeof anySplit>): boolean {
  const others = honest.map((weight, n) => ({ id: `honest ${n}`, weight }));
  const names = pieces.map((weight, n) => ({ id: `a ${n}`, weight }));
  const total = sumOf(growth);
  const many = splitGrowing(total, [...others, ...names]);
  const one = splitGrowing(total, [...others, { id: "a", weight: sumOf(pieces) }]);
  const got = sumOf(names.map(({ id }) => many.get(id) ?? 0n));
  atMost("what many names earn, by what one does", got, one.get("a") ?? 0n);
  let grown = 0n;
  let before = new Map<string, bigint>();
  for (const step of growth) {
    grown += step;
    const now = splitGrowing(grown, [...others, ...names]);
    for (const [id, part] of now) must(`${id} gives back what it earned`, part >= (before.get(id) ?? 0n));
    before = now;
  }
  same("what all earn", sumOf(before.values()), total);
  same("what a loss comes to", sumOf(splitByShare(total, [...others, ...names]).values()), total);
  return total > 0n;
}

const anyTransfer = fc.record({
  rules: anyRules,
  strike: price,
  now: price,
  quantity: some,
  locked: some,
  free: dust,
  takers: fc.array(some, { minLength: 1, maxLength: 3 }),
  seconds: fc.nat(100_000),
});

/** A policy goes from hand to hand at mark: nothing comes of it, nobody takes over a loss, and the leaver pays what is lost. */
function playTransfer({ strike, now, quantity, free, ...drawn }: Drawn<typeof anyTransfer>): boolean {
  const strikeUsdMicros = strike + 2n;
  const coverage = coverageOf({ strikeUsdMicros, floorPriceUsdMicros: (strikeUsdMicros + 1n) / 2n, quantity });
  const lock = drawn.locked < coverage ? drawn.locked : coverage;
  const shares = drawn.takers.map((weight, n) => ({ id: `taker ${n}`, weight }));
  const parts = [quantity, coverage, lock].map((amount) => splitByShare(amount, shares));
  const takers = shares.map(({ id }) => {
    const [ofQuantity, ofCoverage, ofLock] = parts.map((part) => part.get(id) ?? 0n) as [bigint, bigint, bigint];
    return { id, put: { strikeUsdMicros, quantity: ofQuantity, coverage: ofCoverage }, lock: ofLock };
  });
  const market = { priceUsdMicros: now, volatility: drawn.rules.volatility, seconds: drawn.seconds };
  const { penalty: penaltyRate } = drawn.rules;
  const outcome = transferAtMark({ lock, available: free }, takers, { market, penaltyRate });
  if (!outcome.ok) return false;
  const { takers: paid, penalty, returned } = outcome.value;
  same("what a transfer moves", sumOf(paid.map((taker) => taker.paid)) + penalty + returned, lock);
  for (const [n, taker] of takers.entries()) {
    const { put } = taker;
    const owed = put.quantity === 0n || put.coverage === 0n ? 0n : payoutOf(put, now);
    atMost(`what ${taker.id} would pay at once`, owed, paid[n]?.paid ?? 0n);
  }
  const rest = lock - sumOf(paid.map((taker) => taker.paid));
  if (rest > 0n) same("the penalty", penalty, up(times(whole(rest), ratio(penaltyRate, WHOLE))));
  return true;
}

const anyLimit = fc.record({ rules: anyRules, strike: price, quantity: some, lock: dust, rate: fc.nat(WHOLE) });

/** Amounts that are told from another and back, and held a while: never more than there was. */
function playLimit({ rules, strike, quantity, lock, rate }: Drawn<typeof anyLimit>): boolean {
  const strikeUsdMicros = strike + 2n;
  const put = { strikeUsdMicros, floorPriceUsdMicros: (strikeUsdMicros + 1n) / 2n };
  const coverage = coverageOf({ ...put, quantity });
  atMost("what is protected, told back from its coverage", quantity, quantityWithin(coverage, put));
  const within = quantityWithin(lock, put);
  if (within > 0n) atMost("the coverage of what a coverage allows", coverageOf({ ...put, quantity: within }), lock);
  atMost("the lock of what a lock allows", initialLock(coverageWithin(lock, rules), rules), lock);
  same("a rate that is written and read", parseRate(`${formatRate(rate)}%`) ?? -1, rate);
  let hold = NO_HOLD;
  const since = Number(strike);
  for (let n = 0; n < 5; n += 1) hold = holdArrival(hold, quantity, { now: since + n, seconds: 50 });
  same(
    "what leaves before its time",
    freeToLeave({ available: 5n * quantity + lock, locked: 0n, hold }, since + 49),
    lock,
  );
  return within > 0n;
}

type Drawn<Arbitrary> = Arbitrary extends fc.Arbitrary<infer Value> ? Value : never;

/** Plays a cycle; tells whether it came to anything, as most of dust is refused. */
type Cycle = { name: string; story: unknown; play: () => boolean };

const cycle = <Story>(name: string, stories: fc.Arbitrary<Story>, play: (story: Story) => boolean) =>
  stories.map((story): Cycle => ({ name, story, play: () => play(story) }));

export const anyCycle: fc.Arbitrary<Cycle> = fc.oneof(
  { weight: 3, arbitrary: cycle("policy", anyPolicy, playPolicy) },
  { weight: 1, arbitrary: cycle("donation", anyDonation, playDonation) },
  { weight: 2, arbitrary: cycle("split", anySplit, playSplit) },
  { weight: 2, arbitrary: cycle("transfer", anyTransfer, playTransfer) },
  { weight: 1, arbitrary: cycle("limit", anyLimit, playLimit) },
);
