/** The transactions behind what providers ask: authorise a withdrawal, give the earlier answer again, cancel. */
import { type Infer, type ObjectType, v } from "convex/values";
import { checkIdempotencyKey } from "../../src/domain/idempotency";
import { checkAmount } from "../../src/domain/tokens";
import { AUTHORIZATION_SECONDS, checkWithdrawal } from "../../src/domain/withdrawals";
import { signWithdrawal } from "../../src/stacks/authorization";
import { unsignedWithdrawal } from "../../src/stacks/unsignedCalls";
import { internalMutation, type MutationCtx, type QueryCtx } from "../_generated/server";
import { accepted, refuseWith, unsignedCallValidator } from "../functions";
import { authoriserKey, vaultDeployment } from "../settings";
import { findByKey, isSameSource, openReserve, openWithdrawal, startCancelling, type Withdrawal } from "./model";
import { refuseWhileOpen, withdrawable } from "./quotes";
import { withdrawalRequest, withdrawalStatus } from "./schema";

type WithdrawalRequest = ObjectType<typeof withdrawalRequest>;

/** `expiresAt` in unix seconds of block time, `signature` 65 bytes RSV as hex, and the call for the wallet to sign. */
export const authorisedValidator = v.object({
  withdrawalId: v.id("withdrawals"),
  authorization: v.object({ id: v.int64(), expiresAt: v.int64(), signature: v.string() }),
  transaction: unsignedCallValidator,
});
export type Authorised = Infer<typeof authorisedValidator>;

/**
 * An earlier answer to the same request: by its idempotency key, or the source's open authorisation for the same amount,
 * so that a page that lost the transaction gets it again. Another amount has to wait.
 */
async function earlierAnswer(
  ctx: QueryCtx,
  { provider, token, amount, idempotencyKey }: WithdrawalRequest,
  source: Withdrawal["source"],
): Promise<Withdrawal | null> {
  const known = idempotencyKey === undefined ? null : await findByKey(ctx, provider, idempotencyKey);
  if (known) {
    if (known.token === token && known.amount === amount && isSameSource(known.source, source)) return known;
    refuseWith({
      code: "IDEMPOTENCY_KEY_REUSED",
      message: "This idempotency key was used for another withdrawal. Use a fresh key for a new one.",
    });
  }
  const open = await openWithdrawal(ctx, { provider, token, source });
  if (!open || (open.status === "authorised" && open.amount === amount)) return open;
  return refuseWhileOpen(open);
}

/** Reserves the amount and signs its authorisation, or gives the earlier answer to the same request. */
async function authorised(ctx: MutationCtx, request: WithdrawalRequest): Promise<Withdrawal> {
  const { provider, token, amount, authorizationId, idempotencyKey } = request;
  accepted(checkAmount(amount));
  if (idempotencyKey !== undefined) accepted(checkIdempotencyKey(idempotencyKey));
  const { holding, room, now } = await withdrawable(ctx, request, Date.now());
  const { source } = holding;
  const earlier = await earlierAnswer(ctx, request, source);
  if (earlier) return earlier;
  accepted(checkWithdrawal(amount, room));
  return authoriseWithdrawal(ctx, { provider, token, amount, source, authorizationId, idempotencyKey }, now);
}

type Decided = Pick<Withdrawal, "provider" | "token" | "amount" | "source" | "authorizationId" | "idempotencyKey">;

/**
 * Sets aside and signs what has been decided: the only place where a withdrawal is signed.
 * @param now block time, unix seconds
 */
export async function authoriseWithdrawal(ctx: MutationCtx, decided: Decided, now: number): Promise<Withdrawal> {
  const { provider: withdrawer, token, amount, authorizationId: id } = decided;
  const expiresAt = BigInt(now) + AUTHORIZATION_SECONDS;
  const terms = { withdrawer, token, amount, id, expiresAt };
  const signature = signWithdrawal(vaultDeployment(), terms, authoriserKey());
  const withdrawal = { ...decided, expiresAt, signature };
  return (await ctx.db.get("withdrawals", await openReserve(ctx, withdrawal, now))) as Withdrawal;
}

/** What whoever is to be paid is told. */
export function answerOf(withdrawal: Withdrawal): Authorised {
  const { _id, token, amount, authorizationId: id, expiresAt, signature } = withdrawal;
  const authorization = { id, expiresAt, signature };
  const transaction = unsignedWithdrawal(vaultDeployment(), { token, amount, ...authorization });
  return { withdrawalId: _id, authorization, transaction };
}

export const authorise = internalMutation({
  args: withdrawalRequest,
  returns: authorisedValidator,
  handler: async (ctx, request): Promise<Authorised> => answerOf(await authorised(ctx, request)),
});

/** What has become of the withdrawal. */
export const cancelledValidator = v.object({ status: withdrawalStatus });
export type Cancelled = Infer<typeof cancelledValidator>;

/** Works while breakers are open and the vault is paused: it only takes back. */
export const cancel = internalMutation({
  args: { provider: v.string(), withdrawalId: v.string() },
  returns: cancelledValidator,
  handler: async (ctx, { provider, withdrawalId }): Promise<Cancelled> => {
    const id = ctx.db.normalizeId("withdrawals", withdrawalId);
    const withdrawal = id && (await ctx.db.get("withdrawals", id));
    if (withdrawal?.provider !== provider) {
      const message = "You have no withdrawal with this id. Use the id that came when you requested it.";
      return refuseWith({ code: "NO_WITHDRAWAL", message });
    }
    return { status: await startCancelling(ctx, withdrawal) };
  },
});
