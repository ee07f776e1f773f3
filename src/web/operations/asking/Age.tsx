/** How long ago something was, going on by itself. */
import { useEffect, useState } from "react";
import { shownDuration } from "../../../domain/durations";

const TICK_MS = 1_000;

export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export function ago(ms: number, now: number): string {
  return ms > now - TICK_MS ? "now" : `${shownDuration((now - ms) / 1_000)} ago`;
}

export function Age({ since }: { since: number }) {
  return <span>{ago(since, useNow())}</span>;
}
