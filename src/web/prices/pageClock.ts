/**
 * The page's clock: this machine's, or the chain's where that is known to be ahead. Good for ages and countdowns; what
 * costs money is decided by block time, on the other side.
 */
import { useEffect, useState } from "react";

/** By how much the chain was last heard to be ahead of this machine, ms. */
let aheadMs = 0;

/** @param ms a block's time, or that of a price */
export function hearTime(ms: number): void {
  aheadMs = Math.max(aheadMs, ms - Date.now());
}

/** Ms. */
export function pageNow(): number {
  return Date.now() + aheadMs;
}

/** The page's time, told again and again. */
export function useNow(everyMs = 1_000): number {
  const [now, setNow] = useState(pageNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(pageNow()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** Whether a moment is over, told once when it is; null never comes. */
export function useIsPast(ms: number | null): boolean {
  const [isPast, setPast] = useState(() => ms !== null && pageNow() > ms);
  useEffect(() => {
    const leftMs = ms === null ? null : ms - pageNow();
    setPast(leftMs !== null && leftMs < 0);
    if (leftMs === null || leftMs < 0) return;
    const timer = setTimeout(() => setPast(true), leftMs + 1);
    return () => clearTimeout(timer);
  }, [ms]);
  return isPast;
}
