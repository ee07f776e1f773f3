/**
 * What happens to the books in a policy's life. Only the vault's events move what is locked: until one says so, what is to
 * stand behind a policy is reserved (a position's) or `covering` (insurance's).
 */
import { type Account, type Entry, makeEntry, type Pocket, type Posting } from "./ledger";
import type { Payers } from "./payout";
import type { Token } from "./tokens";

/** A part of one position. */
export interface Part {
  positionId: string;
  amount: bigint;
}

const VAULT: Account = { kind: "vault" };
const INSURANCE: Account = { kind: "insurance" };

const pocketOf = (positionId: string, pocket: Pocket): Account => ({ kind: "position", positionId, pocket });

function between(parts: Part[], from: Pocket, to: Pocket): Posting[] {
  return parts.flatMap(({ positionId, amount }) => [
    { account: pocketOf(positionId, from), amount: -amount },
    { account: pocketOf(positionId, to), amount },
  ]);
}

interface OfPolicy {
  policyId: bigint;
  token: Token;
}

/** Sets aside what is to stand behind a policy once its premium is paid. */
export function backingEntry({ policyId, token }: OfPolicy, parts: Part[]): Entry {
  return makeEntry(`backing:${policyId}`, token, between(parts, "available", "reserved"));
}

/** Gives it back, as the premium can't be paid any more. */
export function unbackingEntry({ policyId, token }: OfPolicy, parts: Part[]): Entry {
  return makeEntry(`unbacking:${policyId}`, token, between(parts, "reserved", "available"));
}

/** The premium of a policy of ours is paid, and in the same step what was set aside is locked. */
export function soldEntry(
  event: { sequence: bigint; token: Token; amount: bigint; policyId: bigint },
  parts: Part[],
): Entry {
  return makeEntry(`premium:${event.sequence}`, event.token, [
    { account: VAULT, amount: -event.amount },
    { account: { kind: "premium", policyId: event.policyId }, amount: event.amount },
    ...between(parts, "reserved", "locked"),
  ]);
}

/**
 * Sets more aside, to raise the policy's lock with.
 * @param target what the lock is raised to, which no other raise of this policy has
 */
export function raiseEntry(
  { policyId, token, target }: OfPolicy & { target: bigint },
  parts: Part[],
  insured: bigint,
): Entry {
  return makeEntry(`raise:${policyId}:${target}`, token, [
    ...between(parts, "available", "reserved"),
    { account: INSURANCE, amount: -insured },
    { account: { kind: "covering", policyId }, amount: insured },
  ]);
}

/** What one event did to one policy's lock. */
export interface LockChange {
  policyId: bigint;
  parts: Part[];
  /** Insurance's part. */
  insured: bigint;
}

/** The vault has raised locks. Null: none of ours. */
export function lockedEntry(event: { sequence: bigint; token: Token }, changes: LockChange[]): Entry | null {
  const postings = changes.flatMap(({ policyId, parts, insured }): Posting[] => [
    ...between(parts, "reserved", "locked"),
    { account: { kind: "covering", policyId }, amount: -insured },
    { account: { kind: "cover", policyId }, amount: insured },
  ]);
  return entryOf(`lock:${event.sequence}`, event.token, postings);
}

/** What one policy still holds when it ends. */
export interface Held {
  policyId: bigint;
  positions: { positionId: string; locked: bigint; reserved: bigint }[];
  /** Insurance's parts. */
  cover: bigint;
  covering: bigint;
}

/** All that a policy held is free again, but for what those behind it pay. */
function freed({ policyId, positions, cover, covering }: Held, payers?: Payers): Posting[] {
  const paidBy = (positionId: string) => payers?.positions.get(positionId) ?? 0n;
  return [
    ...positions.flatMap(({ positionId, locked, reserved }) => [
      { account: pocketOf(positionId, "locked"), amount: -locked },
      { account: pocketOf(positionId, "reserved"), amount: -reserved },
      { account: pocketOf(positionId, "available"), amount: locked + reserved - paidBy(positionId) },
    ]),
    { account: { kind: "cover", policyId }, amount: -cover },
    { account: { kind: "covering", policyId }, amount: -covering },
    { account: INSURANCE, amount: cover + covering - (payers?.insurance ?? 0n) },
  ];
}

/** The vault has ended policies without a payment: all that they held is free. Null: they held nothing of ours. */
export function releasedEntry(event: { sequence: bigint; token: Token }, policies: Held[]): Entry | null {
  return entryOf(
    `release:${event.sequence}`,
    event.token,
    policies.flatMap((held) => freed(held)),
  );
}

/** The vault has paid a policy's buyer: those behind it pay, and the rest of what it held is free. */
export function settledEntry(
  event: { sequence: bigint; token: Token; amount: bigint },
  held: Held,
  payers: Payers,
): Entry {
  return makeEntry(`settlement:${event.sequence}`, event.token, [
    ...freed(held, payers),
    { account: VAULT, amount: event.amount },
  ]);
}

/** The vault has paid out of a policy's lock what nobody decided: its buyer's breach. What the policy held is free. */
export function undecidedEntry(
  event: { sequence: bigint; token: Token; amount: bigint; buyer: string },
  held: Held,
): Entry {
  return makeEntry(`settlement:${event.sequence}`, event.token, [
    ...freed(held),
    { account: VAULT, amount: event.amount },
    { account: { kind: "breach", principal: event.buyer }, amount: -event.amount },
  ]);
}

function entryOf(id: string, token: Token, postings: Posting[]): Entry | null {
  return postings.some(({ amount }) => amount !== 0n) ? makeEntry(id, token, postings) : null;
}
