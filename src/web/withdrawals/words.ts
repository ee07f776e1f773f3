/** What lets no more out of a position, until when, and what to do about it. The words are those of the guide for providers. */

import type { Tier } from "../../domain/tiers";
import type { Token } from "../../domain/tokens";
import type { Binding } from "../../domain/withdrawals";
import { readableAmount } from "../amounts/typing";
import { readableTime } from "../amounts/words";
import type { Quote } from "./withdrawalDraft";

export interface Bound {
  /** What keeps the rest. */
  why: string;
  /** Until when, and what can be done. */
  until: string;
}

export function boundOf({ tier, token }: { tier: Tier; token: Token }, quote: Quote): Bound | null {
  if (quote.max === quote.total) return null;
  const minimum = `${readableAmount(quote.minimumPosition, token)} ${token}`;
  const bounds: Record<Binding, Bound> = {
    available: {
      why: "The rest is reserved or locked behind policies.",
      until: "It comes back when they end. In your portfolio you can keep this position out of new ones.",
    },
    hold: {
      why: `The rest arrived too recently: ${tier} keeps each deposit for a while.`,
      until: `All of it is free from about ${readableTime(quote.holdUntil)}.`,
    },
    health: {
      why: "Your policies need the rest with their buffer, or there is no good price to tell what they need.",
      until: "It is free when the price rises, when sources agree on a price again, or when you add capital.",
    },
    vault: {
      why: "The vault has no more free now: the rest is locked, or promised to others.",
      until: "Look again when policies have ended or withdrawals are paid or expired: within the hour.",
    },
    outflow: {
      why: "The vault lets only so much out in any 144 Bitcoin blocks (a day), whoever's it is.",
      until: "Room comes back with every Bitcoin block. Take what can leave now, and look again for the rest.",
    },
    minimum: {
      why: `More would leave less than the smallest position, ${minimum}, and all of it can't go now.`,
      until: "Take a little less, or wait until all of it can leave.",
    },
  };
  return bounds[quote.binding];
}
