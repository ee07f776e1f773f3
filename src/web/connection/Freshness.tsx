/** How far the books are behind the chain. It changes with every block, so it is asked for only while it is seen. */
import { useQuery } from "convex/react";
import type { FunctionReturnType } from "convex/server";
import { useEffect, useRef, useState } from "react";
import { api } from "../../../convex/_generated/api";
import { useNow } from "../prices/pageClock";

export type SyncStatus = FunctionReturnType<typeof api.liquidity.getSyncStatus>;

/** "2 s", "4 min". */
export function readableLag(lagMs: number): string {
  const seconds = Math.max(0, Math.floor(lagMs / 1_000));
  return seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;
}

/** @param now ms */
export function freshnessInWords({ watermark, seen, tipHeight, asOf, halted }: SyncStatus, now: number): string {
  if (asOf === 0) return "The chain has not been read yet.";
  const events = watermark === seen ? `all ${seen} events booked` : `${watermark} of ${seen} events booked`;
  const lag = halted === null ? `${readableLag(now - asOf)} behind the chain` : "halted";
  return `Block ${tipHeight}, ${events}, ${lag}`;
}

function useIsSeen() {
  const ref = useRef<HTMLSpanElement>(null);
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    if (!ref.current || typeof IntersectionObserver === "undefined") return;
    const observer = new IntersectionObserver(([entry]) => setSeen(entry?.isIntersecting ?? false));
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return { ref, isSeen };
}

export function Freshness() {
  const { ref, isSeen } = useIsSeen();
  const status = useQuery(api.liquidity.getSyncStatus, isSeen ? {} : "skip");
  const now = useNow();
  return (
    <span ref={ref} className="amount">
      {status ? freshnessInWords(status, now) : "…"}
    </span>
  );
}
