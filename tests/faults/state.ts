/**
 * The state that two runs of one story must share: books, positions, policies, withdrawals, tiers, pool, and what the outbox
 * owes. Left out is what legitimately differs: document ids (drawn by each host), sequences and the blocks of events (a fork
 * may put the same transactions into another order), events of forks that are gone, into how many entries a premium's earning
 * was cut (only its sum follows from the story), and when a row was last written.
 */
import { type Row, readTables } from "./books";

const TABLES = [
  ...["entries", "postings", "accounts", "positions", "policies", "backings", "withdrawals", "commitments"],
  ...["tierMetrics", "tierCapacity", "poolMetrics", "lockTotals", "authorisedTotals", "outboxCalls", "breakers"],
] as const;

/** Named by the vault's sequence, which is the fork's. */
const BY_SEQUENCE = /^(deposit|withdrawal|premium|lock|release|settlement|surplus):\d+$/;
const VOLATILE = ["_id", "_creationTime", "asOf", "lastSequence", "lastSyncTimestamp", "transactionId", "signature"];
const ADDED = ["changedAt", "laterReasons", "earnedUntil", "hold"];

type Names = (text: string) => string;

function plain(row: Row, names: Names): string {
  const kept = Object.entries(row).filter(([name]) => ![...VOLATILE, ...ADDED].includes(name));
  return names(JSON.stringify(Object.fromEntries(kept.sort(([one], [other]) => (one < other ? -1 : 1)))));
}

function causeOf(entryId: string): string {
  if (BY_SEQUENCE.test(entryId)) return entryId.split(":")[0] as string;
  return entryId.startsWith("earning:") ? entryId.split(":").slice(0, 2).join(":") : entryId;
}

/** What each cause has moved on each account, and in how many entries. */
function journalOf(entries: Row[], postings: Row[], names: Names): string[] {
  const sums = new Map<string, bigint>();
  for (const { entryId, account, token, amount } of postings) {
    const line = [causeOf(String(entryId)), names(String(account)), token].join(" ");
    sums.set(line, (sums.get(line) ?? 0n) + BigInt(amount as string));
  }
  const counts = new Map<string, number>();
  for (const { entryId, token } of entries) {
    const line = [causeOf(String(entryId)), token].join(" ");
    if (!line.startsWith("earning:")) counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...sums, ...counts].map(([line, value]) => `${line} ${value}`).sort();
}

export type State = Record<string, string[]>;

export function stateOf(stateDir: string): State {
  const { entries, postings, ...tables } = readTables(stateDir, TABLES);
  const ids = new Map(
    tables.positions?.map(({ _id, provider, tier, token }) => [_id, `${provider}/${tier}/${token}`] as const),
  );
  const names: Names = (text) => [...ids].reduce((named, [id, name]) => named.replaceAll(id, name), text);
  const rows = Object.entries(tables).map(([table, found]) => [table, found.map((row) => plain(row, names)).sort()]);
  return { journal: journalOf(entries ?? [], postings ?? [], names), ...Object.fromEntries(rows) };
}
