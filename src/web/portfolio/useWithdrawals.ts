/** Finishing an open withdrawal, and starting one out of suspense: the service gives the call, the wallet sends it. */
import { useAction } from "convex/react";
import { useState } from "react";
import { api } from "../../../convex/_generated/api";
import type { Token } from "../../domain/tokens";
import { type Submission, useSubmission } from "../transactions/useSubmission";
import type { OpenWithdrawal } from "./portfolioData";

export interface Withdrawals {
  submission: Submission;
  /** Asks for the same amount again, which gives the open authorisation again. */
  finish(withdrawal: Pick<OpenWithdrawal, "token" | "tier" | "amount">): void;
  fromSuspense(token: Token, amount: bigint): void;
}

/** @param onSent called once the transaction is on its way */
export function useWithdrawals(onSent: () => void): Withdrawals {
  // A request that got no answer is repeated by its key; one that was sent is over.
  const [idempotencyKey, setKey] = useState(() => crypto.randomUUID());
  const submission = useSubmission(() => {
    setKey(crypto.randomUUID());
    onSent();
  });
  const requestWithdrawal = useAction(api.liquidity.requestWithdrawal);
  const requestSuspenseWithdrawal = useAction(api.liquidity.requestSuspenseWithdrawal);
  const takeSuspense = (token: Token, amount: bigint, key?: string) =>
    submission.begin({ action: "suspenseWithdrawal", token, amount }, async () => {
      const request = { token, amount, ...(key === undefined ? {} : { idempotencyKey: key }) };
      return (await requestSuspenseWithdrawal(request)).transaction;
    });
  return {
    submission,
    finish: ({ token, tier, amount }) => {
      if (tier === null) return void takeSuspense(token, amount);
      void submission.begin({ action: "withdrawal", token, tier, amount }, async () => {
        return (await requestWithdrawal({ token, tier, amount })).transaction;
      });
    },
    fromSuspense: (token, amount) => void takeSuspense(token, amount, `${idempotencyKey}:${token}:${amount}`),
  };
}
