/** What a provider can do with its capital without a transaction: the service's functions, and what happens when a session ends. */
import { useAction } from "convex/react";
import { useMemo } from "react";
import { api } from "../../../../convex/_generated/api";
import type { Tier } from "../../../domain/tiers";
import type { Token } from "../../../domain/tokens";
import { explain } from "../../refusals/explain";
import { useSession } from "../../session/SessionProvider";
import type { PositionKey } from "../portfolioData";

interface MoveRequest {
  token: Token;
  amount: bigint;
  fromTier: Tier;
  toTier: Tier;
  idempotencyKey: string;
}

export interface Acts {
  /** Base units that were collected. */
  collect(position: PositionKey & { idempotencyKey: string }): Promise<bigint>;
  setAccepting(position: PositionKey, accepting: boolean): Promise<void>;
  /** When it may leave its new tier: block time, ms. */
  move(request: MoveRequest): Promise<number>;
  /** As `move`. */
  assign(request: PositionKey & { amount: bigint; idempotencyKey: string }): Promise<number>;
  cancelCommitment(commitmentId: string): Promise<void>;
  cancelWithdrawal(withdrawalId: string): Promise<void>;
}

export function useActs(): Acts {
  const { expire } = useSession();
  const collectYield = useAction(api.policies.collectYield);
  const setAcceptingPolicies = useAction(api.liquidity.setAcceptingPolicies);
  const moveCapital = useAction(api.liquidity.moveCapital);
  const assignSuspense = useAction(api.liquidity.assignSuspense);
  const cancelCommitment = useAction(api.liquidity.cancelCommitment);
  const cancelWithdrawal = useAction(api.liquidity.cancelWithdrawal);
  return useMemo(() => {
    async function signedIn<Answer>(answer: Promise<Answer>): Promise<Answer> {
      try {
        return await answer;
      } catch (error) {
        if (explain(error).code === "NOT_SIGNED_IN") expire();
        throw error;
      }
    }
    return {
      collect: async (request) => (await signedIn(collectYield(request))).amount,
      setAccepting: async ({ tier, token }, accepting) => {
        await signedIn(setAcceptingPolicies({ tier, token, accepting }));
      },
      move: async (request) => (await signedIn(moveCapital(request))).freeAt,
      assign: async (request) => (await signedIn(assignSuspense(request))).freeAt,
      cancelCommitment: async (commitmentId) => void (await signedIn(cancelCommitment({ commitmentId }))),
      cancelWithdrawal: async (withdrawalId) => void (await signedIn(cancelWithdrawal({ withdrawalId }))),
    };
  }, [expire, collectYield, setAcceptingPolicies, moveCapital, assignSuspense, cancelCommitment, cancelWithdrawal]);
}
