/** Days 1 to 3: capital comes in, policies are sold on it in three tiers and both tokens, and calm days earn. */
import { internal } from "../../../convex/_generated/api";
import type { Underlying } from "../../domain/policies";
import type { Tier } from "../../domain/tiers";
import { Bought, type Wish } from "./bought";
import { dayBegins, HOUR } from "./clock";
import type { Person } from "./people";
import { say, until } from "./say";
import type { Story } from "./week";

const SBTC = 100_000_000n;
const STX = 1_000_000n;
const USD = 1_000_000n;

/** The policies of the week, by what becomes of them. */
export interface Sold {
  /** In the money at its expiry. */
  settles: Bought;
  /** Exercised at the bottom. */
  exercised: Bought;
  /** One of those behind it falls, others take over. */
  transferred: Bought;
  /** Out of the money at its expiry. */
  releases: Bought;
  /** In the money at its expiry, in STX. */
  settlesStx: Bought;
  /** Goes on when the week is over. */
  stays: Bought;
}

/** Policies end an hour after the day's price. */
export const expiryOn = (day: number) => dayBegins(day) + HOUR;

export async function sellPolicies(story: Story): Promise<Sold> {
  await firstDay(story);
  const sold = await secondDay(story);
  await thirdDay(story);
  return sold;
}

async function firstDay({ cast, market }: Story) {
  const { Ada, Ben, Cleo, Dan, Eve, Finn } = cast;
  await market.beginDay(1);
  say("Six providers pool their capital:");
  await Promise.all([
    Ada.deposit("sBTC", 3n * SBTC, "Conservative"),
    Ben.deposit("STX", 60_000n * STX, "Conservative"),
    Cleo.deposit("sBTC", 3n * SBTC, "Balanced"),
    Dan.deposit("sBTC", 2n * SBTC, "Aggressive"),
    Eve.deposit("sBTC", 2n * SBTC, "Aggressive"),
    Finn.deposit("sBTC", (9n * SBTC) / 2n, "Aggressive"),
  ]);
  await Promise.all([
    Finn.deposit("STX", 40_000n * STX, "Balanced"),
    Cleo.deposit("STX", 20_000n * STX, "Aggressive"),
    Finn.declinePolicies("sBTC", "Aggressive"),
  ]);
  say("Finn wants no new policies behind his sBTC for now: he waits for better times.");
}

async function secondDay({ cast, clock, market }: Story): Promise<Sold> {
  const { Gus, Hana, Ivan } = cast;
  await market.beginDay(2);
  say("Three buyers protect what they have:");
  const buy = (buyer: Person, underlying: Underlying, tier: Tier, put: [bigint, bigint, number]) => {
    const [quantity, strikeUsdMicros, day] = put;
    const expiresAt = (clock.start + expiryOn(day)) * 1_000;
    const wish: Wish = { underlying, tier, strikeUsdMicros, quantity, expiresAt };
    return Bought.by(buyer, wish);
  };
  const [settles, exercised, transferred] = await Promise.all([
    buy(Gus, "BTC", "Conservative", [SBTC, 7_900n * USD, 6]),
    buy(Hana, "BTC", "Balanced", [(7n * SBTC) / 2n, 8_300n * USD, 14]),
    buy(Ivan, "BTC", "Aggressive", [(46n * SBTC) / 10n, 8_700n * USD, 7]),
  ]);
  const [releases, settlesStx, stays] = await Promise.all([
    buy(Gus, "STX", "Conservative", [20_000n * STX, (120n * USD) / 100n, 5]),
    buy(Hana, "STX", "Balanced", [20_000n * STX, (160n * USD) / 100n, 6]),
    buy(Ivan, "STX", "Aggressive", [10_000n * STX, (165n * USD) / 100n, 16]),
  ]);
  return { settles, exercised, transferred, releases, settlesStx, stays };
}

async function thirdDay({ cast, market, operator }: Story) {
  await market.beginDay(3);
  say("A calm day: time earns the premiums.");
  await market.moveTo(dayBegins(3) + 2 * HOUR);
  await until(
    "a day's premiums are in the books",
    async () => {
      // By itself that comes once a minute of the clock on the wall, of which this week has few.
      await operator.mutation(internal.earnings.job.accrue, {});
      return cast.Ada.position("sBTC", "Conservative");
    },
    (position) => (position?.accruedYield ?? 0n) > 0n,
  );
  await cast.Ada.collect("sBTC", "Conservative");
}
