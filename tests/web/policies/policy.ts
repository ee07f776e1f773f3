/** A policy and a wish of the tests, whole; each test changes what it is about. */
import { DEFAULT_RULES } from "../../../src/domain/tiers";
import type { WishDraft } from "../../../src/web/policies/wish";
import type { Policy } from "../../../src/web/policies/words";
import { ALICE } from "../page";

export const NOW = Date.UTC(2026, 10, 22, 12);
export const DAY = 86_400_000;

/** 1,000 STX at a strike of 1.50, the example of the guide. */
export const policy: Policy = {
  policyId: 4711n,
  buyer: ALICE.address,
  underlying: "STX",
  token: "STX",
  tier: "Balanced",
  strikeUsdMicros: 1_500_000n,
  quantity: 1_000_000_000n,
  floorPriceUsdMicros: 750_000n,
  coverage: 1_000_000_000n,
  premium: 30_000_000n,
  quotedAtUsdMicros: 1_500_000n,
  status: "active",
  lock: 500_000_000n,
  locked: 500_000_000n,
  lockTarget: 500_000_000n,
  termsExpireAt: NOW - DAY + 600_000,
  startedAt: NOW - DAY + 60_000,
  expiresAt: NOW + 6 * DAY,
  exercisedAt: null,
  outcome: null,
};

export const draft: WishDraft = {
  underlying: "STX",
  tier: "Balanced",
  quantityText: "1000",
  strikeText: "1.45",
  until: "7",
  untilText: "",
};

export const rules = DEFAULT_RULES.Balanced.STX;
export const known = { rules, priceUsdMicros: 1_500_000n, now: NOW };
