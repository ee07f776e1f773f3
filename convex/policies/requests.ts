/** The transactions behind what buyers ask: sign a policy's terms, give the earlier answer again, exercise. */
import { type Infer, type ObjectType, v } from "convex/values";
import { checkIdempotencyKey } from "../../src/domain/idempotency";
import { backingEntry } from "../../src/domain/policyEntries";
import { formatAmount } from "../../src/domain/tokens";
import { signPolicyTerms } from "../../src/stacks/authorization";
import { unsignedPremium } from "../../src/stacks/unsignedCalls";
import { internalMutation, type MutationCtx, type QueryCtx } from "../_generated/server";
import { requireClosed, requireSigningAllowed } from "../breakers/model";
import { accepted, refuseWith, tierValidator, underlyingValidator, unsignedCallValidator } from "../functions";
import { applyEntry } from "../ledger/model";
import { latestPrice, nowOf } from "../prices/model";
import { authoriserKey, vaultDeployment } from "../settings";
import { requireMirror } from "../sync/model";
import { changePolicy, findByKey, findPolicy, insertPolicy, openQuote, type Policy } from "./model";
import { type Quote, quoteFor } from "./quotes";

/** Seconds of block time for which a premium may be paid. */
const TERMS_SECONDS = 600;

const asked = {
  buyer: v.string(),
  underlying: underlyingValidator,
  tier: tierValidator,
  strikeUsdMicros: v.int64(),
  quantity: v.int64(),
  /** Unix seconds of block time. */
  expiresAt: v.number(),
  idempotencyKey: v.optional(v.string()),
};

const policyRequest = {
  ...asked,
  /** Random, unique, below 2^63: the id that the vault sells once. */
  policyId: v.int64(),
  /** The buyer pays no more than this, base units. */
  maxPremium: v.optional(v.int64()),
};
type PolicyRequest = ObjectType<typeof policyRequest>;

/** Base units; `termsExpireAt` (until when the premium may be paid) in ms of block time. */
export const soldValidator = v.object({
  policyId: v.int64(),
  premium: v.int64(),
  lock: v.int64(),
  coverage: v.int64(),
  floorPriceUsdMicros: v.int64(),
  termsExpireAt: v.number(),
  transaction: unsignedCallValidator,
});
export type Sold = Infer<typeof soldValidator>;

function isSameAsked(policy: Policy, request: PolicyRequest): boolean {
  const terms = ({ underlying, tier, strikeUsdMicros, quantity, expiresAt }: Policy | PolicyRequest) =>
    [underlying, tier, strikeUsdMicros, quantity, expiresAt].join();
  return terms(policy) === terms(request);
}

/**
 * An earlier answer to the same request: by its idempotency key, or the buyer's open quote, so that a page that lost the
 * transaction gets it again. Its terms are signed, so another request has to wait until it is paid or has lapsed.
 */
async function earlierAnswer(ctx: QueryCtx, request: PolicyRequest, now: number): Promise<Policy | null> {
  const { buyer, idempotencyKey } = request;
  const known = idempotencyKey === undefined ? null : await findByKey(ctx, buyer, idempotencyKey);
  if (known) {
    if (isSameAsked(known, request)) return known;
    const message = "This idempotency key was used for another policy. Use a fresh key for a new one.";
    refuseWith({ code: "IDEMPOTENCY_KEY_REUSED", message });
  }
  const open = await openQuote(ctx, buyer);
  if (!open || (isSameAsked(open, request) && now < open.termsExpireAt)) return open;
  const message =
    "You have a quote whose premium may still be paid, or was and is not final. Pay it, or wait until it has lapsed: about ten minutes.";
  return refuseWith({
    code: "QUOTE_OPEN",
    message,
    policyId: open.policyId,
    termsExpireAt: open.termsExpireAt * 1_000,
  });
}

/** Sells a policy, as far as that is this backend's: the premium is the buyer's to pay. */
async function sold(ctx: MutationCtx, request: PolicyRequest): Promise<Policy> {
  if (request.idempotencyKey !== undefined) accepted(checkIdempotencyKey(request.idempotencyKey));
  await requireClosed(ctx, "policies");
  await requireSigningAllowed(ctx);
  const now = (await requireMirror(ctx)).tip.time;
  const earlier = await earlierAnswer(ctx, request, now);
  if (earlier) return earlier;
  const { maxPremium, ...asks } = request;
  const quote = await quoteFor(ctx, asks, await nowOf(ctx));
  const { premium, lock, coverage, floorPriceUsdMicros, token } = quote;
  if (maxPremium !== undefined && premium > maxPremium) {
    const message = `The premium is ${formatAmount(premium, token)} ${token} now, more than you allow. Ask again if you accept it.`;
    refuseWith({ code: "PREMIUM_ABOVE_MAXIMUM", message, premium });
  }
  await allocatePolicyCollateral(ctx, { ...quote, policyId: asks.policyId });
  const unsigned = { ...asks, premium, lock, coverage, token, termsExpireAt: now + TERMS_SECONDS };
  const policy = {
    ...unsigned,
    floorPriceUsdMicros,
    quotedAtUsdMicros: quote.priceUsdMicros,
    signature: signPolicyTerms(vaultDeployment(), signedTerms(unsigned), authoriserKey()),
  };
  const backings = quote.backings.map(({ lock: reserved, ...part }) => ({ ...part, locked: 0n, reserved }));
  return insertPolicy(ctx, { ...policy, ...UNPAID }, backings);
}

const UNPAID = {
  status: "quoted" as const,
  startedAt: null,
  locked: 0n,
  lockTarget: 0n,
  earned: 0n,
  earnedUntil: 0,
  exercisedAtMs: null,
  outcome: null,
};

/** Seed 003's `allocatePolicyCollateral`: sets each position's part of a quoted policy's lock aside. */
async function allocatePolicyCollateral(
  ctx: MutationCtx,
  { policyId, token, backings, now }: Pick<Quote, "token" | "backings" | "now"> & { policyId: bigint },
) {
  const parts = backings.map(({ positionId, lock: amount }) => ({ positionId, amount }));
  await applyEntry(ctx, backingEntry({ policyId, token }, parts), now);
}

/** What the vault checks of a policy. */
function signedTerms(
  policy: Pick<
    Policy,
    "buyer" | "policyId" | "token" | "premium" | "lock" | "coverage" | "expiresAt" | "termsExpireAt"
  >,
) {
  const { buyer, policyId, token, premium, lock, coverage, expiresAt, termsExpireAt } = policy;
  const times = { releaseAfter: BigInt(expiresAt), expiresAt: BigInt(termsExpireAt) };
  return { buyer, policyId, token, premium, lock, coverage, ...times };
}

export const request = internalMutation({
  args: policyRequest,
  returns: soldValidator,
  handler: async (ctx, asks): Promise<Sold> => {
    const policy = await sold(ctx, asks);
    const { policyId, premium, lock, coverage, floorPriceUsdMicros, termsExpireAt, signature } = policy;
    const transaction = unsignedPremium(vaultDeployment(), { ...signedTerms(policy), signature });
    return {
      policyId,
      premium,
      lock,
      coverage,
      floorPriceUsdMicros,
      termsExpireAt: termsExpireAt * 1_000,
      transaction,
    };
  },
});

/** `exercisedAt`: prices published after it count, ms. */
export const exercisedValidator = v.object({ policyId: v.int64(), exercisedAt: v.number() });
export type Exercised = Infer<typeof exercisedValidator>;

/** The buyer's own policy; whose it is else is not told apart from none. */
async function requireOwn(ctx: QueryCtx, buyer: string, policyId: bigint): Promise<Policy> {
  const policy = await findPolicy(ctx, policyId);
  if (policy?.buyer === buyer) return policy;
  const message = "You have no policy with this id. Use the id that came when you requested it.";
  return refuseWith({ code: "NO_POLICY", message });
}

/** Works while breakers are open: it is what the buyer has paid for. */
export const exercise = internalMutation({
  args: { buyer: v.string(), policyId: v.int64() },
  returns: exercisedValidator,
  handler: async (ctx, { buyer, policyId }): Promise<Exercised> => {
    const policy = await requireOwn(ctx, buyer, policyId);
    const { status, exercisedAtMs, expiresAt } = policy;
    if (exercisedAtMs !== null) return { policyId, exercisedAt: exercisedAtMs };
    const { tip } = await requireMirror(ctx);
    if (status === "quoted" || status === "lapsed") {
      const message =
        "Its premium is not paid, or not final yet. Cover starts with the premium; try again when it is final.";
      refuseWith({ code: "POLICY_NOT_ACTIVE", message, status });
    }
    if (status !== "active" || tip.time >= expiresAt) {
      const message =
        "This policy has expired. It settles by itself at the price of its expiry's minute, if that is below the strike.";
      refuseWith({ code: "POLICY_EXPIRED", message, status, expiresAt: expiresAt * 1_000 });
    }
    // A source may be a little ahead of us: no price that is known already may decide.
    const known = (await latestPrice(ctx, policy.underlying))?.publishedAtMs ?? 0;
    const exercisedAt = Math.max(await nowOf(ctx), known);
    await changePolicy(ctx, policy, { status: "exercising", exercisedAtMs: exercisedAt });
    return { policyId, exercisedAt };
  },
});
