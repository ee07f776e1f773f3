/** What was told to a provider or a buyer (docs/notifications.md), in words, in units, and with the place where to go on. */
import type { FunctionReturnType } from "convex/server";
import type { api } from "../../../convex/_generated/api";
import { TOKENS, type Token } from "../../domain/tokens";
import { readableAmount } from "../amounts/typing";
import { readableTime, readableUsd } from "../amounts/words";

export type Notice = FunctionReturnType<typeof api.policies.getNotifications>["page"][number];
type Facts = Notice["facts"];

export interface NoticeWords {
  title: string;
  text: string;
  /** `bad`: money is lost or in danger. */
  tone: "good" | "bad" | "plain";
  link: { to: string; name: string };
}

const text = (fact: Facts[string] | undefined) => (fact === undefined || fact === null ? "?" : String(fact));
const isAmount = (fact: Facts[string] | undefined): fact is bigint => typeof fact === "bigint";
const tokenOf = ({ token }: Facts): Token => TOKENS.find((known) => known === token) ?? "STX";

/** An amount of the facts' own token. */
function amount(facts: Facts, name = "amount"): string {
  const fact = facts[name];
  return isAmount(fact) ? `${readableAmount(fact, tokenOf(facts))} ${tokenOf(facts)}` : "an amount";
}

function price({ priceUsdMicros: fact }: Facts): string {
  return isAmount(fact) ? `at a price of ${readableUsd(fact)}` : "without a price";
}

const HISTORY = { to: "/history", name: "See it in the history" };
const PORTFOLIO = { to: "/portfolio", name: "To your portfolio" };
const policyLink = ({ policyId }: Facts) => ({ to: `/policies/${text(policyId)}`, name: "To the policy" });
const tierOf = ({ tier, token }: Facts) => `${text(tier)} ${text(token)}`;
const isSome = (facts: Facts, name: string) => isAmount(facts[name]) && facts[name] !== 0n;

function ofHealth(title: string, rest: string, tone: NoticeWords["tone"]) {
  return (facts: Facts): NoticeWords => ({
    title: `${tierOf(facts)}: ${title}`,
    text: `It was ${text(facts.from)} and is ${text(facts.to)}, ${price(facts)}. ${rest}`,
    tone,
    link: tone === "good" ? PORTFOLIO : { to: "/deposit", name: "Add capital" },
  });
}

function ofWithdrawal(title: string, rest: string, tone: NoticeWords["tone"]) {
  return (facts: Facts): NoticeWords => ({
    title,
    text: `${amount(facts)} from your ${facts.from === "suspense" ? "suspense" : "position"}${rest}`,
    tone,
    link: tone === "good" ? HISTORY : { to: "/withdraw", name: "Withdraw again" },
  });
}

const payoutOf = (facts: Facts) =>
  `${facts.decidedBy === "exercise" ? "Your exercise" : "Its expiry"} was decided ${price(facts)}`;

/** By kind. */
export const WORDS: Record<string, (facts: Facts) => NoticeWords> = {
  "deposit.counted": (facts) => ({
    title: "Deposit counted",
    text: `${amount(facts)} is capital in ${text(facts.tier)} now: its block is final.`,
    tone: "good",
    link: PORTFOLIO,
  }),
  "deposit.suspended": (facts) => ({
    title: "Deposit in suspense",
    text: `${amount(facts)} arrived that no commitment claims. It is yours: put it into a tier or take it out.`,
    tone: "plain",
    link: PORTFOLIO,
  }),
  "commitment.expired": (facts) => ({
    title: "Commitment expired",
    text: `No deposit of ${amount(facts)} into ${text(facts.tier)} came within a day. Its room is free again.`,
    tone: "plain",
    link: { to: "/deposit", name: "Deposit" },
  }),
  "withdrawal.paid": ofWithdrawal("Withdrawal paid", " is in your wallet: its block is final.", "good"),
  "withdrawal.expired": ofWithdrawal("Withdrawal expired", " was not sent within its hour. It is back.", "plain"),
  "withdrawal.revoked": ofWithdrawal("Withdrawal revoked", " can't be sent any more. It is back.", "plain"),
  "health.Healthy": ofHealth("healthy again", "Nothing is asked of you.", "good"),
  "health.Warning": ofHealth("warning", "Nothing is stopped. More capital makes it healthy.", "bad"),
  "health.MarginCall": ofHealth(
    "margin call",
    "No withdrawal and no new policies. You have one hour to add capital, or the price comes back.",
    "bad",
  ),
  "health.Liquidating": ofHealth("liquidating", "Others take its policies over, one at a time.", "bad"),
  "health.policyTransferred": (facts) => ({
    title: `${tierOf(facts)}: a policy was taken over`,
    text: `Others stand behind policy ${text(facts.policyId)} now. Of your lock of ${amount(facts, "lock")}, ${amount(facts, "penalty")} went to insurance as a penalty and ${amount(facts, "returned")} is free again.`,
    tone: "bad",
    link: HISTORY,
  }),
  "health.policyTakenOver": (facts) => ({
    title: `${tierOf(facts)}: you have taken a policy over`,
    text: `${amount(facts, "lock")} of yours is locked behind policy ${text(facts.policyId)}, and you were paid ${amount(facts, "paid")}.`,
    tone: "plain",
    link: HISTORY,
  }),
  "policy.payoutBorne": (facts) => ({
    title: `${tierOf(facts)}: a policy has paid`,
    text: `${amount(facts)} of what policy ${text(facts.policyId)} paid was yours.`,
    tone: "bad",
    link: HISTORY,
  }),
  "breach.corrected": (facts) => ({
    title: "A breach was corrected",
    text: `An admin has set ${amount(facts)} of what you have here off against what your address was paid without an authorisation. ${isSome(facts, "breach") ? `${amount(facts, "breach")} of that is left.` : "Nothing of that is left."}`,
    tone: "bad",
    link: HISTORY,
  }),
  "policy.started": (facts) => ({
    title: `Policy ${text(facts.policyId)} covers you`,
    text: `${amount(facts, "quantity")} below ${isAmount(facts.strikeUsdMicros) ? readableUsd(facts.strikeUsdMicros) : "its strike"}, until ${readableTime(Number(facts.expiresAt))}, for a premium of ${amount(facts, "premium")}.`,
    tone: "good",
    link: policyLink(facts),
  }),
  "policy.lapsed": (facts) => ({
    title: `Policy ${text(facts.policyId)} lapsed`,
    text: `Its premium of ${amount(facts, "premium")} was not paid in time. It covers nothing.`,
    tone: "plain",
    link: { to: "/policies", name: "Ask for a new quote" },
  }),
  "policy.payout": (facts) => ({
    title: `Policy ${text(facts.policyId)} pays`,
    text: `${payoutOf(facts)}: it pays ${amount(facts, "payout")}, which is on its way.`,
    tone: "good",
    link: policyLink(facts),
  }),
  "policy.payoutShort": (facts) => ({
    title: `Policy ${text(facts.policyId)} pays less than owed`,
    text: `${payoutOf(facts)}: of ${amount(facts, "payout")}, ${amount(facts, "missing")} could not be added by anybody and is not paid.`,
    tone: "bad",
    link: policyLink(facts),
  }),
  "policy.worthless": (facts) => ({
    title: `Policy ${text(facts.policyId)} pays nothing`,
    text: `${payoutOf(facts)}: not below its strike.`,
    tone: "plain",
    link: policyLink(facts),
  }),
  "policy.paid": (facts) => ({
    title: `Policy ${text(facts.policyId)} is paid`,
    text: `${amount(facts)} is in your wallet: its block is final.`,
    tone: "good",
    link: policyLink(facts),
  }),
};

/** A kind that is younger than this page is called as it is. */
export function wordsOf({ kind, facts }: Pick<Notice, "kind" | "facts">): NoticeWords {
  if (Object.hasOwn(WORDS, kind)) return (WORDS[kind] as (typeof WORDS)[string])(facts);
  return { title: kind, text: "This page does not know this kind yet.", tone: "plain", link: HISTORY };
}
