/** The caller's own policies, live, the newest first, each with what can be done with it. */
import { useConvexAuth, usePaginatedQuery } from "convex/react";
import { api } from "../../../convex/_generated/api";
import { useNow } from "../prices/pageClock";
import { useTokenPrices } from "../prices/usePrices";
import { Card } from "../ui/Card";
import { Empty } from "../ui/Empty";
import { Placeholder } from "../ui/Live";
import { PolicyActs } from "./PolicyActs";
import { PolicyRow } from "./PolicyRow";
import styles from "./policies.module.css";
import { useVolatilities } from "./useTiers";

const PAGE = 10;

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
              <PolicyActs {...live} />
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
