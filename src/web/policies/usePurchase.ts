/**
 * From a quote that is shown to a premium that is paid: the service signs the terms as they are now, what it signed is held
 * against what was shown, and the wallet signs the one call that pays for them.
 */
import { useAction } from "convex/react";
import type { FunctionReturnType } from "convex/server";
import { ConvexError } from "convex/values";
import { useRef, useState } from "react";
import { api } from "../../../convex/_generated/api";
import { TOKEN_OF } from "../../domain/policies";
import { refuse } from "../../domain/refusal";
import type { Explanation } from "../refusals/explain";
import type { Intent } from "../transactions/intent";
import { type Submission, useSubmission } from "../transactions/useSubmission";
import type { Policy, Quote } from "./words";

type Sold = FunctionReturnType<typeof api.policies.requestPolicy>;

/** The terms of a policy that is asked for: of a quote, or of one that is still open. */
type Asked = Pick<Policy | Quote, "underlying" | "tier" | "strikeUsdMicros" | "quantity" | "expiresAt">;

/** What its buyer was shown, and allows: base units. */
interface Shown {
  coverage: bigint;
  mostPremium: bigint;
}

export interface Purchase {
  submission: Submission;
  isBusy: boolean;
  problem: Explanation | null;
  /** A quote of the buyer that has to be paid or to lapse first. */
  openPolicyId: bigint | null;
  buy(asked: Asked, shown: Shown): Promise<void>;
}

const OTHERS =
  "The terms that are signed are others than those shown, so nothing is paid. They stand below as your open quote: pay it there, or let it lapse.";

/** What is signed may be an earlier quote of the same: only what was shown is paid. */
export function intentOf(
  sold: Omit<Sold, "transaction">,
  { underlying }: Pick<Asked, "underlying">,
  shown: Shown,
): Intent {
  const { policyId, premium: amount, lock, coverage } = sold;
  if (amount > shown.mostPremium || coverage !== shown.coverage) {
    throw new ConvexError(refuse("TERMS_NOT_AS_SHOWN", OTHERS).refusal);
  }
  return { action: "premium", token: TOKEN_OF[underlying], amount, policyId, lock, coverage };
}

export function openQuoteOf(error: unknown): bigint | null {
  if (!(error instanceof ConvexError)) return null;
  const { code, policyId } = error.data as { code?: unknown; policyId?: unknown };
  return code === "QUOTE_OPEN" && typeof policyId === "bigint" ? policyId : null;
}

export function usePurchase(onSent: () => void): Purchase {
  const requestPolicy = useAction(api.policies.requestPolicy);
  const submission = useSubmission(onSent);
  const [openPolicyId, setOpen] = useState<bigint | null>(null);
  /** The same terms are asked for under the same key, so that an answer that was lost comes again. */
  const key = useRef({ terms: "", idempotencyKey: "" });

  const buy: Purchase["buy"] = async (asked, shown) => {
    const { underlying, tier, strikeUsdMicros, quantity, expiresAt } = asked;
    const terms = { underlying, tier, strikeUsdMicros, quantity, expiresAt };
    const named = Object.values(terms).join();
    if (key.current.terms !== named) key.current = { terms: named, idempotencyKey: crypto.randomUUID() };
    const { idempotencyKey } = key.current;
    setOpen(null);
    let intent: Intent | null = null;
    const request = async () => {
      const { transaction, ...sold } = await requestPolicy({
        ...terms,
        maxPremium: shown.mostPremium,
        idempotencyKey,
      }).catch((error) => {
        setOpen(openQuoteOf(error));
        throw error;
      });
      intent = intentOf(sold, asked, shown);
      return transaction;
    };
    await submission.begin(() => intent as Intent, request);
  };

  const { state } = submission;
  return {
    ...{ submission, openPolicyId, buy },
    isBusy: state.kind !== "idle",
    problem: state.kind === "idle" ? state.problem : null,
  };
}
