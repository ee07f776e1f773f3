/** What an entry is called in a statement, and what its note says: by the cause that its id names (src/domain/ledger). */
import { formatAmount, type Token } from "./tokens";

/** One entry's effect on one account. */
export interface Effect {
  entryId: string;
  token: Token;
  account: "position" | "suspense" | "breach";
  /** Base units by which the account's balance changes. */
  amount: bigint;
  /** Of what a transfer took, insurance's part. */
  penalty: bigint;
}

type Words = { kind: string; note: string };

const event = (id: string) => `event ${id} of the vault`;
const policy = (id: string) => `policy ${id}`;
const authorisation = (id: string) => `authorisation ${id}`;

/** By the kind of cause, what its id says: the rest of the entry's id, from the first colon on. */
const WORDS: Record<string, (id: string, effect: Effect) => Words> = {
  deposit: (id, { account }) => ({
    kind: "deposit",
    note: account === "suspense" ? `${event(id)}; no commitment claims it` : event(id),
  }),
  withdrawal: (id, { account }) =>
    account === "breach"
      ? { kind: "unauthorised withdrawal", note: `${event(id)}; owed to the vault` }
      : { kind: "withdrawal", note: event(id) },
  surplus: (id) => ({ kind: "surplus", note: event(id) }),
  reserve: (id) => ({ kind: "reserved for withdrawal", note: authorisation(id) }),
  unreserve: (id) => ({ kind: "withdrawal not paid", note: `${authorisation(id)} expired or was revoked` }),
  assignment: (id) => ({ kind: "suspense assigned", note: `assignment ${id}` }),
  move: (id) => ({ kind: "move between tiers", note: `move ${id}` }),
  correction: (id, { account }) => ({
    kind: account === "breach" ? "breach made good" : "taken for a breach",
    note: `correction ${id} by an admin`,
  }),
  collect: (id) => ({ kind: "earnings collected", note: `collection ${id}` }),
  backing: (id) => ({ kind: "set aside for policy", note: policy(id) }),
  unbacking: (id) => ({ kind: "policy not bought", note: policy(id) }),
  raise: (id) => ({ kind: "set aside to raise lock", note: policy(first(id)) }),
  premium: (id) => ({ kind: "locked for policy", note: event(id) }),
  lock: (id) => ({ kind: "lock raised", note: event(id) }),
  release: (id) => ({ kind: "lock released", note: event(id) }),
  settlement: settled,
  earning: (id) => ({ kind: "premium earned", note: policy(first(id)) }),
  transfer: transferred,
};

/** Every kind of cause that is known. */
export const CAUSES = Object.keys(WORDS);

const first = (id: string) => id.split(":")[0] ?? id;

function settled(id: string, { account, amount }: Effect): Words {
  if (account === "breach") return { kind: "unauthorised settlement", note: `${event(id)}; owed to the vault` };
  return { kind: amount < 0n ? "payout borne" : "lock released", note: event(id) };
}

/** Who gives a policy up pays its mark and a penalty; who takes it over is paid. */
function transferred(id: string, { token, amount, penalty }: Effect): Words {
  const backing = `backing ${id}`;
  if (penalty === 0n) return { kind: amount < 0n ? "mark paid" : "mark received", note: backing };
  const [mark, fine] = [-amount - penalty, penalty].map((part) => formatAmount(part, token));
  return { kind: "mark and penalty paid", note: `${backing}: mark ${mark} ${token}, penalty ${fine} ${token}` };
}

/** An entry's kind of cause, and the rest of its id. */
export function causeAndId(entryId: string): [cause: string, id: string] {
  const colon = entryId.indexOf(":");
  return colon === -1 ? [entryId, ""] : [entryId.slice(0, colon), entryId.slice(colon + 1)];
}

/** An entry of a kind that is not known here is called as its id says. */
export function describeEntry(effect: Effect): Words {
  const [cause, id] = causeAndId(effect.entryId);
  return Object.hasOwn(WORDS, cause) ? (WORDS[cause] as (typeof WORDS)[string])(id, effect) : { kind: cause, note: id };
}

const OF_EVENTS = new Set(["deposit", "withdrawal", "surplus", "premium", "lock", "release", "settlement"]);

/** The sequence of the vault's event that caused the entry; null: none did. */
export function sequenceOf(entryId: string): bigint | null {
  const [, cause = "", sequence = ""] = /^([a-z]+):(\d+)$/.exec(entryId) ?? [];
  return OF_EVENTS.has(cause) ? BigInt(sequence) : null;
}
