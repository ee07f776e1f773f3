/** Day 4, 12 March 2020: the price of bitcoin falls by more than a third. */
import { api } from "../../../convex/_generated/api";
import type { HealthStatus } from "../../domain/health";
import type { Tier } from "../../domain/tiers";
import type { Sold } from "./calm";
import { dayBegins, HOUR } from "./clock";
import type { Person } from "./people";
import { say, show, until } from "./say";
import type { Story } from "./week";

const SBTC = 100_000_000n;
/** At the bottom, with the buffer of a margin call: (8,300 / 4,970.79 - 1) x 1.15 x 3.5 sBTC. */
const HANA_NEEDS = 269_576_270n;
/** The fall in so many steps, an hour each. */
const STEPS = 5;

async function becomes(person: Person, tier: Tier, status: HealthStatus) {
  return until(
    `${person.name}'s sBTC in ${tier} is ${status}`,
    () => person.position("sBTC", tier),
    (position) => position?.healthStatus === status,
  );
}

export async function crash(story: Story, sold: Sold): Promise<void> {
  const { cast, market } = story;
  const lockBefore = (await sold.exercised.policy()).locked;
  await market.beginDay(4, { part: 1, parts: STEPS });
  await cast.Finn.acceptPolicies("sBTC", "Aggressive");
  say("Finn sees it coming and lets policies be put behind his sBTC again.");
  for (let part = 2; part <= STEPS; part += 1) {
    await market.stepTo(dayBegins(4) + (part - 1) * HOUR, 4, { part, parts: STEPS });
  }
  await standUnderWater(story, sold, lockBefore);
  await exerciseAtTheBottom(story, sold);
  await cureOrFall(story, sold);
}

async function standUnderWater({ cast }: Story, { exercised, transferred }: Sold, lockBefore: bigint) {
  const { Cleo, Dan, Eve, Gus } = cast;
  const cleo = await becomes(Cleo, "Balanced", "Warning");
  const [dan, eve] = [await becomes(Dan, "Aggressive", "MarginCall"), await becomes(Eve, "Aggressive", "MarginCall")];
  const ratio = ((cleo?.collateralizationRatio ?? 0) / 10_000).toFixed(1);
  say(`  Cleo gets a warning: she has ${ratio}% of what a margin call would ask for.`);
  say(
    `  Dan and Eve get margin calls; ${show((dan?.locked ?? 0n) + (eve?.locked ?? 0n), "sBTC")} of theirs are locked.`,
  );
  const { locked } = await until(
    "the lock behind Hana's policy is raised on-chain",
    () => exercised.policy(),
    (policy) => policy.locked >= HANA_NEEDS && policy.locked === policy.lockTarget,
  );
  say(
    `  Free capital tops up what is locked: behind Hana's policy ${show(lockBefore, "sBTC")} became ${show(locked, "sBTC")}.`,
  );
  const { locked: behindIvan } = await until(
    "the lock behind Ivan's policy is raised on-chain",
    () => transferred.policy(),
    (policy) => policy.locked >= 4n * SBTC,
  );
  say(`  Behind Ivan's all that Dan and Eve have: ${show(behindIvan, "sBTC")}.`);
  const { code } = await Eve.refusedAs(
    "WITHDRAWAL_ABOVE_MAXIMUM",
    Eve.requestWithdrawal("sBTC", SBTC / 10n, "Aggressive"),
  );
  say(`  Eve wants to withdraw 0.1 sBTC. Refused: ${code}.`);
  const refusal = await Gus.refusedAs("MARKET_MOVING", Gus.convex.query(api.policies.quotePolicy, transferred.wish));
  say(`  Gus wants more cover. Refused: ${refusal.code}. ${refusal.message}`);
}

async function exerciseAtTheBottom({ clock, market }: Story, { exercised }: Sold) {
  await exercised.exercise();
  await market.moveTo((await clock.elapsed()) + 60);
  const { price, paid } = await exercised.settlesAt();
  say(`  Hana exercises at ${price}: ${paid} are paid to her on-chain.`);
}

async function cureOrFall({ cast, clock, market }: Story, { transferred }: Sold) {
  const { Dan, Eve, Finn } = cast;
  await Dan.deposit("sBTC", (6n * SBTC) / 10n, "Aggressive");
  await becomes(Dan, "Aggressive", "Healthy");
  say("  Dan is well again. Eve does nothing.");
  const { locked } = await until(
    "what Dan has put in raised the lock behind Ivan's policy",
    () => transferred.policy(),
    (policy) => policy.locked > 4n * SBTC && policy.locked === policy.lockTarget,
  );
  await market.moveTo((await clock.elapsed()) + HOUR + 60);
  const eve = await until(
    "others have taken over what Eve stood behind",
    () => Eve.position("sBTC", "Aggressive"),
    (position) => position?.locked === 0n,
  );
  await until(
    "what Finn has free raised the lock behind Ivan's policy as well",
    () => transferred.policy(),
    (policy) => policy.locked > locked && policy.locked === policy.lockTarget,
  );
  const finn = await Finn.position("sBTC", "Aggressive");
  say(
    "  After an hour Finn takes over what Eve stood behind, at its mark; nothing moves on-chain for that, and Ivan's",
  );
  say(
    `    cover stays as it is. Then Finn adds to the lock: ${show(finn?.locked ?? 0n, "sBTC")} of his are locked now. Eve is left with`,
  );
  say(`    ${show(eve?.total ?? 0n, "sBTC")}.`);
}
