/** By when the chain is now: what happened is told by its time, not by this machine's. */
import { useConvex } from "convex/react";
import { useEffect, useState } from "react";
import { api } from "../../../convex/_generated/api";

/** Asked once and again after each occasion, as it changes with every block. Ms; null while it is not known. */
export function useChainTime(occasion: string): number | null {
  const client = useConvex();
  const [time, setTime] = useState<number | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: an occasion is a reason to ask again.
  useEffect(() => {
    let isCurrent = true;
    client.query(api.liquidity.getSyncStatus, {}).then(
      ({ asOf }) => isCurrent && setTime(asOf),
      // Before the first look at the chain there is no time of it.
      () => isCurrent && setTime((before) => before ?? Date.now()),
    );
    return () => {
      isCurrent = false;
    };
  }, [client, occasion]);
  return time;
}
