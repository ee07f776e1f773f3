/** The vault's record of a policy, read again every few seconds while it is looked at, and whenever the service's changes. */
import { useEffect, useState } from "react";
import type { WebConfig } from "../config";
import { hearTime } from "../prices/pageClock";
import type { LockReading } from "./lock";
import type { Policy } from "./words";

const EVERY_MS = 15_000;

export type LockState =
  | { kind: "reading" }
  | { kind: "read"; reading: LockReading }
  /** Nobody answers, or not as a node; the last reading, if any, proves nothing any more. */
  | { kind: "unreachable"; why: string };

export function useLock(config: WebConfig, { policyId, status, locked, lockTarget }: Policy): LockState {
  const [state, setState] = useState<LockState>({ kind: "reading" });
  // biome-ignore lint/correctness/useExhaustiveDependencies: what the service says anew is held against the chain anew.
  useEffect(() => {
    let isCurrent = true;
    const tell = (next: LockState) => {
      if (isCurrent) setState(next);
    };
    const read = async () => {
      try {
        const { readLock } = await import("./lock");
        const reading = await readLock(config, policyId);
        hearTime(reading.block.timeMs);
        tell({ kind: "read", reading });
      } catch (error) {
        tell({ kind: "unreachable", why: error instanceof Error ? error.message : String(error) });
      }
    };
    void read();
    const timer = setInterval(read, EVERY_MS);
    return () => {
      isCurrent = false;
      clearInterval(timer);
    };
  }, [config, policyId, status, locked, lockTarget]);
  return state;
}
