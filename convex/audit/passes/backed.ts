/**
 * What stands behind policies, as the audit sees it: a policy against its backings and accounts, a position against what it
 * backs and what is on its way out of it, tiers against their policies. Each is compared as one page sees it.
 */

import { standingOf } from "../../../src/domain/allocation";
import { policyFaults, positionFaults } from "../../../src/domain/backingAudit";
import { TIERS } from "../../../src/domain/tiers";
import { TOKENS } from "../../../src/domain/tokens";
import type { Doc } from "../../_generated/dataModel";
import type { QueryCtx } from "../../_generated/server";
import { accountBalance } from "../../ledger/model";
import { backingsOf, heldBackingsOf, livePolicies } from "../../policies/model";
import { rulesOf, tierMetricsOf } from "../../tiers/model";
import { openWithdrawal } from "../../withdrawals/model";

/** Faults, and how many documents beside the given one it took to find them. */
export interface Found {
  faults: string[];
  read: number;
}

export const POLICY_READS = 4;

export async function auditPolicy(ctx: QueryCtx, policy: Doc<"policies">): Promise<Found> {
  const { policyId, token } = policy;
  const backings = await backingsOf(ctx, policyId);
  const [premium, cover, covering] = await Promise.all(
    (["premium", "cover", "covering"] as const).map((kind) => accountBalance(ctx, { kind, policyId }, token)),
  );
  const accounts = { premium: premium ?? 0n, cover: cover ?? 0n, covering: covering ?? 0n };
  return { faults: policyFaults(policy, backings, accounts), read: backings.length + POLICY_READS };
}

export const POSITION_READS = 5;

export async function auditPosition(ctx: QueryCtx, position: Doc<"positions">): Promise<Found> {
  const { _id: positionId, provider, token } = position;
  const held = await heldBackingsOf(ctx, positionId);
  const open = await openWithdrawal(ctx, { provider, token, source: { kind: "position", positionId } });
  const name = `Position ${positionId}`;
  return { faults: positionFaults(name, position, { held, leaving: open?.amount ?? 0n }), read: held.length };
}

/** Whether what allocation finds a position by follows from what it has, and from the rules in force. */
export async function isStandingRight(ctx: QueryCtx, position: Doc<"positions">): Promise<boolean> {
  const right = standingOf(position, await rulesOf(ctx, position));
  return (
    right.takesPolicies === position.takesPolicies &&
    right.utilization === position.utilization &&
    right.freeForPolicies === position.freeForPolicies
  );
}

/** More policies than these are not counted at one moment. */
const MOST_COUNTED = 500;

/** Tiers whose count of policies is not what is counted; none where there are too many to count. */
export async function auditPolicyCounts(ctx: QueryCtx): Promise<string[]> {
  const live = await livePolicies(ctx, MOST_COUNTED);
  if (live === null) return [];
  const faults: string[] = [];
  for (const tier of TIERS) {
    for (const token of TOKENS) {
      const { activePolicyCount: told } = await tierMetricsOf(ctx, { tier, token });
      const found = live.filter((policy) => policy.tier === tier && policy.token === token).length;
      if (told !== found) faults.push(`${tier} ${token} shows ${told} policies, but there are ${found}.`);
    }
  }
  return faults;
}
