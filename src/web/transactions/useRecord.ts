/** The record of sent transactions as React state, written before anything is sent, and followed until it settles. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { Token } from "../../domain/tokens";
import type { WebConfig } from "../config";
import { lookUp } from "./chainStatus";
import { changeRecord, keepRecord, type RecordChange, readRecord, recordKey } from "./record";
import { isSettled, nextProgress, type SentTransaction } from "./transaction";

const POLL_MS = { devnet: 1_000, testnet: 5_000, mainnet: 5_000 };

/** The record of one address, which all tabs share: what another tab writes is seen here. */
function useStoredRecord(address: string): [SentTransaction[], (change: RecordChange) => void] {
  const [record, setRecord] = useState(() => readRecord(localStorage, address));
  // At once into the storage, not with the next render: what follows may be the broadcast. What is there is read again
  // first, as another tab may have added to it.
  const change = useCallback(
    (step: RecordChange) => {
      const next = changeRecord(readRecord(localStorage, address), step);
      keepRecord(localStorage, address, next);
      setRecord(next);
    },
    [address],
  );
  useEffect(() => {
    const onStorage = ({ key }: StorageEvent) => {
      if (key === recordKey(address)) setRecord(readRecord(localStorage, address));
    };
    addEventListener("storage", onStorage);
    return () => removeEventListener("storage", onStorage);
  }, [address]);
  return [record, change];
}

const isSame = (one: SentTransaction["progress"], other: SentTransaction["progress"]) =>
  one.kind === other.kind &&
  ("blockHeight" in one ? one.blockHeight : 0) === ("blockHeight" in other ? other.blockHeight : 0);

/** @param booked the newest event of each token in the ledger */
export function useRecord(
  config: WebConfig,
  address: string,
  booked: ReadonlyMap<Token, bigint>,
): [SentTransaction[], (change: RecordChange) => void] {
  const [record, change] = useStoredRecord(address);
  const latest = useRef({ record, booked });
  latest.current = { record, booked };

  const isFollowing = record.some((transaction) => !isSettled(transaction));
  useEffect(() => {
    if (!isFollowing) return;
    let isCurrent = true;
    const follow = async (transaction: SentTransaction) => {
      const { id } = transaction;
      // An API that is out of reach changes nothing; the next look may find it again.
      const look = await lookUp(config, transaction).catch(() => null);
      if (!look || !isCurrent) return;
      if (look.txId !== null && look.txId !== transaction.txId) change({ kind: "identified", id, txId: look.txId });
      const progress = nextProgress(transaction, look.status, latest.current.booked, Date.now());
      if (!isSame(progress, transaction.progress)) change({ kind: "moved", id, progress });
    };
    const look = () => {
      for (const transaction of latest.current.record) if (!isSettled(transaction)) void follow(transaction);
    };
    look();
    const timer = setInterval(look, POLL_MS[config.network]);
    return () => {
      isCurrent = false;
      clearInterval(timer);
    };
  }, [config, isFollowing, change]);

  return [record, change];
}
