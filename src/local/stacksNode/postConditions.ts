/**
 * Judges a transaction's post-conditions by what its events show to have moved. A breach undoes the transaction: the
 * chain mines the block again without it.
 */
import {
  type AssetWire,
  addressToString,
  Cl,
  FungibleConditionCode,
  NonFungibleConditionCode,
  PostConditionMode,
  PostConditionPrincipalId,
  type PostConditionPrincipalWire,
  PostConditionType,
  type PostConditionWire,
} from "@stacks/transactions";
import type { VmEvent } from "./clarityVm";
import type { SignedTransaction } from "./signedTransaction";

const STX = "STX";

/** What left each principal: amounts of fungible assets, and single tokens of the others, by owner and asset. */
interface Movements {
  amounts: Map<string, bigint>;
  tokens: Set<string>;
}

function keyOf(owner: string, asset: string, token = ""): string {
  return `${owner} ${asset} ${token}`;
}

function movementsOf(events: VmEvent[]): Movements {
  const movements: Movements = { amounts: new Map(), tokens: new Set() };
  for (const { event, data } of events) {
    const { sender = "", asset_identifier: asset = STX, amount = "0", raw_value: token = "" } = data;
    if (/^(stx|ft)_(transfer|burn)_event$/.test(event)) {
      const key = keyOf(sender, asset);
      movements.amounts.set(key, (movements.amounts.get(key) ?? 0n) + BigInt(amount));
    }
    if (/^nft_(transfer|burn)_event$/.test(event)) movements.tokens.add(keyOf(sender, asset, token));
  }
  return movements;
}

function ownerOf(principal: PostConditionPrincipalWire, origin: string): string {
  switch (principal.prefix) {
    case PostConditionPrincipalId.Origin:
      return origin;
    case PostConditionPrincipalId.Standard:
      return addressToString(principal.address);
    case PostConditionPrincipalId.Contract:
      return `${addressToString(principal.address)}.${principal.contractName.content}`;
  }
}

function assetId({ address, contractName, assetName }: AssetWire): string {
  return `${addressToString(address)}.${contractName.content}::${assetName.content}`;
}

function holds(code: FungibleConditionCode, sent: bigint, amount: bigint): boolean {
  switch (code) {
    case FungibleConditionCode.Equal:
      return sent === amount;
    case FungibleConditionCode.Greater:
      return sent > amount;
    case FungibleConditionCode.GreaterEqual:
      return sent >= amount;
    case FungibleConditionCode.Less:
      return sent < amount;
    case FungibleConditionCode.LessEqual:
      return sent <= amount;
  }
}

/** The movement that a condition speaks of, and whether it is as the condition wants it. */
function judge(condition: PostConditionWire, origin: string, moved: Movements): { key: string; isMet: boolean } {
  const owner = ownerOf(condition.principal, origin);
  switch (condition.conditionType) {
    case PostConditionType.STX:
    case PostConditionType.Fungible: {
      const isStx = condition.conditionType === PostConditionType.STX;
      const key = keyOf(owner, isStx ? STX : assetId(condition.asset));
      return { key, isMet: holds(condition.conditionCode, moved.amounts.get(key) ?? 0n, BigInt(condition.amount)) };
    }
    case PostConditionType.NonFungible: {
      const key = keyOf(owner, assetId(condition.asset), `0x${Cl.serialize(condition.assetName)}`);
      const isSent = moved.tokens.has(key);
      const code = condition.conditionCode;
      const isMet = code === NonFungibleConditionCode.MaybeSent || isSent === (code === NonFungibleConditionCode.Sends);
      return { key, isMet };
    }
    default:
      throw new Error("Staking post-conditions are refused at admission.");
  }
}

/** True if every condition is met and, as far as the mode asks, nothing moved without one. */
export function meetsPostConditions(transaction: SignedTransaction, events: VmEvent[]): boolean {
  const { origin, payload, postConditions, wire } = transaction;
  // A plain transfer says itself all that moves: the node looks at no post-conditions of it.
  if (payload.kind === "token_transfer") return true;
  const moved = movementsOf(events);
  const judged = postConditions.map((c) => judge(c, origin.address, moved));
  if (judged.some(({ isMet }) => !isMet)) return false;
  if (wire.postConditionMode === PostConditionMode.Allow) return true;
  const named = new Set(judged.map(({ key }) => key));
  const isOfOthers = (key: string) =>
    wire.postConditionMode === PostConditionMode.Originator && !key.startsWith(`${origin.address} `);
  return [...moved.amounts.keys(), ...moved.tokens].every((key) => named.has(key) || isOfOthers(key));
}
