/** The caller's own policies, live, the newest first, each with what can be done with it. */
import { useConvexAuth, usePaginatedQuery } from "convex/react";
import { useState } from "react";
import { api } from "../../../convex/_generated/api";
import { useAccount } from "../account/AccountProvider";
import { useNow } from "../prices/pageClock";
import { useTokenPrices } from "../prices/usePrices";
import { Card } from "../ui/Card";
import { Empty } from "../ui/Empty";
import { Placeholder } from "../ui/Live";
import { ExerciseDialog } from "./ExerciseDialog";
import { OpenQuote } from "./OpenQuote";
import { PolicyRow } from "./PolicyRow";
import styles from "./policies.module.css";
import { useVolatilities } from "./useTiers";
import type { Policy } from "./words";

const PAGE = 10;

interface ActsProps {
  policy: Policy;
  priceUsdMicros: bigint | null;
  now: number;
}

function Acts({ policy, priceUsdMicros, now }: ActsProps) {
  const { hindrance, transactions } = useAccount();
  const [isAsking, setAsking] = useState(false);
  const { policyId, status, expiresAt } = policy;
  if (status === "quoted") {
    const isSent = transactions.some(
      (sent) => sent.action === "premium" && sent.policyId === policyId && sent.progress.kind !== "failed",
    );
    return <OpenQuote policy={policy} now={now} hindrance={hindrance} isSent={isSent} />;
  }
  if (status !== "active") return null;
  const isOver = now >= expiresAt;
  return (
    <>
      <button type="button" disabled={hindrance !== null || isOver} onClick={() => setAsking(true)}>
        {hindrance ?? (isOver ? "Expired: it settles by itself" : "Exercise")}
      </button>
      <ExerciseDialog {...{ policy, priceUsdMicros }} isOpen={isAsking} onClose={() => setAsking(false)} />
    </>
  );
}

export function MyPolicies() {
  const { isAuthenticated } = useConvexAuth();
  const listed = usePaginatedQuery(api.policies.getMyPolicies, isAuthenticated ? {} : "skip", {
    initialNumItems: PAGE,
  });
  const prices = useTokenPrices();
  const volatilityOf = useVolatilities();
  const now = useNow();
  const { results, status, loadMore } = listed;
  return (
    <Card title="My policies">
      {status === "LoadingFirstPage" && <Placeholder what="your policies" />}
      {status === "Exhausted" && results.length === 0 && (
        <Empty>You have no policies. The quote above shows what one would cost.</Empty>
      )}
      <div className={styles.policies}>
        {results.map((policy) => {
          const live = { policy, priceUsdMicros: prices[policy.token], now };
          return (
            <PolicyRow
              key={policy.policyId.toString()}
              {...live}
              volatility={volatilityOf(policy.tier, policy.underlying)}
            >
              <Acts {...live} />
            </PolicyRow>
          );
        })}
        {(status === "CanLoadMore" || status === "LoadingMore") && (
          <button
            type="button"
            className={`quiet ${styles.more}`}
            disabled={status === "LoadingMore"}
            onClick={() => loadMore(PAGE)}
          >
            {status === "LoadingMore" ? "Reading …" : "Show older ones"}
          </button>
        )}
      </div>
    </Card>
  );
}
