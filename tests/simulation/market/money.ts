/** Why anybody has what it has: every entry is of a known cause, moves only what that cause may, and comes to what was agreed. */

import { down, type Fraction, isAtMost, minus, ratio, times, up, whole, ZERO } from "../../domain/market/fraction";
import { atMost, must, same } from "../../domain/market/must";
import { exactEarned, exactShares } from "../../domain/market/naive";
import { rulesFor } from "./happenings";
import { type Policy, type Rows, sumOf } from "./rows";

interface Change {
  id: string;
  /** By position, over all its pockets. */
  positions: Map<string, bigint>;
  /** By account that is no position's. */
  accounts: Map<string, bigint>;
}

/** What an entry changes of anybody's money; what only went from pocket to pocket is gone. */
function changesIn({ postings }: Rows): Map<string, Change> {
  const changes = new Map<string, Change>();
  for (const { entryId: id, account, amount } of postings) {
    const known = changes.get(id) ?? { id, positions: new Map(), accounts: new Map() };
    changes.set(id, known);
    const [kind, name = ""] = account.split("/");
    const [sums, key] = kind === "position" ? [known.positions, name] : [known.accounts, account];
    const sum = (sums.get(key) ?? 0n) + amount;
    if (sum === 0n) sums.delete(key);
    else sums.set(key, sum);
  }
  return changes;
}

/** By cause: which accounts an entry may change, and whether positions may gain or lose. */
const CAUSES: Record<string, { accounts: string[]; gain: boolean; lose: boolean }> = {
  deposit: { accounts: ["vault", "suspense"], gain: true, lose: false },
  withdrawal: { accounts: ["vault", "breach", "reserved", "suspense"], gain: false, lose: true },
  surplus: { accounts: ["vault", "suspense"], gain: false, lose: false },
  assignment: { accounts: ["suspense"], gain: true, lose: false },
  move: { accounts: [], gain: true, lose: true },
  correction: { accounts: ["suspense", "breach"], gain: false, lose: false },
  reserve: { accounts: ["suspense", "reserved"], gain: false, lose: false },
  unreserve: { accounts: ["suspense", "reserved"], gain: false, lose: false },
  backing: { accounts: [], gain: false, lose: false },
  unbacking: { accounts: [], gain: false, lose: false },
  premium: { accounts: ["vault", "premium"], gain: false, lose: false },
  raise: { accounts: ["insurance", "covering"], gain: false, lose: false },
  lock: { accounts: ["covering", "cover"], gain: false, lose: false },
  release: { accounts: ["covering", "cover", "insurance"], gain: false, lose: false },
  earning: { accounts: ["premium", "insurance", "fees"], gain: true, lose: false },
  collect: { accounts: [], gain: false, lose: false },
  settlement: { accounts: ["vault", "covering", "cover", "insurance"], gain: false, lose: true },
  transfer: { accounts: ["insurance"], gain: true, lose: true },
};

function checkCause({ id, positions, accounts }: Change) {
  const cause = CAUSES[id.split(":")[0] ?? ""];
  if (!cause) throw new Error(`Nobody knows why there is an entry ${id}`);
  for (const [name] of accounts) {
    must(`${id} changes ${name}`, cause.accounts.includes(name.split("/")[0] ?? ""));
  }
  for (const [name, change] of positions) {
    must(`${id} changes position ${name} by ${change}`, change > 0n ? cause.gain : cause.lose);
  }
}

function plusAll(into: Map<string, bigint>, from: Map<string, bigint>) {
  for (const [key, amount] of from) into.set(key, (into.get(key) ?? 0n) + amount);
}

/** All that a policy has earned so far, by whom it went to. */
function earnedOf(changes: Map<string, Change>, policyId: bigint): Change {
  const sum: Change = { id: "", positions: new Map(), accounts: new Map() };
  for (const change of changes.values()) {
    if (!change.id.startsWith(`earning:${policyId}:`)) continue;
    plusAll(sum.positions, change.positions);
    plusAll(sum.accounts, change.accounts);
  }
  return sum;
}

const isNear = (told: bigint, exact: Fraction, units: number) =>
  isAtMost(minus(whole(told), exact), whole(units)) && isAtMost(minus(exact, whole(told)), whole(units));

/** What is earned of a premium is linear in time, and all of it once the payout is fixed; it is shared as the rules say. */
function checkEarned(rows: Rows, changes: Map<string, Change>, policy: Policy) {
  const { policyId, premium, earned, earnedUntil, startedAt, expiresAt, outcome, tier, token } = policy;
  const name = `policy ${policyId} (${policy.status})`;
  if (startedAt === null) return;
  const linear = down(exactEarned(premium, { from: startedAt, to: expiresAt, at: earnedUntil }));
  same(`what ${name} has earned`, earned, outcome ? premium : linear);
  const left = rows.accounts.find((row) => row.name === `premium/${policyId}` && row.token === token)?.balance ?? 0n;
  same(`what ${name} has not earned`, left, premium - earned);

  const { positions, accounts } = earnedOf(changes, policyId);
  const { insuranceShare, feeShare } = rulesFor(tier, token);
  const share = (rate: number) => times(whole(earned), ratio(rate, 1_000_000));
  const yields = sumOf([...positions.values()], (amount) => amount);
  must(`the yields of ${name}`, isNear(yields, share(1_000_000 - insuranceShare - feeShare), 1));
  must(`${name} yields no more than its part`, isAtMost(whole(yields), share(1_000_000 - insuranceShare - feeShare)));
  must(`the fees of ${name}`, isNear(accounts.get("fees") ?? 0n, share(feeShare), 1));
  must(`what insurance has of ${name}`, isNear(accounts.get("insurance") ?? 0n, share(insuranceShare), 2));

  const own = rows.backings.filter((row) => row.policyId === policyId);
  if (isTransferred(rows, own, positions)) return;
  const exact = exactShares(
    whole(yields),
    own.map(({ coverage }) => coverage),
  );
  for (const [n, { positionId }] of own.entries()) {
    const got = positions.get(positionId) ?? 0n;
    must(`what ${positionId} has of ${name}: ${got}`, isNear(got, exact[n] ?? ZERO, own.length));
  }
}

/** Whether it ever changed hands: then what its backings earned is of several shares. */
function isTransferred({ postings }: Rows, own: { positionId: string }[], earners: Map<string, bigint>): boolean {
  const strangers = [...earners.keys()].some((id) => own.every(({ positionId }) => positionId !== id));
  const touched = (id: string) =>
    postings.some(({ entryId, account }) => entryId.startsWith("transfer:") && account.startsWith(`position/${id}/`));
  return strangers || own.some(({ positionId }) => touched(positionId));
}

/** Each position pays its part of the payout; only where others can't does it pay more. */
function checkPaid(rows: Rows, changes: Map<string, Change>, sequence: bigint, policy: Policy) {
  const change = changes.get(`settlement:${sequence}`);
  if (!change || !policy.outcome) throw new Error(`The settlement of policy ${policy.policyId} is not in the books`);
  const { payout, missing } = policy.outcome;
  const own = rows.backings.filter(({ policyId }) => policyId === policy.policyId);
  same(`what policy ${policy.policyId} paid`, change.accounts.get("vault") ?? 0n, payout - missing);
  let paid = payout - missing;
  let isShort = missing > 0n;
  const dues = exactShares(
    whole(payout),
    own.map(({ coverage }) => coverage),
  );
  const pays = own.map(({ positionId }) => -(change.positions.get(positionId) ?? 0n));
  for (const [n, { positionId, coverage }] of own.entries()) {
    paid -= pays[n] ?? 0n;
    atMost(`what ${positionId} paid`, pays[n] ?? 0n, coverage);
    isShort ||= (pays[n] ?? 0n) < down(dues[n] ?? ZERO);
  }
  const insured = sumOf(
    [...change.accounts].filter(([name]) => name !== "vault"),
    ([, amount]) => -amount,
  );
  same(`what insurance paid for policy ${policy.policyId}`, insured, paid);
  if (isShort) return;
  same(`what insurance paid although nobody was short`, insured, 0n);
  for (const [n, amount] of pays.entries()) atMost(`a part of the payout`, amount, up(dues[n] ?? ZERO));
}

/** A leaver pays for what it leaves: what it loses is what takers and insurance get. */
function checkTransfer({ id, positions, accounts }: Change) {
  const losses = [...positions.values()].filter((amount) => amount < 0n);
  atMost(`leavers in ${id}`, BigInt(losses.length), 1n);
  const gains = [...positions.values()].filter((amount) => amount > 0n);
  const penalty = accounts.get("insurance") ?? 0n;
  atMost(`a loss of insurance in ${id}`, -penalty, 0n);
  const sum = gains.reduce((all, amount) => all + amount, penalty);
  same(`what ${id} takes of its leaver`, -(losses[0] ?? 0n), sum);
}

export function checkMoney(rows: Rows) {
  const changes = changesIn(rows);
  for (const change of changes.values()) {
    checkCause(change);
    if (change.id.startsWith("transfer:")) checkTransfer(change);
  }
  for (const policy of rows.policies) checkEarned(rows, changes, policy);
}

/** @param settlements by policy, the sequence of the vault's final payment */
export function checkSettlements(rows: Rows, settlements: Map<bigint, bigint>) {
  const changes = changesIn(rows);
  for (const policy of rows.policies) {
    const sequence = settlements.get(policy.policyId);
    if (sequence !== undefined) checkPaid(rows, changes, sequence, policy);
  }
}
