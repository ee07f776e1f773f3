/** The signed-in provider's capital, live. */
import { useConvexAuth, useQuery_experimental as useLiveQuery } from "convex/react";
import { api } from "../../../convex/_generated/api";

export function usePortfolio() {
  const { isAuthenticated } = useConvexAuth();
  return useLiveQuery({ query: api.liquidity.getProviderPortfolio, args: isAuthenticated ? {} : "skip" });
}
