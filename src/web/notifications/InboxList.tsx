/** What was told, the newest first: what it means, when, and where to go on. */
import { CircleAlert, CircleCheck, Info } from "lucide-react";
import { Link } from "wouter";
import { readableTime } from "../amounts/words";
import type { Explanation } from "../refusals/explain";
import { Problem } from "../refusals/Problem";
import styles from "./notifications.module.css";
import { type Notice, type NoticeWords, wordsOf } from "./words";

const ICONS = { good: CircleCheck, bad: CircleAlert, plain: Info };
/** For those who don't see the icon. */
const TOLD: Record<NoticeWords["tone"], string> = { good: "Good news: ", bad: "Attention: ", plain: "" };

interface ItemProps {
  notice: Notice;
  isNew: boolean;
  onFollow(): void;
}

function Item({ notice, isNew, onFollow }: ItemProps) {
  const { title, text, tone, link } = wordsOf(notice);
  const Icon = ICONS[tone];
  return (
    <li className={styles.item}>
      <Icon className={styles[tone]} size={18} aria-hidden />
      <div>
        <p className={styles.title}>
          <span className="unseen">{TOLD[tone]}</span>
          {title} {isNew && <span className={styles.fresh}>new</span>}
        </p>
        <p>{text}</p>
        <p className={styles.foot}>
          <time dateTime={new Date(notice.at).toISOString()}>{readableTime(notice.at)}</time>
          <Link href={link.to} onClick={onFollow}>
            {link.name}
          </Link>
        </p>
      </div>
    </li>
  );
}

/** Of what is older. */
export type More =
  | { kind: "all read" }
  | { kind: "reading" }
  | { kind: "on request"; read(): void }
  | { kind: "failed"; problem: Explanation };

interface InboxListProps {
  notices: Notice[];
  /** What is younger is new, ms. */
  seen: number;
  more: More;
  onFollow(): void;
}

export function InboxList({ notices, seen, more, onFollow }: InboxListProps) {
  if (notices.length === 0 && more.kind === "all read")
    return (
      <p className="empty">
        Nothing yet. You are told here when a deposit counts, a withdrawal ends, your health changes or a policy pays.
      </p>
    );
  // Two of one time and kind may be there: what comes on top must not change who an older one is.
  const keyOf = (index: number) => notices.length - index;
  return (
    <>
      <ul className={styles.list}>
        {notices.map((notice, index) => (
          <Item key={keyOf(index)} notice={notice} isNew={notice.at > seen} onFollow={onFollow} />
        ))}
      </ul>
      {more.kind === "reading" && <p className="hint">Reading …</p>}
      {more.kind === "failed" && <Problem explanation={more.problem} />}
      {more.kind === "on request" && (
        <button type="button" className="quiet" onClick={more.read}>
          Show older
        </button>
      )}
    </>
  );
}
