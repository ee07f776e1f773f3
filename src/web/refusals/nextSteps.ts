/**
 * What to do about each refusal of the service that a page can meet. The service's own sentence says what happened, in units;
 * here stands the way on, and where the page has a better sentence for people than for programs, that.
 */
import { readableTime } from "../amounts/words";

export type Facts = Record<string, unknown>;

export interface NextStep {
  /** What to do; null: the service's sentence says it already. */
  next: string | null;
  /** In place of the service's sentence. */
  message?: string;
  /** Where to do it, if that is another page. */
  link?: { to: string; label: string };
}

type Step = NextStep | ((facts: Facts) => NextStep);

const say = (next: string, link?: NextStep["link"]): NextStep => (link ? { next, link } : { next });
const instead = (message: string, next: string | null = null): NextStep => ({ message, next });
/** The service's own sentence ends with what to do. */
const SAID: NextStep = { next: null };
/** The page itself put together what was asked: whoever sees it can only tell. */
const OURS = say("Reload the page and try again; if it repeats, tell the operator.");

const portfolio = { to: "/portfolio", label: "To your portfolio" };
const deposit = { to: "/deposit", label: "To deposits" };
const policies = { to: "/policies", label: "To your policies" };
const pool = { to: "/", label: "To the pool" };

/** A time among the facts, ms; the chain's own are seconds, as int64. */
function timeOf(value: unknown): string | null {
  if (typeof value === "bigint") return readableTime(Number(value) * 1_000);
  return typeof value === "number" ? readableTime(value) : null;
}

/** "in 5 seconds", "in 2 minutes". */
export function waitWords(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1_000));
  if (seconds < 100) return `in ${seconds} ${seconds === 1 ? "second" : "seconds"}`;
  return `in ${Math.ceil(seconds / 60)} minutes`;
}

const WHO_ASKS: Record<string, Step> = {
  NOT_SIGNED_IN: instead("Your session has ended, or was not for this.", "Sign in again; what you typed stays here."),
  NOT_ALLOWED: SAID,
  UNKNOWN_ADDRESS: SAID,
  CHALLENGE_INVALID: instead("The sign-in that was signed is not this service's.", "Sign in again."),
  CHALLENGE_EXPIRED: instead(
    "It took longer than five minutes to sign in.",
    "Sign in again, and sign within five minutes.",
  ),
  CHALLENGE_SPENT: instead("This sign-in was used already.", "Sign in again."),
  CHALLENGE_NOT_AS_ASKED: say("Check that this page's address is the one you know. If it is, tell the operator."),
  SIGNATURE_INVALID: say("Check in the wallet which account is chosen, then sign in again."),
  RATE_LIMITED: ({ retryAfterMs }) =>
    instead("That was asked too often in a short time.", `Try again ${waitWords(Number(retryAfterMs ?? 1_000))}.`),
  IDEMPOTENCY_KEY_REUSED: instead(
    "This form was sent before with other contents.",
    "Change the amount and change it back, then send it again.",
  ),
  IDEMPOTENCY_KEY_TOO_LONG: OURS,
};

const WHAT_WAS_ASKED: Record<string, Step> = {
  UNKNOWN_TOKEN: SAID,
  UNKNOWN_TIER: SAID,
  UNKNOWN_UNDERLYING: SAID,
  UNKNOWN_ACCOUNT: say("Choose one of the accounts that the page lists."),
  AMOUNT_NOT_A_NUMBER: SAID,
  AMOUNT_NOT_POSITIVE: instead("The amount is nothing.", "Type an amount above zero."),
  AMOUNT_TOO_LARGE: instead("No vault can hold that much.", "Type a smaller amount."),
  AMOUNT_TOO_PRECISE: say("Leave out the last decimals."),
  UNKNOWN_DEPOSITOR: SAID,
  SAME_TIER: say("Choose two different tiers."),
  STRIKE_OUT_OF_RANGE: say("Choose a strike within that range, or another tier."),
  EXPIRY_OUT_OF_RANGE: ({ min, max }) =>
    instead(
      `This tier sells policies that end between ${timeOf(min) ?? "its shortest"} and ${timeOf(max) ?? "its longest time"}.`,
      "Choose an expiry between them, or another tier.",
    ),
  QUANTITY_OUT_OF_RANGE: say("Choose a quantity within that range."),
  PERIOD_UNREADABLE: say("Choose both days again."),
  PERIOD_BACKWARDS: say("Choose a first day that is before the last."),
  PERIOD_IN_FUTURE: say("Choose a period that has begun."),
  STATEMENT_TOO_LONG: say("Choose a shorter period; statements of neighbouring periods fit together to the base unit."),
  STATEMENTS_NOT_READY: say("Try again in a few minutes."),
};

const CAPITAL: Record<string, Step> = {
  AMOUNT_BELOW_MINIMUM: say("Type at least that much."),
  POSITION_BELOW_MINIMUM: say("Use a larger amount, so that the position reaches the tier's minimum."),
  REMAINDER_BELOW_MINIMUM: SAID,
  TIER_FULL: SAID,
  TOO_MANY_OPEN_COMMITMENTS: say("They are listed in your portfolio.", portfolio),
  NO_COMMITMENT: say("It may have been used or cancelled meanwhile.", portfolio),
  COMMITMENT_NOT_OPEN: SAID,
  NO_POSITION: say("Deposit into this tier first, or choose another.", deposit),
  WITHDRAWAL_ABOVE_MAXIMUM: say("Withdraw that much now, and the rest when what binds it has passed."),
  MOVE_ABOVE_MAXIMUM: say("Move that much, or wait until what binds it has passed."),
  WITHDRAWAL_OPEN: ({ expiresAt }) => {
    const until = timeOf(expiresAt);
    const end = until ? ` It ends by itself at ${until}.` : "";
    return say(`Your portfolio shows it, to finish or to cancel.${end}`, portfolio);
  },
  NO_WITHDRAWAL: say("It may have been paid or cancelled meanwhile.", portfolio),
  ASSIGNMENT_ABOVE_SUSPENSE: say("Type at most what stands in suspense."),
  NOTHING_TO_COLLECT: SAID,
};

const POLICIES: Record<string, Step> = {
  NO_GOOD_PRICE: SAID,
  TOO_FEW_SOURCES: say("It passes when two sources of the price answer again; try again in a minute."),
  SOURCES_DISAGREE: say("It passes when the sources of the price agree again; try again in a minute."),
  MARKET_MOVING: say("Come back in an hour; policies that are sold are not touched by it."),
  TIER_UNAVAILABLE: SAID,
  TIER_STOPPED: SAID,
  SETTLEMENTS_CLOSED: SAID,
  PREMIUM_ABOVE_COVERAGE: say("Choose a lower strike, a shorter time, or another tier."),
  PREMIUM_ABOVE_MAXIMUM: instead(
    "The price has moved, and the premium is higher now than when you saw it.",
    "Look at the new premium; buy again if you accept it.",
  ),
  QUOTE_OPEN: ({ termsExpireAt }) => {
    const until = timeOf(termsExpireAt);
    return say(until ? `Its offer ends at ${until}.` : "It is listed among your policies.", policies);
  },
  NO_POLICY: say("Your own are listed there.", policies),
  POLICY_NOT_ACTIVE: SAID,
  POLICY_EXPIRED: say("There is nothing to do; a payout comes to your wallet by itself."),
  UNDERWATER: OURS,
};

const SERVICE: Record<string, Step> = {
  NOT_SYNCED: SAID,
  NOT_LAUNCHED: SAID,
  SYNC_HALTED: say("Your balances stand; try again when an operator has looked into it."),
  DOUBTFUL: say("Your balances stand; try again when an operator has looked into it."),
  STOPPED: SAID,
  VAULT_PAUSED: say("Deposits and what you own are not touched. The banner at the top goes when it is lifted.", pool),
  RESTORING: ({ until }) => {
    const time = timeOf(until);
    return say(`Your balances stand; try again ${time ? `after ${time}` : "in about an hour"}.`);
  },
  CALL_NOT_AS_ASKED: say("Nothing was signed. Don't try again before the operator has answered."),
};

const OPERATORS: Record<string, Step> = {
  ACT_INCOMPLETE: say("Fill it in: who acts, and why, is kept for good."),
  ACT_TOO_LONG: say("Shorten it."),
  UNKNOWN_CAPABILITY: OURS,
  NO_DELIVERY: say("It may have been delivered meanwhile; reload the list."),
  UNKNOWN_CALL: say("It may have ended meanwhile; reload the list."),
  INVALID_CALL: say("Correct it, then send it again."),
  WRONG_STATUS: say("It has moved on meanwhile; look at the list again."),
  TERMS_OUT_OF_RANGE: say("Choose a value within the range."),
  RULES_OUT_OF_RANGE: say("Choose a value within the range."),
  RULES_CONTRADICT: say("Change one of the two."),
  NO_BREACH: say("It may have been corrected meanwhile; reload the list."),
  CORRECTION_ABOVE_MAXIMUM: say("Correct that much; the rest when more of its own is free."),
  NO_EXIT: say("It may have ended meanwhile; reload the list."),
  EXIT_NOT_OPEN: say("It has moved on meanwhile; look at the list again."),
  EXIT_OPEN: say("Approve or cancel the open one first."),
  EXIT_EXPIRED: say("Request a new exit."),
  EXIT_ABOVE_BALANCE: say("Type at most that much."),
  NO_RECIPIENT: say("The deployment has to name one in its environment first."),
  RECIPIENT_CHANGED: say("Cancel this exit and request a new one."),
  SELF_APPROVAL: say("Cancel this exit and let another admin request it."),
};

/** The page's own, of forms: said before the service is asked. */
const FORMS: Record<string, Step> = {
  WALLET_HOLDS_LESS: SAID,
};

const STEPS: Record<string, Step> = {
  ...WHO_ASKS,
  ...WHAT_WAS_ASKED,
  ...CAPITAL,
  ...POLICIES,
  ...SERVICE,
  ...OPERATORS,
  ...FORMS,
};

/** Null: a code that the page does not know; the service's sentence has to do. */
export function nextStepOf(code: string, facts: Facts): NextStep | null {
  const step = Object.hasOwn(STEPS, code) ? STEPS[code] : undefined;
  return (typeof step === "function" ? step(facts) : step) ?? null;
}
