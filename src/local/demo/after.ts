/** Days 5 to 7: policies end, in the money and out of it, and people take out what is theirs. */
import type { Bought } from "./bought";
import { expiryOn, type Sold } from "./calm";
import { say } from "./say";
import type { Story } from "./week";

export async function comeToAnEnd(story: Story, sold: Sold): Promise<void> {
  await fifthDay(story, sold);
  await sixthDay(story, sold);
  await seventhDay(story, sold);
}

/** Lets the expiries of a day pass, with a price in their minute and one behind it. */
async function passExpiry({ market }: Story, day: number) {
  await market.moveTo(expiryOn(day) + 5);
  await market.moveTo(expiryOn(day) + 75);
}

/** Nobody does anything for it: the payout is fixed by the expiry's minute, and paid on-chain. */
async function settlesByItself(bought: Bought) {
  const { price, paid } = await bought.settlesAt();
  say(`  ${bought.buyer.name}'s policy ends at ${price}, in the money: ${paid} are paid.`);
}

async function fifthDay(story: Story, { releases }: Sold) {
  const { cast, market } = story;
  await market.beginDay(5);
  await cast.Eve.withdrawMost("sBTC", "Aggressive");
  await passExpiry(story, 5);
  const { locked } = await releases.reaches("released");
  if (locked !== 0n) throw new Error(`The released policy of Gus still has ${locked} locked.`);
  say("  Gus's policy on STX ends out of the money: nothing is paid, and Ben's capital is free again.");
}

async function sixthDay(story: Story, { settles, settlesStx }: Sold) {
  await story.market.beginDay(6);
  await passExpiry(story, 6);
  await Promise.all([settlesByItself(settles), settlesByItself(settlesStx)]);
}

async function seventhDay(story: Story, { transferred, stays }: Sold) {
  const { market } = story;
  await market.beginDay(7);
  await passExpiry(story, 7);
  await settlesByItself(transferred);
  await stays.reaches("active");
  say("  Ivan's policy on STX goes on: what is not earned of its premium is nobody's yet.");
  await takeOut(story);
}

async function takeOut({ cast }: Story) {
  const { Ada, Dan, Finn, Gus } = cast;
  for (const [person, tier] of [
    [Ada, "Conservative"],
    [Dan, "Aggressive"],
    [Finn, "Aggressive"],
  ] as const) {
    await person.collect("sBTC", tier);
    const paid = await person.withdrawMost("sBTC", tier);
    if (person !== Ada) continue;
    say(`  Gus sends what was signed for Ada as his own. The contract refuses: ${await Gus.steal(paid)}.`);
  }
}
