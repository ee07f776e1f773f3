/**
 * What can leave a position, asked once and again whenever the position changes or somebody wants to look again. It is never
 * subscribed to: the answer is different with every block.
 */
import { useConvex, useConvexAuth } from "convex/react";
import { useCallback, useEffect, useState } from "react";
import { api } from "../../../convex/_generated/api";
import type { Tier } from "../../domain/tiers";
import type { Token } from "../../domain/tokens";
import { type Explanation, explain } from "../refusals/explain";
import type { Quote } from "./withdrawalDraft";

export type QuoteState =
  | { kind: "asking" }
  /** `isAsking`: a newer answer is on its way. */
  | { kind: "known"; quote: Quote; isAsking: boolean }
  | { kind: "refused"; explanation: Explanation };

/** @param occasion any text that changes when the answer is likely to have changed */
export function useWithdrawalQuote({ tier, token }: { tier: Tier; token: Token }, occasion: string) {
  const convex = useConvex();
  const { isAuthenticated } = useConvexAuth();
  const [state, setState] = useState<QuoteState>({ kind: "asking" });
  const [looks, setLooks] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another position's answer is none for this one
  useEffect(() => setState({ kind: "asking" }), [tier, token]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the occasion and the looks are what ask again
  useEffect(() => {
    if (!isAuthenticated) return;
    let isCurrent = true;
    setState((last) => (last.kind === "known" ? { ...last, isAsking: true } : { kind: "asking" }));
    convex.query(api.liquidity.quoteWithdrawal, { tier, token }).then(
      (quote) => isCurrent && setState({ kind: "known", quote, isAsking: false }),
      (error: unknown) => isCurrent && setState({ kind: "refused", explanation: explain(error) }),
    );
    return () => {
      isCurrent = false;
    };
  }, [convex, isAuthenticated, tier, token, occasion, looks]);
  return { state, lookAgain: useCallback(() => setLooks((last) => last + 1), []) };
}
