/**
 * Is anything wrong? One line a subject, the same order as the guide's. What could not be asked, or was asked too long ago, is
 * unknown: nothing here is fine because nobody has heard of it.
 */
import { shownDuration } from "../../../domain/durations";
import { TOKENS, type Token } from "../../../domain/tokens";
import { shortAddress } from "../../wallets/wallet";
import type {
  AuditResult,
  Delivery,
  HealthRow,
  OutboxNow,
  PriceStanding,
  PrincipalAmount,
  Proofs,
  Stopped,
  SyncStanding,
} from "../answers";
import type { Rows } from "../asking/useAsked";
import { type Asked, lastAnswer } from "../asking/usePolled";
import type { PlaybookName } from "../playbooks";

export type Verdict = "trouble" | "unknown" | "attention" | "asking" | "fine";

interface Finding {
  verdict: Verdict;
  found: string;
}

export interface Check extends Finding {
  name: string;
  /** Where it is looked into. */
  path: string;
  playbook: PlaybookName;
}

export interface Answers {
  breakers: Asked<Stopped>;
  sync: Asked<SyncStanding>;
  proof: Asked<Proofs>;
  outbox: Asked<OutboxNow>;
  prices: Asked<PriceStanding>;
  audit: Asked<AuditResult>;
  breaches: Record<Token, Asked<Rows<PrincipalAmount>>>;
  marginCalls: Record<Token, Asked<Rows<HealthRow>>>;
  liquidating: Record<Token, Asked<Rows<HealthRow>>>;
  failedDeliveries: Asked<Rows<Delivery>>;
}

const ORDER: Verdict[] = ["trouble", "unknown", "attention", "asking", "fine"];
/** Older than this, an answer says nothing about now. */
const STALE_MS = 45_000;
/** A loop that is later than this for its next look has stopped. */
const OVERDUE_MS = 60_000;

const fine = (found: string): Finding => ({ verdict: "fine", found });
const attention = (found: string): Finding => ({ verdict: "attention", found });
const trouble = (found: string): Finding => ({ verdict: "trouble", found });

const secondsBetween = (from: number, to: number) => shownDuration((to - from) / 1_000);

function judged<Data>(asked: Asked<Data>, now: number, judge: (data: Data) => Finding): Finding {
  if (asked.kind === "asking") return { verdict: "asking", found: "Being asked …" };
  const last = lastAnswer(asked);
  const known = last ? ` ${secondsBetween(last.at, now)} ago: ${judge(last.data).found}` : "";
  if (asked.kind === "unknown") return { verdict: "unknown", found: `${asked.problem.message}${known}` };
  if (now - asked.at > STALE_MS) return { verdict: "unknown", found: `Not asked lately.${known}` };
  return judge(asked.data);
}

/** The worst of several; all of what is not fine is told. */
function worstOf(findings: Finding[]): Finding {
  const verdict = ORDER.find((one) => findings.some((finding) => finding.verdict === one)) ?? "unknown";
  const told = verdict === "fine" ? findings.slice(0, 1) : findings.filter((finding) => finding.verdict !== "fine");
  return { verdict, found: [...new Set(told.map(({ found }) => found))].join(" ") };
}

const breakersFound = ({ breakers }: Stopped): Finding => {
  if (breakers.length === 0) return fine("Nothing is stopped.");
  return trouble(breakers.map(({ capability, reason }) => `${capability} is stopped: ${reason}`).join("; "));
};

function restoreFound({ restore }: Stopped): Finding {
  if (restore === null) return fine("No restore rule holds.");
  if (restore.kind === "looking")
    return attention("Restored from a backup: nothing is signed until a look has reached the tip.");
  return attention(
    `Restored from a backup: nothing is signed before ${new Date(restore.until * 1_000).toISOString()}.`,
  );
}

function syncFound(now: number) {
  return ({ halted, failures, lastError, behindSince, pending, nextLookAt, doubts }: SyncStanding): Finding => {
    if (halted !== null) return trouble(`Halted: ${halted}`);
    if (failures > 0) return attention(`${failures} looks failed in a row: ${lastError ?? "no reason given"}`);
    if (nextLookAt === null) return attention("No look at the chain has begun yet.");
    if (now - nextLookAt > OVERDUE_MS)
      return trouble(`The next look is overdue by ${secondsBetween(nextLookAt, now)}.`);
    if (behindSince !== null) return attention(`What answers has been behind for ${secondsBetween(behindSince, now)}.`);
    if (doubts > 0) return attention(`${doubts} looks in a row may have been of a fork that is gone.`);
    return fine(pending === 0n ? "Goes on; no event waits." : `Goes on; ${pending} events wait for finality.`);
  };
}

function vaultFound({ paused, guardian }: SyncStanding): Finding {
  if (paused === null) return attention("No look has read the vault yet.");
  if (paused) return trouble("The vault is paused: withdrawals, settlements and premiums stop; deposits go on.");
  return fine(guardian ? `Open; its guardian is ${shortAddress(guardian)}.` : "Open.");
}

function proofFound(proofs: Proofs): Finding {
  if (proofs.length < TOKENS.length) return attention("Not both tokens have a proof yet.");
  const failed = proofs.filter(({ holds }) => !holds).map(({ token }) => token);
  if (failed.length > 0) return trouble(`The proof of ${failed.join(" and ")} has failed.`);
  const [{ blockHeight = 0 } = {}] = proofs;
  return fine(`Holds for both tokens, at block ${blockHeight}.`);
}

function outboxFound({ alarm, paused, failures, lastError, failed, waiting, transactions }: OutboxNow): Finding {
  const findings: Finding[] = [];
  if (alarm !== null) findings.push(trouble(`Alarm: ${alarm}.`));
  for (const transaction of transactions) {
    if (transaction.alarm !== null)
      findings.push(trouble(`Alarm of the transaction with nonce ${transaction.nonce}: ${transaction.alarm}.`));
  }
  if (paused !== null) findings.push(trouble(`Paused: ${paused}.`));
  if (failures > 0) findings.push(attention(`${failures} turns failed in a row: ${lastError ?? "no reason given"}.`));
  if (failed.length > 0) findings.push(attention(`${failed.length} ${failed.length === 1 ? "call" : "calls"} failed.`));
  if (findings.length > 0) return worstOf(findings);
  return fine(`${transactions.length} on their way, ${waiting.length} wait.`);
}

function pricesFound(now: number) {
  return ({ prices, troubles, failures, dueAt }: PriceStanding): Finding => {
    if (prices.length === 0) return trouble("No price has been accepted yet.");
    const findings: Finding[] = prices.map(({ underlying, isGood, refusal, accepted }) => {
      if (!isGood || !accepted)
        return trouble(`No good price of ${underlying}: ${refusal ?? "none was accepted yet"}.`);
      return fine("There is a good price for both.");
    });
    if (dueAt === null || now - dueAt > OVERDUE_MS) findings.push(trouble("Nobody has looked at the sources lately."));
    if (failures > 0) findings.push(attention(`${failures} looks in a row could not be recorded.`));
    if (troubles.length > 0) findings.push(attention(troubles.join("; ")));
    return worstOf(findings);
  };
}

function auditFound(now: number) {
  return (result: AuditResult): Finding => {
    if (result === null) return attention("No audit has gone through all books yet.");
    const { differences, wrongSums, finishedAt } = result;
    if (differences > 0) return trouble(`${differences} differences in the books.`);
    if (wrongSums.length > 0)
      return attention(`Sums in doubt, which the next pass decides: ${wrongSums.map(({ name }) => name).join(", ")}.`);
    return fine(`No difference, ${secondsBetween(finishedAt, now)} ago.`);
  };
}

const countOf = <Row>({ rows, isDone }: Rows<Row>) => `${rows.length}${isDone ? "" : " or more"}`;

/** Nothing among the first rows is no answer where there are more. */
function listFound<Row>(found: (list: Rows<Row>) => Finding, none: string) {
  return (list: Rows<Row>): Finding => {
    if (list.rows.length > 0) return found(list);
    return list.isDone ? fine(none) : { verdict: "unknown", found: "The list is too long to be read at once." };
  };
}

function healthFindings({ marginCalls, liquidating }: Answers, now: number): Finding[] {
  const none = "No position is in a margin call or liquidating.";
  return TOKENS.flatMap((token) => [
    judged(
      liquidating[token],
      now,
      listFound((list) => {
        const stuck = list.rows.filter(({ isStuck }) => isStuck).length;
        const told = `${countOf(list)} in ${token} liquidating`;
        return stuck > 0 ? trouble(`${told}, of which nobody can take ${stuck}.`) : attention(`${told}.`);
      }, none),
    ),
    judged(
      marginCalls[token],
      now,
      listFound((list) => attention(`${countOf(list)} in ${token} in a margin call.`), none),
    ),
  ]);
}

export function checksOf(answers: Answers, now: number): Check[] {
  const { breakers, sync, proof, outbox, prices, audit, breaches, failedDeliveries } = answers;
  const check = (name: string, place: string, playbook: PlaybookName, finding: Finding): Check => ({
    ...{ name, playbook, ...finding },
    path: `/operations/${place}`,
  });
  const breachesFound = TOKENS.map((token) =>
    judged(
      breaches[token],
      now,
      listFound((list) => trouble(`${countOf(list)} owe ${token} that left unauthorised.`), "Nobody owes any."),
    ),
  );
  const deliveriesFound = listFound<Delivery>(
    (list) => attention(`${countOf(list)} given up.`),
    "No delivery was given up.",
  );
  return [
    check("Breakers", "breakers", "breaker", judged(breakers, now, breakersFound)),
    check("Sync", "sync", "sync", judged(sync, now, syncFound(now))),
    check("Vault", "sync", "stolen", judged(sync, now, vaultFound)),
    check("Proof of reserves", "sync", "proof", judged(proof, now, proofFound)),
    check("Breaches", "suspense", "breach", worstOf(breachesFound)),
    check("Outbox", "outbox", "outbox", judged(outbox, now, outboxFound)),
    check("Prices", "prices", "prices", judged(prices, now, pricesFound(now))),
    check("Health", "health", "tier", worstOf(healthFindings(answers, now))),
    check("Audit", "audit", "breach", judged(audit, now, auditFound(now))),
    check("Restore rule", "breakers", "restore", judged(breakers, now, restoreFound)),
    check("Webhook", "notifications", "webhook", judged(failedDeliveries, now, deliveriesFound)),
  ];
}

/** All of it in one sentence. */
export function summaryOf(checks: Check[]): string {
  const count = (verdict: Verdict) => checks.filter((check) => check.verdict === verdict).length;
  const [wrong, unknown, noticed, asking] = [count("trouble"), count("unknown"), count("attention"), count("asking")];
  const parts = [
    wrong > 0 && `${wrong} wrong`,
    unknown > 0 && `${unknown} not known`,
    noticed > 0 && `${noticed} to look at`,
    asking > 0 && `${asking} being asked`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? "Nothing is wrong." : `${parts.join(", ")}.`;
}
