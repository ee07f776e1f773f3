/** One episode: acts one after the other, everything checked after each. */

import fc from "fast-check";
import { internal } from "../../../convex/_generated/api";
import type { Backend } from "../../convex/backend";
import { expectBooksToFold } from "../../convex/books";
import { Chain } from "../chain";

import { anyAct, type MarketAct, type Of } from "./acts";
import { checkAll } from "./check";
import * as happenings from "./happenings";
import { runJobs } from "./jobs";
import * as operators from "./operators";
import * as providers from "./providers";
import { CAP, MarketStage, UNDERLYINGS } from "./stage";

const GOOD = { kind: "price", fault: "none" } as const;

/** An hour passes, prices are looked at, and what runs by the clock runs. */
async function hour(stage: MarketStage) {
  await happenings.mine(stage, { blocks: 361 });
  for (const underlying of UNDERLYINGS) await happenings.price(stage, { ...GOOD, underlying, factor: 1_000_000 });
  await stage.backend.mutation(internal.earnings.job.accrue, {});
  await stage.backend.mutation(internal.health.monitor.watch, {});
  await runJobs(stage);
}

type Happening<Kind extends MarketAct["kind"]> = (stage: MarketStage, act: Of<Kind>) => Promise<void> | void;

const HAPPENINGS: { [Kind in MarketAct["kind"]]: Happening<Kind> } = {
  fund: happenings.fund,
  buy: happenings.buy,
  cover: happenings.cover,
  "pay premium": happenings.payPremium,
  exercise: happenings.exercise,
  price: happenings.price,
  settle: happenings.settle,
  look: happenings.look,
  mine: happenings.mine,
  "mine to an end": happenings.mineToEnd,
  service: happenings.service,
  reorganise: happenings.reorganise,
  withdraw: happenings.withdraw,
  collect: happenings.collect,
  accepting: happenings.accepting,
  hour,
  pause: happenings.pause,
  stray: providers.stray,
  "cancel commitment": providers.cancelCommitment,
  "cancel withdrawal": providers.cancelWithdrawal,
  "pay withdrawal": providers.payAgain,
  move: providers.move,
  "withdraw suspense": providers.withdrawSuspense,
  terms: operators.terms,
  breaker: operators.breaker,
  restore: operators.restore,
  theft: operators.theft,
  correct: operators.correct,
  "guardian revokes": operators.guardian,
  gift: operators.gift,
  absorb: operators.absorb,
  caps: operators.caps,
  trick: operators.trick,
  "stranger asks": operators.stranger,
};

const funded = (who: number, tier: "Balanced" | "Aggressive"): MarketAct => {
  return { kind: "fund", who, tier, underlying: "BTC", part: 250_000 };
};

/** Capital in some tiers, so little that a crash is felt, and a price of everything. */
const OPENING: MarketAct[] = [
  { kind: "look" },
  ...[0, 1].map((who) => funded(who, "Aggressive")),
  ...[0, 1, 2].map((who) => funded(who, "Balanced")),
  { kind: "settle" },
  { ...GOOD, underlying: "BTC", factor: 1_000_000 },
  { ...GOOD, underlying: "STX", factor: 1_000_000 },
];

/** The first acts of a seed. */
export function marketActsOf(seed: number, most: number): MarketAct[] {
  return fc.sample(fc.noBias(anyAct), { seed, numRuns: most });
}

/** What only the chain knows of: nothing was asked of the backend, so it is as it was when it was last checked. */
const UNSEEN: MarketAct["kind"][] = [
  ...(["pay premium", "pause", "stray", "pay withdrawal", "theft", "guardian revokes"] as const),
  ...(["gift", "absorb", "caps", "trick"] as const),
];

async function perform(stage: MarketStage, act: MarketAct) {
  await (HAPPENINGS[act.kind] as Happening<MarketAct["kind"]>)(stage, act);
  if (UNSEEN.includes(act.kind)) return;
  const isGood = act.kind === "price" && (act.fault === "none" || act.fault === "one of three");
  await checkAll(stage, { isPriced: isGood });
}

/** Ends what can be ended: all that is owed is sent, every policy expires at a price, and the vault has done all of it. */
async function finish(stage: MarketStage) {
  happenings.pause(stage, { kind: "pause", paused: false });
  operators.restoreCaps(stage);
  for (const capability of ["settle", "policies", "withdraw", "commit"] as const) {
    await operators.breaker(stage, { kind: "breaker", capability, trips: false });
  }
  for (let round = 0; round < 4; round += 1) {
    await happenings.service(stage, { kind: "service", most: 50 });
    await happenings.settle(stage);
    const last = Math.max(0, ...stage.sold.map(({ endsAt }) => endsAt));
    await happenings.mineTo(stage, last + 120);
    for (const underlying of UNDERLYINGS) await perform(stage, { ...GOOD, underlying, factor: 1_000_000 });
    await happenings.mine(stage, { blocks: 400 });
  }
  await checkAll(stage, { isPriced: false });
  const open = await stage.backend.run((ctx) => ctx.db.query("policies").take(5_000));
  const waits = open.filter(({ status }) => !["lapsed", "settled", "released"].includes(status));
  if (waits.length > 0)
    throw new Error(`Policies that never end: ${waits.map(({ policyId, status }) => `${policyId} ${status}`)}`);
}

export async function playMarket(open: () => Promise<Backend>, acts: MarketAct[]): Promise<MarketStage> {
  const stage = new MarketStage(await open(), await Chain.open({ withdrawals: CAP, settlements: CAP }));
  stage.setClock();
  try {
    for (const act of [...OPENING, ...acts]) await perform(stage, act);
    await finish(stage);
    await expectBooksToFold(stage.backend);
    return stage;
  } catch (error) {
    if (error instanceof Error) error.message += `\nWhat happened before:\n${stage.story.join("\n")}`;
    throw error;
  }
}
