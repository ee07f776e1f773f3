/** The record of sent transactions as React state, written before anything is sent, and followed until it settles. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { Token } from "../../domain/tokens";
import type { WebConfig } from "../config";
import { readChainStatus } from "./chainStatus";
import { changeRecord, keepRecord, type RecordChange, readRecord } from "./record";
import { isSettled, nextProgress, type SentTransaction } from "./transaction";

const POLL_MS = 1_000;

/** @param booked the newest event of each token in the ledger */
export function useRecord(
  config: WebConfig,
  booked: ReadonlyMap<Token, bigint>,
): [SentTransaction[], (change: RecordChange) => void] {
  const [record, setRecord] = useState(() => readRecord(sessionStorage));
  const latest = useRef({ record, booked });
  latest.current.booked = booked;

  // At once into the storage, not with the next render: what follows may be the broadcast.
  const change = useCallback((step: RecordChange) => {
    const next = changeRecord(latest.current.record, step);
    latest.current.record = next;
    keepRecord(sessionStorage, next);
    setRecord(next);
  }, []);

  const isFollowing = record.some((transaction) => !isSettled(transaction));
  useEffect(() => {
    if (!isFollowing) return;
    let isCurrent = true;
    const follow = async (transaction: SentTransaction) => {
      // An API that is out of reach changes nothing; the next look may find it again.
      const status = await readChainStatus(config, transaction.txId).catch(() => null);
      if (!status || !isCurrent) return;
      const progress = nextProgress(transaction, status, latest.current.booked, Date.now());
      change({ kind: "moved", txId: transaction.txId, progress });
    };
    const look = () => {
      for (const transaction of latest.current.record) if (!isSettled(transaction)) void follow(transaction);
    };
    look();
    const timer = setInterval(look, POLL_MS);
    return () => {
      isCurrent = false;
      clearInterval(timer);
    };
  }, [config, isFollowing, change]);

  return [record, change];
}
