/**
 * Whoever tries to live on rounding: dust, repetition, splitting, and the same thing in many steps. Nobody may end with more
 * than the same without the trick.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { coverageOf, initialLock } from "../../../src/domain/coverage";
import { payoutOf } from "../../../src/domain/payout";
import { fairValue, premiumOf } from "../../../src/domain/premium";
import { runsOf, tally, trialSeed } from "../../trials/trial";
import { type Act, anyHistory, anyRules, collect, earn, type History } from "./acts";
import { anyCycle } from "./cycles";
import { atMost, same } from "./must";
import { Game } from "./play";

const HISTORIES = Number(process.env.MARKET_HISTORIES ?? 600);
const TIMEOUT_MS = 300_000;

const sumOf = (all: bigint[]) => all.reduce((sum, one) => sum + one, 0n);

/** What everybody has once all policies have ended and all yield is collected; null if insurance was ever needed. */
function outcomeOf({ acts, ...market }: History): string | null {
  const game = new Game(market);
  for (const act of acts) game.perform(act);
  game.endAll();
  for (const id of game.world.positions.keys()) game.world.collect(id);
  const left = [...game.world.balances].filter(([, balance]) => balance !== 0n);
  return game.shortages > 0 ? null : left.sort().join();
}

/** Puts tricks between the acts of a history. */
const withTricks = (acts: Act[], tricks: Act[]) =>
  acts.flatMap((act, n) => [act, ...tricks.filter((_, at) => at % acts.length === n)]);

/** What insurance has by the time it is needed depends on what was earned until then, so such histories are not compared. */
function requireSame(busy: History, calm: History) {
  const [told, expected] = [outcomeOf(busy), outcomeOf(calm)];
  fc.pre(told !== null && expected !== null);
  same("the end of the busy history", told as string, expected as string);
}

const many = <One>(one: fc.Arbitrary<One>) => fc.array(one, { minLength: 10, maxLength: 100, size: "max" });

test(
  "earning in however many steps changes nobody's money by a unit",
  () => {
    const property = fc.property(anyHistory, many(earn), ({ acts, ...market }, tricks) => {
      const calm = acts.filter(({ kind }) => kind !== "collect" && kind !== "earn");
      requireSame({ ...market, acts: withTricks(calm, tricks) }, { ...market, acts: calm });
    });
    fc.assert(property, { numRuns: HISTORIES });
  },
  TIMEOUT_MS,
);

test(
  "collecting each unit as it comes brings what collecting once brings",
  () => {
    const property = fc.property(anyHistory, many(collect), ({ acts, ...market }, tricks) => {
      // What is collected may back policies, so it is collected once all of them are sold.
      const sales: Act[] = acts.filter(({ kind }) => kind === "sell" || kind === "deposit");
      const rest = acts.filter(({ kind }) => kind === "tick" || kind === "earn");
      const calm = { ...market, acts: [...sales, ...rest] };
      requireSame({ ...market, acts: [...sales, ...withTricks(rest, tricks)] }, calm);
    });
    fc.assert(property, { numRuns: HISTORIES });
  },
  TIMEOUT_MS,
);

const dust = fc.array(fc.bigInt(1n, 10n), { minLength: 2, maxLength: 12 });
const priceOf = fc.bigInt(1n, 400n);

test(
  "a policy in pieces costs its buyer at least as much, asks for at least as much behind it, and pays no more",
  () => {
    fc.assert(
      fc.property(
        anyRules,
        priceOf,
        priceOf,
        priceOf,
        dust,
        fc.nat(90 * 86_400),
        (rules, strike, now, later, ...rest) => {
          const [pieces, seconds] = rest;
          const strikeUsdMicros = strike + 2n;
          const floorPriceUsdMicros = (strikeUsdMicros + 1n) / 2n;
          const { volatility } = rules;
          const of = (quantity: bigint) => {
            const coverage = coverageOf({ strikeUsdMicros, floorPriceUsdMicros, quantity });
            const put = { strikeUsdMicros, quantity, coverage };
            const premium = premiumOf(fairValue(put, { priceUsdMicros: now, volatility, seconds }), rules);
            return { premium, lock: initialLock(coverage, rules), paid: payoutOf(put, later), coverage, put };
          };
          const whole = of(sumOf(pieces));
          const parts = pieces.map(of);
          const total = (field: "premium" | "lock" | "paid" | "coverage") => sumOf(parts.map((part) => part[field]));
          atMost("the premium of the whole, by those of its pieces", whole.premium, total("premium"));
          atMost("the lock of the whole", whole.lock, total("lock"));
          atMost("the coverage of the whole", whole.coverage, total("coverage"));
          const uncapped = payoutOf({ ...whole.put, coverage: 10n ** 9n }, later);
          atMost("what the pieces pay, by the payoff of the whole", total("paid"), uncapped);
          atMost(
            "what a piece pays at once, by its premium",
            sumOf(parts.map(({ put }) => payoutOf(put, now))),
            total("premium"),
          );
        },
      ),
      { numRuns: 10 * HISTORIES },
    );
  },
  TIMEOUT_MS,
);

/** Below that a run may happen to meet not everything. */
const MANY = 5_000;
/** Kept small: fast-check remembers the runs of a call. */
const PORTION = 5_000;

test("nobody profits in any number of cycles of 0 to 10 base units, whatever they go through", () => {
  const owed = runsOf("rounding");
  const met: Record<string, number> = {};
  let done = 0;
  const property = fc.property(fc.noBias(anyCycle), ({ name, play }) => {
    const came = play() ? `${name}, carried out` : `${name}, came to nothing`;
    met[came] = (met[came] ?? 0) + 1;
    done += 1;
  });
  for (let portion = 0; done < owed; portion += 1) {
    const numRuns = Math.min(PORTION, owed - done);
    fc.assert(property, { seed: (trialSeed() + 104_729 * portion) | 0, numRuns });
  }
  if (owed >= MANY) expect(Object.keys(met).length, JSON.stringify(met)).toBe(10);
  tally("rounding", { done, also: met });
}, 1_200_000);
