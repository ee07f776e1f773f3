/** Whether the books are far behind. Asked once a minute: to subscribe to it would bring every block to every page. */
import { useConvex } from "convex/react";
import { useEffect, useState } from "react";
import { api } from "../../../convex/_generated/api";
import { pageNow } from "../prices/pageClock";

const LOOK_EVERY_MS = 60_000;
/** As /health has it: behind by more than this, something has stopped. */
const LONGEST_LAG_MS = 600_000;

/** @param asOf block time of the books' newest look, ms; 0 before the first. @returns ms, null: not far */
export function latenessOf(asOf: number, now: number): number | null {
  return asOf !== 0 && now - asOf > LONGEST_LAG_MS ? now - asOf : null;
}

export function useLateness(): number | null {
  const convex = useConvex();
  const [lateMs, setLateMs] = useState<number | null>(null);
  useEffect(() => {
    let isCurrent = true;
    const look = async () => {
      const status = await convex.query(api.liquidity.getSyncStatus, {}).catch(() => null);
      if (isCurrent && status) setLateMs(latenessOf(status.asOf, pageNow()));
    };
    void look();
    const timer = setInterval(look, LOOK_EVERY_MS);
    return () => {
      isCurrent = false;
      clearInterval(timer);
    };
  }, [convex]);
  return lateMs;
}
