/** A wallet's own balances, kept fresh: every few seconds, and at once when a transaction of it goes on. */
import { useEffect, useState } from "react";
import type { WebConfig } from "../config";
import { type Balances, readBalances } from "./balances";

const REFRESH_MS = 4_000;

export type BalancesState =
  | { kind: "loading" }
  | { kind: "known"; balances: Balances }
  /** The last known balances, if any, are no longer certain. */
  | { kind: "unreachable"; balances: Balances | null };

/** @param occasion any value that changes when the balances are likely to have changed */
export function useBalances(config: WebConfig, address: string, occasion: string): BalancesState {
  const [state, setState] = useState<BalancesState>({ kind: "loading" });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the occasion is what asks for a fresh look
  useEffect(() => {
    let isCurrent = true;
    const look = async () => {
      const next = await readBalances(config, address).catch(() => null);
      if (!isCurrent) return;
      setState((last) => {
        if (next) return { kind: "known", balances: next };
        return { kind: "unreachable", balances: last.kind === "loading" ? null : last.balances };
      });
    };
    void look();
    const timer = setInterval(look, REFRESH_MS);
    return () => {
      isCurrent = false;
      clearInterval(timer);
    };
  }, [config, address, occasion]);
  return state;
}
