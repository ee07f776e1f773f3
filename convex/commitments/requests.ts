/** The transactions behind `liquidity.requestCommitCapital` and `liquidity.cancelCommitment`. */
import { v } from "convex/values";
import { parseTier } from "../../src/domain/tiers";
import { checkAmount, parseToken } from "../../src/domain/tokens";
import { isPrincipal } from "../../src/stacks/principals";
import { unsignedDeposit } from "../../src/stacks/unsignedCalls";
import { internalMutation } from "../_generated/server";
import { requireClosed } from "../breakers/model";
import { accepted, refuseWith } from "../functions";
import { vaultDeployment } from "../settings";
import { type CommitmentRequest, cancelCommitment, commit } from "./model";
import { commitmentRequest, commitmentResult } from "./schema";

/** What a caller asks for, in the words of the product; refuses what can't be meant. */
export function parseCommitment(
  provider: string,
  reference: bigint,
  asked: { token: string; amount: bigint; tier: string; depositor?: string; idempotencyKey?: string },
): CommitmentRequest {
  const token = accepted(parseToken(asked.token));
  const tier = accepted(parseTier(asked.tier));
  const amount = accepted(checkAmount(asked.amount));
  const depositor = asked.depositor ?? provider;
  if (!isPrincipal(depositor, vaultDeployment().network)) {
    refuseWith({
      code: "UNKNOWN_DEPOSITOR",
      message: `"${depositor}" is not an address or contract of this network. Leave it out to deposit yourself.`,
    });
  }
  return { reference, provider, depositor, token, tier, amount, idempotencyKey: asked.idempotencyKey };
}

export const create = internalMutation({
  args: commitmentRequest,
  returns: commitmentResult,
  handler: async (ctx, request) => {
    await requireClosed(ctx, "commit");
    const commitment = await commit(ctx, request);
    const { _id, reference, expiresAt } = commitment;
    const transaction = unsignedDeposit(vaultDeployment(), commitment);
    return { commitmentId: _id, reference, expiresAt: expiresAt * 1_000, transaction };
  },
});

/** Not stopped by a breaker: it only gives capacity back. */
export const cancel = internalMutation({
  args: { provider: v.string(), commitmentId: v.string() },
  returns: v.null(),
  handler: async (ctx, args) => {
    await cancelCommitment(ctx, args);
    return null;
  },
});
