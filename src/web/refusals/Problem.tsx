/** A refusal or failure, shown where it happened and read out: what it is, what to do, and where. */
import { type ReactNode, useState } from "react";
import { Link } from "wouter";
import type { Explanation } from "./explain";
import styles from "./problem.module.css";

interface ProblemProps {
  explanation: Explanation | null;
  /** A button that does what is to be done. */
  action?: ReactNode;
}

/** What an operator needs to find it: when, where and what, ready to be pasted. */
function Details({ text }: { text: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    const report = `${new Date().toISOString()} ${location.pathname}\n${text}`;
    await navigator.clipboard?.writeText(report);
    setCopied(true);
  };
  return (
    <button type="button" className="quiet" onClick={() => void copy().catch(() => setCopied(false))}>
      {isCopied ? "Copied" : "Copy the details"}
    </button>
  );
}

export function Problem({ explanation, action }: ProblemProps) {
  if (!explanation) return null;
  const { code, message, next, link, details } = explanation;
  return (
    <div className={styles.problem} role="alert">
      <p>
        {message} {next}
      </p>
      {(link || action || details) && (
        <div className={styles.ways}>
          {link && <Link href={link.to}>{link.label}</Link>}
          {action}
          {details && <Details text={details} />}
        </div>
      )}
      {code && <code>{code}</code>}
    </div>
  );
}
