/** A position's health in sentences: how it stands, at which price that changes, and what happens next. */
import type { HealthStatus } from "../../domain/health";
import { readablePercent, readableTime, readableUsd } from "../amounts/words";
import type { Tone } from "../ui/tones";
import type { HealthFacts, HealthView, Turn } from "./healthView";

export const HEALTH_TONE: Record<HealthStatus, Tone> = {
  Healthy: "good",
  Warning: "warning",
  MarginCall: "danger",
  Liquidating: "danger",
};

/** "at $61,200.00, 23% below now". */
function atPrice({ priceUsdMicros, away }: Turn): string {
  const price = `at ${readableUsd(priceUsdMicros)}`;
  if (away === null || away === 0) return price;
  return `${price}, ${readablePercent(Math.round(Math.abs(away) / 1_000) * 1_000)} ${away < 0 ? "below" : "above"} now`;
}

/** At which price it changes, in one sentence. */
export function turnInWords({ exposures }: Pick<HealthFacts, "exposures">, view: HealthView): string {
  if (exposures.length === 0) return "It backs no policies, so no price changes its health.";
  const { worse, better } = view;
  if (!worse && !better) return "Healthy at any price: what it has covers all that its policies may ever need.";
  const falls = worse && `Changes to ${worse.becomes} ${atPrice(worse)}.`;
  const recovers = better && `${better.becomes} again ${atPrice(better)}.`;
  return [falls, recovers].filter(Boolean).join(" ");
}

/** What the status means for its owner and what happens next; null where nothing does. */
export function whatNext(
  { dueAt, isStuck }: Pick<HealthFacts, "dueAt" | "isStuck">,
  status: HealthStatus,
): string | null {
  switch (status) {
    case "Healthy":
      return null;
    case "Warning":
      return "The capital is below the needs with the first buffer. Nothing is stopped. More capital, or a higher price, ends it.";
    case "MarginCall":
      return `No withdrawal and no new policies. ${
        dueAt === null
          ? ""
          : `You have until ${readableTime(dueAt)} of block time to add capital, or for the price to come back. `
      }Then others take your policies over.`;
    case "Liquidating":
      return isStuck
        ? "Nobody can take its policies over now: what is free is added to their locks, and it is tried again. More capital ends it."
        : "Others take your policies over, one at a time, as few as it takes. Each is paid its mark out of your lock; of what is left of the lock a penalty goes to insurance, the rest is yours and free. More capital ends it.";
  }
}
