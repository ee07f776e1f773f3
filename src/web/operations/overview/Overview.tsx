/** Is anything wrong? Read in five seconds, each line with its place and its playbook. */
import { CircleAlert, CircleCheck, CircleHelp, type LucideIcon, OctagonAlert, RefreshCw } from "lucide-react";
import { Link } from "wouter";
import { api } from "../../../../convex/_generated/api";
import type { HealthStatus } from "../../../domain/health";
import type { Token } from "../../../domain/tokens";
import { Card } from "../../ui/Card";
import { useNow } from "../asking/Age";
import { useAsked, useAskedRows } from "../asking/useAsked";
import style from "../operations.module.css";
import { PlaybookOf } from "../PlaybookOf";
import { type Answers, type Check, checksOf, summaryOf, type Verdict } from "./checks";

const VERDICTS: Record<Verdict, { word: string; Icon: LucideIcon }> = {
  fine: { word: "Fine", Icon: CircleCheck },
  attention: { word: "Look at it", Icon: CircleAlert },
  trouble: { word: "Wrong", Icon: OctagonAlert },
  unknown: { word: "Not known", Icon: CircleHelp },
  asking: { word: "Asking", Icon: RefreshCw },
};

function CheckLine({ check: { name, verdict, found, path } }: { check: Check }) {
  const { word, Icon } = VERDICTS[verdict];
  return (
    <li data-verdict={verdict}>
      <span className={style.verdict} data-verdict={verdict}>
        <Icon size={15} aria-hidden style={{ verticalAlign: "-2px" }} /> {word}
      </span>
      <strong>{name}</strong>
      <span className={style.found}>{found}</span>
      <Link href={path} aria-label={`Open ${name}`}>
        Open
      </Link>
    </li>
  );
}

export function Checks({ checks }: { checks: Check[] }) {
  const playbooks = new Set(
    checks.filter(({ verdict }) => verdict === "trouble" || verdict === "attention").map(({ playbook }) => playbook),
  );
  return (
    <>
      <p role="status">
        <strong>{summaryOf(checks)}</strong>
      </p>
      <ul className={style.checks} aria-label="Checks">
        {checks.map((check) => (
          <CheckLine key={check.name} check={check} />
        ))}
      </ul>
      {playbooks.size > 0 && (
        <Card title="What to do">
          <div className={style.stack}>
            {[...playbooks].map((name) => (
              <PlaybookOf key={name} name={name} />
            ))}
          </div>
        </Card>
      )}
    </>
  );
}

function useHealthAsked(token: Token, status: HealthStatus) {
  return useAskedRows(api.operations.listHealth, { token, status }).polled.asked;
}

function useAnswers(): Answers {
  const { operations, liquidity } = api;
  return {
    breakers: useAsked(operations.getBreakers, {}).asked,
    sync: useAsked(operations.getSync, {}).asked,
    proof: useAsked(liquidity.getProof, {}).asked,
    outbox: useAsked(operations.getOutbox, {}).asked,
    prices: useAsked(operations.getPriceSources, {}).asked,
    audit: useAsked(operations.getAuditResult, {}).asked,
    breaches: {
      STX: useAskedRows(operations.listBreaches, { token: "STX" }).polled.asked,
      sBTC: useAskedRows(operations.listBreaches, { token: "sBTC" }).polled.asked,
    },
    marginCalls: { STX: useHealthAsked("STX", "MarginCall"), sBTC: useHealthAsked("sBTC", "MarginCall") },
    liquidating: { STX: useHealthAsked("STX", "Liquidating"), sBTC: useHealthAsked("sBTC", "Liquidating") },
    failedDeliveries: useAskedRows(operations.listDeliveries, { status: "failed" }).polled.asked,
  };
}

export default function Overview() {
  const answers = useAnswers();
  return <Checks checks={checksOf(answers, useNow())} />;
}
