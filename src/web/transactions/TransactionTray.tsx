/** In the frame, on every page: how many transactions are on their way, and a way to see them. */
import { Popover } from "@base-ui/react/popover";
import { useAccount, useVisitor } from "../account/AccountProvider";
import { useToast } from "../ui/Toasts";
import { SentTransactions } from "./SentTransactions";
import styles from "./sent.module.css";
import { isSettled } from "./transaction";
import { useSettled } from "./useSettled";

/** "2 on their way"; null: there is nothing to tell of. */
export function trayWords(onTheirWay: number, all: number): string | null {
  if (all === 0) return null;
  if (onTheirWay === 0) return "Transactions";
  return `${onTheirWay} on ${onTheirWay === 1 ? "its" : "their"} way`;
}

function Tray() {
  const { transactions } = useAccount();
  useSettled(transactions, useToast());
  const waiting = transactions.filter((transaction) => !isSettled(transaction)).length;
  const words = trayWords(waiting, transactions.length);
  if (words === null) return null;
  return (
    <Popover.Root>
      <Popover.Trigger className={`quiet ${styles.tray}`}>
        <span className={waiting > 0 ? "dot busy" : "dot"} aria-hidden />
        {words}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} align="end" className={styles.positioner}>
          <Popover.Popup className={styles.popup}>
            <Popover.Title className={styles.title}>Your transactions</Popover.Title>
            <SentTransactions />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

export function TransactionTray() {
  return useVisitor() === null ? null : <Tray />;
}
