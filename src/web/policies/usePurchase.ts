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
import { type Explanation, explain } from "../refusals/explain";
import { useSession } from "../session/SessionProvider";
import { type Submission, useSubmission } from "../transactions/useSubmission";
import type { Policy, Quote } from "./words";

type Sold = FunctionReturnType<typeof api.policies.requestPolicy>;

/** The terms of a policy that is asked for; those of a quote, or of one that is still open. */
type Asked = Pick<Policy | Quote, "underlying" | "tier" | "strikeUsdMicros" | "quantity" | "expiresAt">;

/** What is signed may be an earlier quote of the same: only what was shown is paid. */
export function isAsShown(
  sold: Pick<Sold, "premium" | "coverage">,
  shown: { coverage: bigint; most: bigint },
): boolean {
  return sold.premium <= shown.most && sold.coverage === shown.coverage;
}

export interface Purchase {
  submission: Submission;
  isRequesting: boolean;
  problem: Explanation | null;
  /** A quote of the buyer that has to be paid or to lapse first. */
  openPolicyId: bigint | null;
  /** @param most the premium that the buyer allows, base units */
  buy(asked: Asked, shown: { coverage: bigint; most: bigint }): Promise<void>;
  forget(): void;
}

function openQuoteOf(error: unknown): bigint | null {
  if (!(error instanceof ConvexError)) return null;
  const data = error.data as { code?: unknown; policyId?: unknown };
  return data.code === "QUOTE_OPEN" && typeof data.policyId === "bigint" ? data.policyId : null;
}

const OTHERS =
  "The terms that are signed are others than those shown, so nothing is paid. They stand below as your open quote: pay it there, or let it lapse.";

export function usePurchase(onSent: () => void): Purchase {
  const { expire } = useSession();
  const requestPolicy = useAction(api.policies.requestPolicy);
  const submission = useSubmission(onSent);
  const [isRequesting, setRequesting] = useState(false);
  const [problem, setProblem] = useState<Explanation | null>(null);
  const [openPolicyId, setOpen] = useState<bigint | null>(null);
  /** The same terms are asked for under the same key, so that an answer that was lost comes again. */
  const key = useRef({ terms: "", idempotencyKey: "" });

  const forget = () => {
    setProblem(null);
    setOpen(null);
    submission.close();
  };

  const buy: Purchase["buy"] = async ({ underlying, tier, strikeUsdMicros, quantity, expiresAt }, shown) => {
    const terms = { underlying, tier, strikeUsdMicros, quantity, expiresAt };
    const named = Object.values(terms).join();
    if (key.current.terms !== named) key.current = { terms: named, idempotencyKey: crypto.randomUUID() };
    forget();
    setRequesting(true);
    try {
      const { idempotencyKey } = key.current;
      const sold = await requestPolicy({ ...terms, maxPremium: shown.most, idempotencyKey });
      if (!isAsShown(sold, shown)) return setProblem({ code: "TERMS_NOT_AS_SHOWN", message: OTHERS });
      const { policyId, premium, lock, coverage, transaction } = sold;
      const token = TOKEN_OF[underlying];
      const intent = { action: "premium" as const, token, amount: premium, policyId, lock, coverage };
      await submission.begin(intent, async () => transaction);
    } catch (error) {
      const explanation = explain(error);
      if (explanation.code === "NOT_SIGNED_IN") expire();
      setOpen(openQuoteOf(error));
      setProblem(explanation);
    } finally {
      setRequesting(false);
    }
  };

  return { submission, isRequesting, problem, openPolicyId, buy, forget };
}
