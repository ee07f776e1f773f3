/** The life of a policy in the order in which it happens: what has, what is going on, and what may still come. */
import type { FunctionReturnType } from "convex/server";
import type { api } from "../../../convex/_generated/api";
import { LAST_STATUSES } from "../../domain/policyStatus";
import { readableAmount } from "../amounts/typing";
import { type Policy, readablePrice } from "./words";

export type Steps = FunctionReturnType<typeof api.policies.getPolicySteps>;
type Step = Steps["steps"][number];

export interface Moment {
  key: string;
  state: "done" | "now" | "ahead";
  title: string;
  note: string | null;
  /** Ms; null: not known. */
  at: number | null;
  /** Of what did it on the chain; a block has one of them at most. */
  txIds: string[];
}

const TERMS_MS = 600_000;

function paid(policy: Policy, premium: Step | undefined): Moment {
  const { status, startedAt, premium: amount, token, lock, termsExpireAt } = policy;
  const shown = (of: bigint) => `${readableAmount(of, token)} ${token}`;
  const common = { key: "premium", txIds: premium?.txIds ?? [] };
  if (status === "lapsed") {
    return {
      ...common,
      state: "done",
      title: "Lapsed",
      note: "The premium was not paid in time; nothing has happened.",
      at: termsExpireAt,
    };
  }
  if (startedAt === null) {
    return {
      ...common,
      state: "now",
      title: "Waits for its premium",
      note: `${shown(amount)}, until the quote lapses.`,
      at: null,
    };
  }
  return {
    ...common,
    state: "done",
    title: "Premium paid, cover starts",
    note: `${shown(amount)} paid and ${shown(lock)} locked, in one step.`,
    at: startedAt,
  };
}

const ON_ITS_WAY: Record<Step["status"], string> = {
  waiting: "Waits for its turn.",
  sent: "Sent; waits for its block to be final.",
  done: "",
  failed: "The vault refused it. An operator looks into it; what is locked stays.",
  cancelled: "An operator took it back.",
};

function raised({ token }: Policy, step: Step): Moment {
  return {
    key: `lock-${step.amount}`,
    state: step.status === "done" ? "done" : "now",
    title: `Lock raised to ${readableAmount(step.amount ?? 0n, token)} ${token}`,
    note: ON_ITS_WAY[step.status] || "The price has fallen, so more of the capital behind it is locked.",
    at: null,
    txIds: step.txIds,
  };
}

function decided({ outcome, status, exercisedAt, expiresAt, token }: Policy): Moment[] {
  const moments: Moment[] = [];
  if (exercisedAt !== null) {
    moments.push({
      key: "exercised",
      state: "done",
      title: "Exercised",
      note: "The first price published after it decides.",
      at: exercisedAt,
      txIds: [],
    });
  }
  if (outcome) {
    const { priceUsdMicros, payout, missing } = outcome;
    const owed = payout === 0n ? "It pays nothing." : `It pays ${readableAmount(payout - missing, token)} ${token}.`;
    const short =
      missing > 0n
        ? ` ${readableAmount(missing, token)} ${token} is missing: neither the capital behind it nor insurance could add that.`
        : "";
    moments.push({
      key: "decided",
      state: "done",
      title: `Decided at ${readablePrice(priceUsdMicros)}`,
      note: owed + short,
      at: null,
      txIds: [],
    });
  } else if (status === "exercising" || status === "expiring") {
    moments.push({
      key: "decided",
      state: "now",
      title: "Waits for the price that decides",
      note: null,
      at: null,
      txIds: [],
    });
  } else if (status === "active") {
    moments.push({
      key: "decided",
      state: "ahead",
      title: "Ends",
      note: "Unless it is exercised before: at the median price of that minute.",
      at: expiresAt,
      txIds: [],
    });
  }
  return moments;
}

function ended(policy: Policy, step: Step | undefined): Moment[] {
  const { status, outcome, expiresAt } = policy;
  if (status === "quoted" || status === "lapsed") return [];
  const isOver = LAST_STATUSES.includes(status);
  const pays = outcome ? outcome.payout > outcome.missing : null;
  const titles = isOver
    ? { pay: "Paid to its buyer", free: "Its capital is free again" }
    : { pay: "Payment to its buyer", free: "Release of its capital" };
  if (pays === null)
    return [
      { key: "end", state: "ahead", title: "Paid, or its capital is free again", note: null, at: null, txIds: [] },
    ];
  const waits = status === "worthless" ? "The vault releases nothing before the expiry." : null;
  return [
    {
      key: "end",
      state: isOver ? "done" : status === "worthless" ? "ahead" : "now",
      title: pays ? titles.pay : titles.free,
      note: isOver ? null : (waits ?? (step ? ON_ITS_WAY[step.status] : null)),
      at: status === "worthless" ? expiresAt : null,
      txIds: step?.txIds ?? [],
    },
  ];
}

export function lifeOf(policy: Policy, { steps }: Pick<Steps, "steps">): Moment[] {
  const { termsExpireAt } = policy;
  const quoted: Moment = {
    ...{ key: "quoted", state: "done", title: "Quoted", txIds: [] },
    note: "Its terms are signed, good for ten minutes.",
    at: termsExpireAt - TERMS_MS,
  };
  const locks = steps.filter(({ kind }) => kind === "lock").map((step) => raised(policy, step));
  const end = steps.findLast(({ kind }) => kind === "settlement" || kind === "release");
  const premium = steps.find(({ kind }) => kind === "premium");
  return [quoted, paid(policy, premium), ...locks, ...decided(policy), ...ended(policy, end)];
}
