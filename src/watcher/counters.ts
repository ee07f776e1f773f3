/**
 * Whether the vault's own numbers follow from each other: its counters from its events, what it holds from what it counts,
 * and the backend's proof from both. Pure.
 */
import { TOKENS, type Token } from "../domain/tokens";
import type { Observation, ObservedEvent } from "../stacks/observe";
import { balanceChange, lockChange } from "../stacks/vaultEvents";
import { alarm, type Finding, pausing, shown } from "./findings";

export interface Counters {
  balance: bigint;
  locked: bigint;
}

/** The vault's counters after an event; null for a token that no event has told of yet. */
export interface Standing {
  sequence: bigint;
  STX: Counters | null;
  sBTC: Counters | null;
}

/** The newest standings, oldest first; the first one is what was known before the first event that was read. */
export type History = Standing[];

export function beginningAt(sequence: bigint): History {
  return [{ sequence, STX: null, sBTC: null }];
}

/** So many are remembered: a proof is rarely further behind. */
const REMEMBERED = 500;

/** Takes back what is above a sequence, as a reorganisation does; what was below all that is remembered begins anew. */
export function rewound(history: History, after: bigint): History {
  const kept = history.filter(({ sequence }) => sequence <= after);
  return kept.at(-1)?.sequence === after ? kept : beginningAt(after);
}

/** What was known, followed by these events; what does not follow is a finding, and counts from there on. */
export function followed(history: History, events: ObservedEvent[]): { history: History; findings: Finding[] } {
  const all = [...history];
  const findings: Finding[] = [];
  for (const { event, txId } of events) {
    const before = all.at(-1) as Standing;
    if (!("token" in event)) {
      all.push({ ...before, sequence: event.sequence });
      continue;
    }
    const { token, balance, locked, sequence } = event;
    const from = before[token];
    const due = from && { balance: from.balance + balanceChange(event), locked: from.locked + lockChange(event) };
    if (due && (due.balance !== balance || due.locked !== locked)) {
      const message = `After event ${sequence} the vault counts ${shown(balance, token)}, ${shown(locked, token)} of them locked; ${shown(due.balance, token)} and ${shown(due.locked, token)} would follow from the event before.`;
      findings.push(pausing("vault.counters", `${sequence}:${txId}`, message, { sequence, token, balance, locked }));
    }
    all.push({ ...before, sequence, [token]: { balance, locked } });
  }
  return { history: all.slice(-REMEMBERED), findings };
}

/** What the vault itself says at the tip, held against its events, and against what its address holds. */
export function judgeAccounts(history: History, { accounts, sequence }: Observation): Finding[] {
  const last = history.at(-1);
  const findings: Finding[] = [];
  for (const { token, held, balance, locked } of accounts) {
    const known = last?.sequence === sequence ? last[token] : null;
    if (known && (known.balance !== balance || known.locked !== locked)) {
      const message = `The vault counts ${shown(balance, token)}, ${shown(locked, token)} of them locked; its events come to ${shown(known.balance, token)} and ${shown(known.locked, token)}.`;
      findings.push(pausing("vault.counters", `${token}:${sequence}`, message, { sequence, token, balance, locked }));
    }
    if (held < balance) {
      const missing = balance - held;
      const message = `The vault holds ${shown(held, token)} and counts ${shown(balance, token)}: ${shown(missing, token)} are missing.`;
      findings.push(pausing("vault.deficit", `${token}:${missing}`, message, { token, held, balance, missing }));
    }
  }
  return findings;
}

/** What no event told before, the vault's own counters at the tip tell, once everything up to there was read. */
export function completed(history: History, { accounts, sequence }: Observation): History {
  const last = history.at(-1);
  if (last?.sequence !== sequence) return history;
  const told = (token: Token): Counters | null => {
    const account = accounts.find((one) => one.token === token);
    return last[token] ?? (account ? { balance: account.balance, locked: account.locked } : null);
  };
  return [...history.slice(0, -1), { sequence, STX: told("STX"), sBTC: told("sBTC") }];
}

/** `liquidity.getProof`, of one token. */
export interface BackendProof {
  token: Token;
  holds: boolean;
  counted: bigint;
  booked: bigint;
  pending: bigint;
  locks: { counted: bigint; booked: bigint; pending: bigint };
  sequence: bigint;
  blockHeight: number;
  /** Block time of that block, ms. */
  asOf: number;
}

/** What a proof says of the vault at its sequence, where the chain says something else there. */
export function judgeProof(history: History, proof: BackendProof): Finding[] {
  const { token, sequence, counted, booked, pending, locks } = proof;
  const [first, last] = [history[0], history.at(-1)];
  const known = history.findLast((standing) => standing.sequence <= sequence)?.[token];
  if (!known || !first || !last || sequence < first.sequence || sequence > last.sequence) return [];
  const said = [counted, booked + pending, locks.counted, locks.booked + locks.pending];
  const seen = [known.balance, known.balance, known.locked, known.locked];
  if (said.every((value, n) => value === seen[n])) return [];
  const message = `At event ${sequence} the vault counted ${shown(known.balance, token)}, ${shown(known.locked, token)} of them locked. The backend's proof says ${shown(counted, token)} counted, ${shown(booked + pending, token)} in its books, and of what is locked ${shown(locks.counted, token)} and ${shown(locks.booked + locks.pending, token)}.`;
  const key = [token, sequence, ...said].join(":");
  return [pausing("proof.differs", key, message, { token, sequence, counted, booked, pending })];
}

/** The backend itself says that its proof fails: it has stopped what it can, and somebody has to look. */
export function judgeHolding(proofs: BackendProof[]): Finding[] {
  const failing = TOKENS.filter((token) => proofs.some((proof) => proof.token === token && !proof.holds));
  return failing.map((token) => alarm("proof.fails", token, `The backend's own proof of ${token} fails.`, { token }));
}
