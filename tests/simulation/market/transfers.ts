/** What a transfer at mark may be: its leaver pays for what it leaves, takers are paid what that is worth, and no lock changes. */

import { isAtMost, ratio, times, up, whole } from "../../domain/market/fraction";
import { atMost, must, same } from "../../domain/market/must";
import { exactPayout } from "../../domain/market/naive";
import { rulesFor } from "./happenings";
import { type Backing, type Rows, sumOf } from "./rows";
import { type MarketStage, tokenOf, UNDERLYINGS } from "./stage";

/** By position and pocket, what an entry changes. */
function postingsOf({ postings }: Rows, entryId: string, pocket: string) {
  return postings.flatMap(({ entryId: id, account, amount }) => {
    const [kind, position = "", of] = account.split("/");
    return id === entryId && kind === "position" && of === pocket ? [{ position, amount }] : [];
  });
}

/** The backing that its position had before this step and has no more. */
function leftBy(before: Rows, { backings }: Rows, leaver: string, lock: bigint): Backing[] {
  const isGone = (known: Backing) => backings.every(({ _id }) => _id !== known._id);
  return before.backings.filter(
    (known) => known.positionId === leaver && known.locked + known.reserved === lock && isGone(known),
  );
}

function checkTransfer(stage: MarketStage, before: Rows, rows: Rows, entryId: string) {
  const locked = postingsOf(rows, entryId, "locked");
  const left = locked.filter(({ amount }) => amount < 0n);
  const [leaver] = left;
  if (!leaver || left.length > 1) throw new Error(`${entryId} has ${left.length} leavers`);
  same(
    `what ${entryId} changes of the lock`,
    sumOf(locked, ({ amount }) => amount),
    0n,
  );
  const takers = new Set(locked.filter(({ amount }) => amount > 0n).map(({ position }) => position));
  const free = postingsOf(rows, entryId, "available").filter(({ position }) => takers.has(position));
  const paid = sumOf(free, ({ amount }) => amount) - leaver.amount;
  const rest = -leaver.amount - paid;
  const penalty = rows.postings.find((row) => row.entryId === entryId && row.account === "insurance")?.amount ?? 0n;
  checkWorth(stage, before, rows, {
    entryId,
    leaver: leaver.position,
    lock: -leaver.amount,
    paid,
    penalty,
    rest,
    takers,
  });
}

interface Moved {
  entryId: string;
  leaver: string;
  lock: bigint;
  paid: bigint;
  penalty: bigint;
  rest: bigint;
  takers: Set<string>;
}

function checkWorth(stage: MarketStage, before: Rows, rows: Rows, moved: Moved) {
  const { entryId, leaver, lock, paid, penalty, rest, takers } = moved;
  const [backing] = leftBy(before, rows, leaver, lock);
  const policy = rows.policies.find(({ policyId }) => policyId === backing?.policyId);
  if (!backing || !policy) return;
  const underlying = UNDERLYINGS.find((one) => tokenOf(one) === policy.token) ?? "BTC";
  const price = stage.lastPrice(underlying)?.priceUsdMicros ?? 0n;
  const { quantity, coverage } = backing;
  const worth = exactPayout({ strikeUsdMicros: policy.strikeUsdMicros, quantity, coverage }, price);
  must(`${entryId} pays its takers ${paid}, less than an exercise would cost them`, isAtMost(worth, whole(paid)));
  // Each part of the policy is rounded up by itself.
  const most = up(worth) + BigInt(takers.size);
  atMost(`what ${entryId} pays its takers`, paid, lock > most ? lock : most);
  const rate = ratio(rulesFor(policy.tier, policy.token).penalty, 1_000_000);
  same(`the penalty of ${entryId}`, penalty, rest > 0n ? up(times(whole(rest), rate)) : 0n);
}

/** @param before what was there before this step */
export function checkTransfers(stage: MarketStage, before: Rows | null, rows: Rows) {
  if (!before) return;
  const known = new Set(before.entries.map(({ entryId }) => entryId));
  for (const { entryId } of rows.entries) {
    if (entryId.startsWith("transfer:") && !known.has(entryId)) checkTransfer(stage, before, rows, entryId);
  }
}
