/** Something that has to be known before one goes on, and what to do about it. */
import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import styles from "./Notice.module.css";

interface NoticeProps {
  tone: "info" | "warning" | "danger";
  title: ReactNode;
  /** A button or a link. */
  action?: ReactNode;
  /** More than the title says. */
  children?: ReactNode;
}

const ICONS = { info: Info, warning: TriangleAlert, danger: CircleAlert };

export function Notice({ tone, title, action, children }: NoticeProps) {
  const Icon = ICONS[tone];
  return (
    <div className={`${styles.notice} ${styles[tone] ?? ""}`}>
      <Icon size={18} aria-hidden className={styles.icon} />
      <div className={styles.words}>
        <strong>{title}</strong>
        {children && <div className={styles.more}>{children}</div>}
      </div>
      {action && <div className={styles.action}>{action}</div>}
    </div>
  );
}
