/**
 * What has happened to a policy on the chain, for whoever wants to look it up there: the transactions, and how many stand
 * behind it. Reads only.
 */
import { type Infer, v } from "convex/values";
import type { QueryCtx } from "../_generated/server";
import { oldestPosting } from "../ledger/model";
import { type Call, callsOfPolicy, formsOf } from "../outbox/model";
import { callStatusValidator } from "../outbox/schema";
import { finalEvent } from "../sync/model";
import { backingsOf, isLive, type Policy, requirePolicy } from "./model";

const stepValidator = v.object({
  kind: v.union(v.literal("premium"), v.literal("lock"), v.literal("release"), v.literal("settlement")),
  /** Base units: paid, or locked in all from then on; null where all of the lock is freed. */
  amount: v.union(v.null(), v.int64()),
  status: callStatusValidator,
  /** Hex with 0x, oldest first. They differ by their fee alone, and a block takes one of them at most. */
  txIds: v.array(v.string()),
});
type Step = Infer<typeof stepValidator>;

export const policyStepsValidator = v.object({
  /** Positions behind it while it lasts. */
  backings: v.number(),
  steps: v.array(stepValidator),
});

const prefixed = (txId: string) => (txId.startsWith("0x") ? txId : `0x${txId}`);

/** The premium is the first that a policy's account ever has, and its entry is named by the vault's event. */
async function premiumStep(ctx: QueryCtx, { policyId, token, premium }: Policy): Promise<Step[]> {
  const first = await oldestPosting(ctx, { kind: "premium", policyId }, token);
  const [, sequence] = /^premium:(\d+)$/.exec(first?.entryId ?? "") ?? [];
  const event = sequence === undefined ? null : await finalEvent(ctx, BigInt(sequence));
  return event ? [{ kind: "premium", amount: premium, status: "done", txIds: [prefixed(event.txId)] }] : [];
}

async function callStep(ctx: QueryCtx, { call, status, transactionId }: Call): Promise<Step[]> {
  if (call.kind === "revoke") return [];
  const forms = transactionId === null ? [] : await formsOf(ctx, transactionId);
  return [
    {
      kind: call.kind === "settle" ? "settlement" : call.kind,
      amount: call.kind === "release" ? null : call.amount,
      status,
      txIds: forms.map(({ txId }) => prefixed(txId)),
    },
  ];
}

export async function policySteps(ctx: QueryCtx, policyId: bigint): Promise<Infer<typeof policyStepsValidator>> {
  const policy = await requirePolicy(ctx, policyId);
  const calls = await callsOfPolicy(ctx, policyId);
  const steps = await Promise.all([premiumStep(ctx, policy), ...calls.map((call) => callStep(ctx, call))]);
  const backings = isLive(policy) || policy.status === "quoted" ? (await backingsOf(ctx, policyId)).length : 0;
  return { backings, steps: steps.flat() };
}
