/** What happened, a line an entry and account: the newest first, until a header says otherwise. */
import { Copy } from "lucide-react";
import type { ReactNode } from "react";
import { readableTime } from "../amounts/words";
import { ExplorerLink } from "../transactions/ExplorerLink";
import { type Column, DataTable } from "../ui/DataTable";
import { useToast } from "../ui/Toasts";
import { type ActivityLine, capitalised, noteOf, placeOf, pocketWords, shortEntry, signed } from "./activityWords";
import styles from "./history.module.css";

function Entry({ entryId }: { entryId: string }) {
  const toast = useToast();
  const copy = () =>
    navigator.clipboard.writeText(entryId).then(
      () => toast(`Copied: ${entryId}`),
      () => toast(`The browser does not let this page copy. The entry is ${entryId}`),
    );
  return (
    <span className={styles.entry}>
      <code title={entryId}>{shortEntry(entryId)}</code>
      <button type="button" className={styles.copy} aria-label={`Copy entry ${entryId}`} onClick={() => void copy()}>
        <Copy size={13} aria-hidden />
      </button>
    </span>
  );
}

function What({ line }: { line: ActivityLine }) {
  return (
    <>
      <span className={styles.kind}>{capitalised(line.kind)}</span>
      <span className={styles.note}>{noteOf(line)}</span>
    </>
  );
}

function Change({ line }: { line: ActivityLine }) {
  const { amount, token } = line;
  return (
    <>
      <span className={amount === 0n ? styles.still : styles.change}>
        {signed(amount, token)} <span className="unit">{token}</span>
      </span>
      <span className={styles.note}>{pocketWords(line)}</span>
    </>
  );
}

const COLUMNS: Column<ActivityLine>[] = [
  {
    key: "time",
    header: "Time",
    sortBy: ({ at }) => at,
    cell: ({ at }) => (
      <time dateTime={new Date(at).toISOString()} className={styles.time}>
        {readableTime(at)}
      </time>
    ),
  },
  { key: "what", header: "What", sortBy: ({ kind }) => kind, cell: (line) => <What line={line} /> },
  { key: "account", header: "Account", sortBy: placeOf, cell: placeOf },
  { key: "amount", header: "Change", isFigure: true, cell: (line) => <Change line={line} /> },
  { key: "entry", header: "Entry", cell: ({ entryId }) => <Entry entryId={entryId} /> },
  {
    key: "transaction",
    header: "Transaction",
    cell: ({ txId }) => (txId === null ? <span className="hint">none</span> : <ExplorerLink txId={txId} />),
  },
];

export function ActivityTable({ lines, empty }: { lines: ActivityLine[]; empty: ReactNode }) {
  return (
    <DataTable
      caption="Activity"
      rows={lines}
      rowKey={({ entryId, account, tier }) => `${entryId} ${tier ?? account}`}
      columns={COLUMNS}
      empty={empty}
    />
  );
}
