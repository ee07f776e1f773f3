/** Policies: their public facts, which the chain tells as well. What nobody has paid for yet is in no list. */
import { z } from "zod";
import { api, internal } from "../_generated/api";
import { openCursor, sealCursor } from "./cursors";
import { publicRoute, type Route } from "./route";
import { amount, idText, pageOf, tier, time, timeOrNull, token, underlying, usdMicros, wholeNumber } from "./shapes";

/** Those that a policy has from its premium on. */
const SOLD = ["active", "exercising", "expiring", "settling", "releasing", "worthless", "settled", "released"] as const;
/** Nothing changes any more. */
const ENDED = ["lapsed", "settled", "released"];
const DAY_SECONDS = 86_400;

const policy = z.object({
  policyId: wholeNumber,
  buyer: z.string(),
  underlying,
  token,
  tier,
  strikeUsdMicros: usdMicros,
  quantity: amount,
  floorPriceUsdMicros: usdMicros,
  coverage: amount,
  premium: amount,
  quotedAtUsdMicros: usdMicros,
  status: z.enum(["quoted", "lapsed", ...SOLD]),
  lock: amount,
  locked: amount,
  lockTarget: amount,
  termsExpireAt: time,
  startedAt: timeOrNull,
  expiresAt: time,
  exercisedAt: timeOrNull,
  outcome: z.object({ priceUsdMicros: usdMicros, payout: amount, missing: amount }).nullable(),
});

/** Digits only: `Number` would take more. */
const limit = z
  .string()
  .regex(/^\d{1,3}$/, "1 to 100, in digits")
  .transform(Number)
  .pipe(z.int().min(1).max(100))
  .default(20);

export const POLICY_ROUTES: Route[] = [
  publicRoute({
    path: "/v1/policies",
    summary: "The policies that were sold, the newest first, a page at a time; of one status, of one buyer, or all.",
    inQuery: {
      cursor: z.string().min(1).max(2_000).optional().meta({ description: "nextCursor of the page before" }),
      limit,
      status: z.enum(SOLD).optional(),
      buyer: z
        .string()
        .regex(/^S[A-Z0-9]{20,60}$/, "a Stacks address")
        .optional(),
    },
    answer: pageOf(policy),
    maxAgeSeconds: 5,
    ask: async (ctx, { cursor, limit: numItems, status, buyer }) => {
      const list = `/v1/policies?${new URLSearchParams({ ...(status && { status }), ...(buyer && { buyer }) })}`;
      const paginationOpts = { numItems, cursor: cursor === undefined ? null : await openCursor(list, cursor) };
      const filter = { ...(status && { status }), ...(buyer && { buyer }) };
      const found = await ctx.runQuery(internal.http.facts.soldPolicies, { ...filter, paginationOpts });
      return { items: found.page, nextCursor: found.isDone ? null : await sealCursor(list, found.continueCursor) };
    },
  }),
  publicRoute({
    path: "/v1/policies/{policyId}",
    summary: "One policy by its id: its terms, what is locked behind it, its outcome.",
    inPath: { policyId: idText },
    answer: policy,
    maxAgeSeconds: ({ status }) => (ENDED.includes(status) ? DAY_SECONDS : 2),
    ask: (ctx, { policyId }) => ctx.runQuery(api.policies.getPolicy, { policyId: BigInt(policyId) }),
  }),
];
