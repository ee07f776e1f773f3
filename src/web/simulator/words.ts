/** The crash simulator in words: what it assumes, and what happens at which price. */
import { NEVER } from "../../domain/health";
import { readableDuration, readablePercent, readableUsd } from "../amounts/words";
import { fallenBy, fallTo, type Worked } from "./crash";

/** 12 March 2020: bitcoin, from one day's close to the next, millionths. */
export const MARCH_2020 = 370_000;

export const STATUS_WORDS = {
  Healthy: "Healthy",
  Warning: "Warning",
  MarginCall: "Margin call",
  Liquidating: "Liquidating",
} as const;

export interface Moment {
  name: string;
  meaning: string;
  priceUsdMicros: bigint;
  /** From the price now, millionths. */
  fall: number;
}

/** What comes at which price on the way down, the highest first. */
export function momentsOf({ assumed, policy }: Worked): Moment[] {
  const { priceUsdMicros: now } = assumed;
  const crash = {
    name: "12 March 2020",
    meaning: "So far bitcoin fell in one day.",
    priceUsdMicros: fallenBy(now, MARCH_2020),
  };
  const { triggers, breakEvenUsdMicros, floorPriceUsdMicros } = policy ?? {};
  const known = [
    crash,
    { name: "Break-even", meaning: "Below this an exercise costs more than you earned.", price: breakEvenUsdMicros },
    { name: "Warning", meaning: "You are told. Nothing is stopped.", price: triggers?.warning },
    {
      name: "Margin call",
      meaning: "No withdrawal. You have an hour to add capital, or the price comes back.",
      price: triggers?.marginCall,
    },
    { name: "Liquidating", meaning: "Others take the policy over, at its mark.", price: triggers?.liquidation },
    { name: "Floor price", meaning: "The policy pays no more below this.", price: floorPriceUsdMicros },
  ].flatMap((moment) => {
    const price = "price" in moment ? moment.price : moment.priceUsdMicros;
    if (price === undefined || price === NEVER) return [];
    const { name, meaning } = moment;
    return [{ name, meaning, priceUsdMicros: price, fall: Math.max(0, fallTo(now, price)) }];
  });
  return known.sort((one, other) => one.fall - other.fall);
}

export function assumptionsOf({ assumed, policy }: Worked): string[] {
  const { rules, utilization } = assumed;
  if (!policy)
    return ["So little is at work that no policy can be sold on it: capital that backs nothing pays nothing."];
  const { exposure, seconds } = policy;
  return [
    `One policy stands on ${readablePercent(utilization)} of the position, just sold at the price of now, at the highest strike that the tier sells (${readableUsd(exposure.strikeUsdMicros)}), for ${readableDuration(seconds)}. Lower strikes pay later and less.`,
    `It is priced at the least volatility of the tier, ${readablePercent(rules.volatility)} a year. A moving market pays a higher premium.`,
    "The price falls at once, your free capital is added to the lock, and the buyer exercises there: the worst moment for you.",
    "Nobody adds capital, insurance adds nothing, and no other position takes anything over before that.",
    "In dollars the token itself has fallen too, with the vault or without it.",
  ];
}
