/** The bell in the header: how much is unread, and all that was told behind it. */
import { Popover } from "@base-ui/react/popover";
import {
  type UsePaginatedQueryObjectReturnType,
  useConvexAuth,
  usePaginatedQuery_experimental as useLivePages,
} from "convex/react";
import { Bell } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { api } from "../../../convex/_generated/api";
import { useVisitor } from "../account/AccountProvider";
import { explain } from "../refusals/explain";
import { useToast } from "../ui/Toasts";
import { InboxList, type More } from "./InboxList";
import styles from "./notifications.module.css";
import { useSeen } from "./seen";
import { type Notice, wordsOf } from "./words";

/** Read at once: what is unread beyond that is told as "and more". */
const PAGE = 20;

export function unreadWords(count: number): string {
  if (count === 0) return "Notifications, none unread";
  return count < PAGE ? `Notifications, ${count} unread` : `Notifications, ${count} or more unread`;
}

/** Ends of one's own transactions: whoever sent them has just been told by the tray. */
const TOLD_BY_THE_TRAY = ["deposit.counted", "withdrawal.paid", "policy.started"];

/** What comes while the page is open is said once: the newest title, and how many others. */
function useNews(notices: Notice[], isRead: boolean, onNews: (words: string) => void) {
  const latest = useRef<number | null>(null);
  useEffect(() => {
    if (!isRead) return;
    const before = latest.current;
    latest.current = notices[0]?.at ?? 0;
    if (before === null) return;
    const [newest, ...others] = notices.filter(({ at, kind }) => at > before && !TOLD_BY_THE_TRAY.includes(kind));
    if (newest) onNews(`${wordsOf(newest).title}${others.length > 0 ? `, and ${others.length} more` : ""}`);
  }, [notices, isRead, onNews]);
}

interface BellProps {
  notices: Notice[];
  /** Of the address, ms. */
  seen: number;
  more: More;
  onSeen(at: number): void;
  onNews(words: string): void;
}

/** What is open counts as read when it is closed, so that what is new can be told from what is not while one looks. */
export function InboxBell({ notices, seen, more, onSeen, onNews }: BellProps) {
  const [isOpen, setOpen] = useState(false);
  const unread = notices.filter(({ at }) => at > seen).length;
  useNews(notices, notices.length > 0 || more.kind === "all read", onNews);
  const turn = (open: boolean) => {
    setOpen(open);
    const [newest] = notices;
    if (!open && newest) onSeen(newest.at);
  };
  return (
    <Popover.Root open={isOpen} onOpenChange={turn}>
      <Popover.Trigger className={styles.bell} aria-label={unreadWords(unread)}>
        <Bell size={18} aria-hidden />
        {unread > 0 && (
          <span className={styles.count} aria-hidden>
            {unread < PAGE ? unread : `${PAGE}+`}
          </span>
        )}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={8} align="end" collisionPadding={12} className={styles.layer}>
          <Popover.Popup className={styles.popup}>
            <Popover.Title className={styles.head}>Notifications</Popover.Title>
            <InboxList notices={notices} seen={seen} more={more} onFollow={() => turn(false)} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

const NONE: Notice[] = [];

function moreOf(told: UsePaginatedQueryObjectReturnType<typeof api.policies.getNotifications>): More {
  if (told.status === "error") return { kind: "failed", problem: explain(told.error) };
  if (told.status === "pending") return { kind: "reading" };
  return told.canLoadMore ? { kind: "on request", read: () => told.loadMore(PAGE) } : { kind: "all read" };
}

function OwnInbox({ address }: { address: string }) {
  const { isAuthenticated } = useConvexAuth();
  const told = useLivePages({
    query: api.policies.getNotifications,
    args: isAuthenticated ? {} : "skip",
    initialNumItems: PAGE,
  });
  const [seen, see] = useSeen(address);
  return <InboxBell notices={told.data ?? NONE} seen={seen} more={moreOf(told)} onSeen={see} onNews={useToast()} />;
}

export function Inbox() {
  const visitor = useVisitor();
  return visitor && <OwnInbox key={visitor.address} address={visitor.address} />;
}
