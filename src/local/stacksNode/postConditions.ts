/**
 * Judges a transaction's post-conditions by what its events show to have moved. A breach undoes the transaction: the
 * chain mines the block again without it.
 */
import {
  Cl,
  type FungibleComparator,
  type PostCondition,
  PostConditionMode,
  type PostConditionWire,
  wireToPostCondition,
} from "@stacks/transactions";
import type { VmEvent } from "./clarityVm";
import type { SignedTransaction } from "./signedTransaction";

const STX = "STX";

/** How much left each owner of each asset; of a non-fungible asset, by token. */
type Movements = Map<string, bigint>;

function keyOf(owner: string, asset: string, token = ""): string {
  return `${owner} ${asset} ${token}`;
}

function movementsOf(events: VmEvent[]): Movements {
  const moved: Movements = new Map();
  for (const { event, data } of events) {
    if (!/^(stx|ft|nft)_(transfer|burn)_event$/.test(event)) continue;
    const { sender = "", asset_identifier: asset = STX, amount = "1", raw_value: token = "" } = data;
    const key = keyOf(sender, asset, token);
    moved.set(key, (moved.get(key) ?? 0n) + BigInt(amount));
  }
  return moved;
}

const COMPARE: Record<FungibleComparator, (sent: bigint, amount: bigint) => boolean> = {
  eq: (sent, amount) => sent === amount,
  gt: (sent, amount) => sent > amount,
  gte: (sent, amount) => sent >= amount,
  lt: (sent, amount) => sent < amount,
  lte: (sent, amount) => sent <= amount,
};

/** The movement that a condition speaks of, and whether it is as the condition wants it. */
function judge(condition: PostCondition, sender: string, moved: Movements): { key: string; isMet: boolean } {
  const owner = condition.address === "origin" ? sender : condition.address;
  switch (condition.type) {
    case "stx-postcondition":
    case "ft-postcondition": {
      const key = keyOf(owner, "asset" in condition ? condition.asset : STX);
      return { key, isMet: COMPARE[condition.condition](moved.get(key) ?? 0n, BigInt(condition.amount)) };
    }
    case "nft-postcondition": {
      const key = keyOf(owner, condition.asset, `0x${Cl.serialize(condition.assetId)}`);
      const wanted = condition.condition;
      return { key, isMet: wanted === "maybe-sent" || moved.has(key) === (wanted === "sent") };
    }
    default:
      throw new Error("Staking post-conditions are refused at admission.");
  }
}

/** True if every condition is met and, as far as the mode asks, nothing moved without one. */
export function meetsPostConditions({ sender, payload, wire }: SignedTransaction, events: VmEvent[]): boolean {
  // A plain transfer says itself all that moves: the node looks at no post-conditions of it.
  if (payload.kind === "token_transfer") return true;
  const moved = movementsOf(events);
  const conditions = (wire.postConditions.values as PostConditionWire[]).map(wireToPostCondition);
  const judged = conditions.map((condition) => judge(condition, sender, moved));
  if (judged.some(({ isMet }) => !isMet)) return false;
  if (wire.postConditionMode === PostConditionMode.Allow) return true;
  const named = new Set(judged.map(({ key }) => key));
  const mindsOnlySender = wire.postConditionMode === PostConditionMode.Originator;
  return [...moved.keys()].every((key) => named.has(key) || (mindsOnlySender && !key.startsWith(`${sender} `)));
}
