/** Notices when a transaction that was on its way is final or has failed, wherever the visitor is on the page. */
import { useEffect, useRef } from "react";
import { readableAmount } from "../amounts/typing";
import { nounOf, placeOf } from "./intent";
import { describe } from "./progressWords";
import { isSettled, type SentTransaction } from "./transaction";

/** Which ones have just been settled: what was so when the page was opened is no news. */
export function newlySettled(before: SentTransaction[], now: SentTransaction[]): SentTransaction[] {
  const waiting = new Set(before.filter((transaction) => !isSettled(transaction)).map(({ id }) => id));
  return now.filter((transaction) => waiting.has(transaction.id) && isSettled(transaction));
}

/** "Deposit of 5 STX into Balanced: credited …" in one line. */
export function settledWords(transaction: SentTransaction): string {
  const { amount, token } = transaction;
  return `${nounOf(transaction)} ${readableAmount(amount, token)} ${token} ${placeOf(transaction)}. ${describe(transaction)}`;
}

export function useSettled(transactions: SentTransaction[], tell: (message: string) => void): void {
  const before = useRef(transactions);
  useEffect(() => {
    for (const transaction of newlySettled(before.current, transactions)) tell(settledWords(transaction));
    before.current = transactions;
  }, [transactions, tell]);
}
