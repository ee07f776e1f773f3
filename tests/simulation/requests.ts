/** What providers ask of the backend: how it is asked, what should come back, and what the model then knows. */

import { api } from "../../convex/_generated/api";
import { TIERS, type Tier } from "../../src/domain/tiers";
import { TOKENS, type Token } from "../../src/domain/tokens";
import type { Act, Amount } from "./acts";
import {
  type Answer,
  answerAccepting,
  answerCancelCommitment,
  answerCancelWithdrawal,
  answerCommit,
  answerMove,
  answerQuote,
  answerWithdrawal,
  largest,
} from "./answers";
import { isCallOf, paymentOf, signatureIn } from "./calls";
import { DAY, free, HOUR, type Model, type Place, reserved, type Seen } from "./model";
import type { Outcome, Stage } from "./stage";
import { EXCHANGE } from "./transactions";
import { PROVIDERS } from "./wallets";

export type Of<Kind extends Act["kind"]> = Extract<Act, { kind: Kind }>;

/** One request. `accept` records what was granted, and complains where the rest of the answer is wrong. */
export interface Asked {
  what: string;
  request: object;
  ask: () => Promise<Outcome<Granted>>;
  expected: (model: Model) => Answer;
  accept: (model: Model, granted: Granted) => string | null;
}

/** The part of an answer that every request has: what was made, or "done". */
export interface Granted {
  id: string;
  /** Reference or authorisation id, where there is one. */
  number: bigint;
  /** The time that the answer tells; -1 where it tells none. */
  time: number;
  /** What a wallet is to send. */
  call?: { functionName: string; functionArgs: string[] };
}

function granted<Value>(outcome: Outcome<Value>, read: (value: Value) => Partial<Granted>): Outcome<Granted> {
  return outcome.ok ? { ok: true, value: { id: "done", number: 0n, time: -1, ...read(outcome.value) } } : outcome;
}

export function provider(n: number): string {
  return PROVIDERS[n % PROVIDERS.length] as string;
}

/** Small picks are the newest. */
export function picked<T>(list: T[], pick: number): T | undefined {
  return list[list.length - 1 - (pick % Math.max(1, list.length))];
}

/** What an amount of an act means here and now. */
function amountOf(
  { model }: Stage,
  { edge, beside, some }: Amount,
  at: { provider: string; token: Token; place: Place; tier: Tier },
): bigint {
  const { provider: who, token, place, tier } = at;
  const edges = {
    nothing: () => 0n,
    minimum: () => model.termsOf(tier, token).minimumPosition,
    free: () => model.balance(free(who, place), token),
    total: () => model.totalOf(who, place, token),
    largest: () => (model.seen ? largest(model, { provider: who, token, place }) : 1n),
    room: () => model.roomIn(tier, token) ?? 1_000n,
    suspense: () => model.balance(free(who, "suspense"), token),
    some: () => BigInt(some),
  };
  const meant = edges[edge]();
  // An edge where nothing is would only be refused once more.
  return (meant === 0n && edge !== "nothing" ? BigInt(some) : meant) + BigInt(beside);
}

interface Where {
  who: string;
  token: Token;
  place: Place;
}

/** Where an act is about: one of the places with something in them, or the one that it names. */
function whereOf({ model }: Stage, act: { at: number | null; who: number; token: Token; place: Place }): Where {
  const named = { who: provider(act.who), token: act.token, place: act.place };
  const filled = PROVIDERS.flatMap((who) =>
    PLACES.flatMap((place) => TOKENS.map((token) => ({ who, token, place }))),
  ).filter(({ who, token, place }) => model.totalOf(who, place, token) > 0n);
  return (act.at === null ? undefined : picked(filled, act.at)) ?? named;
}

/** Tiers are asked for by name; suspense is none. */
const tierAt = (place: Place): Tier => (place === "suspense" ? "Balanced" : place);

function withKey(key: string | undefined) {
  return key === undefined ? {} : { idempotencyKey: key };
}

function seenBy(model: Model): Seen {
  if (!model.seen) throw new Error("Granted before the chain was seen");
  return model.seen;
}

function differs(what: string, told: unknown, expected: unknown): string | null {
  return told === expected ? null : `${what}: told ${told}, expected ${expected}`;
}

const PLACES: Place[] = [...TIERS, "suspense"];

function commit(stage: Stage, act: Of<"commit" | "fund">): Asked {
  const { token, tier, key } = act;
  const who = provider(act.who);
  const depositor = [who, EXCHANGE, provider(act.who + 1)][act.depositor] as string;
  const amount = amountOf(stage, act.amount, { provider: who, token, tier, place: tier });
  const request = { provider: who, depositor, token, tier, amount, key };
  const args = { token, tier, amount, ...(act.depositor ? { depositor } : {}), ...withKey(key) };
  return {
    what: "commit",
    request,
    ask: async () =>
      granted(
        await stage.ask(who, "action", api.liquidity.requestCommitCapital, args),
        ({ commitmentId, reference, expiresAt, transaction: call }) => ({
          id: commitmentId,
          number: reference,
          time: expiresAt,
          call,
        }),
      ),
    expected: (model) => answerCommit(model, request),
    accept: (model, { id, number: reference, time, call }) => {
      const expiresAt = seenBy(model).tip.time + DAY;
      model.commitments.push({ ...request, id, reference, expiresAt, status: "open" });
      const tx = { kind: "deposit", sender: depositor, token, amount, reference } as const;
      if (!call || !isCallOf(tx, call)) return "its transaction is another";
      return differs("expires", time, expiresAt * 1_000);
    },
  };
}

function withdraw(stage: Stage, act: Of<"withdraw">): Asked {
  const { key } = act;
  const { who, token, place } = whereOf(stage, act);
  const tier = tierAt(place);
  const amount = amountOf(stage, act.amount, { provider: who, token, tier, place });
  const request = { provider: who, token, place, amount, key };
  const args = { token, amount, ...withKey(key) };
  const send = () =>
    place === "suspense"
      ? stage.ask(who, "action", api.liquidity.requestSuspenseWithdrawal, args)
      : stage.ask(who, "action", api.liquidity.requestWithdrawal, { ...args, tier });
  return {
    what: "withdraw",
    request,
    ask: async () =>
      granted(await send(), ({ withdrawalId, authorization: { id, expiresAt }, transaction: call }) => {
        return { id: withdrawalId, number: id, time: Number(expiresAt), call };
      }),
    expected: (model) => answerWithdrawal(model, request),
    accept: (model, { id, number: authorizationId, time, call }) => {
      const expiresAt = seenBy(model).tip.time + HOUR;
      model.transfer(token, free(who, place), reserved(who, place), amount);
      const signature = call ? signatureIn(call) : "";
      const asked = { ...request, id, authorizationId, expiresAt: BigInt(time), signature };
      model.withdrawals.push({ ...asked, status: "authorised" });
      if (!call || !isCallOf(paymentOf(asked), call)) return "its transaction is another";
      return differs("expires", time, expiresAt);
    },
  };
}

function quote(stage: Stage, act: Of<"quote">): Asked {
  const { who, token, place } = whereOf(stage, act);
  const tier = tierAt(place);
  const request = { provider: who, token, tier };
  return {
    what: "quote",
    request,
    ask: async () =>
      granted(await stage.ask(who, "query", api.liquidity.quoteWithdrawal, { token, tier }), ({ max }) => {
        return { number: max };
      }),
    expected: (model) => answerQuote(model, request).answer,
    accept: (model, { number: max }) => differs("max", max, answerQuote(model, request).max),
  };
}

function move(stage: Stage, act: Of<"move">): Asked {
  const { to, key } = act;
  const { who, token, place: from } = whereOf(stage, act);
  const amount = amountOf(stage, act.amount, { provider: who, token, tier: to, place: from });
  const request = { provider: who, token, from, to, amount, key };
  const args = { token, amount, ...withKey(key) };
  const send = () =>
    from === "suspense"
      ? stage.ask(who, "action", api.liquidity.assignSuspense, { ...args, tier: to })
      : stage.ask(who, "action", api.liquidity.moveCapital, { ...args, fromTier: from, toTier: to });
  return {
    what: "move",
    request,
    ask: async () => granted(await send(), ({ moveId, freeAt }) => ({ id: moveId, time: freeAt })),
    expected: (model) => answerMove(model, request),
    accept: (model, { id, time }) => {
      model.transfer(token, free(who, from), free(who, to), amount);
      const freeAt = model.arrive(who, to, token, amount, seenBy(model).tip.time);
      model.moves.push({ ...request, id });
      return differs("free", time, freeAt * 1_000);
    },
  };
}

function accepting(stage: Stage, act: Of<"accepting">): Asked {
  const { accepting: wanted } = act;
  const { who, token, place } = whereOf(stage, act);
  const tier = tierAt(place);
  const args = { token, tier, accepting: wanted };
  return {
    what: "accepting",
    request: { provider: who, ...args },
    ask: async () => granted(await stage.ask(who, "action", api.liquidity.setAcceptingPolicies, args), () => ({})),
    expected: (model) => answerAccepting(model, who, tier, token),
    accept: (model) => {
      const position = `${who} ${tier} ${token}`;
      if (wanted) model.optedOut.delete(position);
      else model.optedOut.add(position);
      return null;
    },
  };
}

/** The owner of what an act is about, or somebody else. */
function caller(owner: string, by: number): string {
  return provider(PROVIDERS.indexOf(owner) + by);
}

function cancelCommitment(stage: Stage, { pick, by }: Of<"cancel commitment">): Asked | null {
  const chosen = picked(stage.model.commitments, pick);
  if (!chosen) return null;
  const { id: commitmentId } = chosen;
  const who = caller(chosen.provider, by);
  return {
    what: "cancel commitment",
    request: { provider: who, commitmentId },
    ask: async () =>
      granted(await stage.ask(who, "action", api.liquidity.cancelCommitment, { commitmentId }), () => ({})),
    expected: (model) => answerCancelCommitment(model, who, commitmentId),
    accept: (model) => {
      const known = model.commitments.find(({ id }) => id === commitmentId);
      if (known) known.status = "cancelled";
      return null;
    },
  };
}

function cancelWithdrawal(stage: Stage, { pick, by }: Of<"cancel withdrawal">): Asked | null {
  const chosen = picked(stage.model.withdrawals, pick);
  if (!chosen) return null;
  const { id: withdrawalId } = chosen;
  const who = caller(chosen.provider, by);
  const send = () => stage.ask(who, "action", api.liquidity.cancelWithdrawal, { withdrawalId: withdrawalId as never });
  return {
    what: "cancel withdrawal",
    request: { provider: who, withdrawalId },
    ask: async () => granted(await send(), ({ status }) => ({ id: status })),
    expected: (model) => answerCancelWithdrawal(model, who, withdrawalId),
    accept: (model, { id: status }) => {
      const known = model.withdrawals.find(({ id }) => id === withdrawalId);
      if (known?.status === "authorised") {
        known.status = "cancelling";
        model.revocationsOwed.push(known.authorizationId);
      }
      return differs("cancelled", status, known?.status);
    },
  };
}

const ASKING: { [Kind in Act["kind"]]?: (stage: Stage, act: Of<Kind>) => Asked | null } = {
  commit,
  fund: commit,
  withdraw,
  quote,
  move,
  accepting,
  "cancel commitment": cancelCommitment,
  "cancel withdrawal": cancelWithdrawal,
};

/** The request that an act is; null if it is none, or there is nothing that it could be about. */
export function askedBy(stage: Stage, act: Act): Asked | null {
  return (ASKING[act.kind] as ((stage: Stage, act: Act) => Asked | null) | undefined)?.(stage, act) ?? null;
}
