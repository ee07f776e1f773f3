/** The outbox's part of the list of calls: the busiest turn signs as much as one may, and then sees all of it final. */
import type { Value } from "convex/values";
import type { ServiceLook } from "../../stacks/serviceNode";
import type { Measured } from "./footprintCalls";
import { LEASE } from "./owed";
import type { Product } from "./product";

const ROOM = 10n ** 15n;
const author = { actor: "bench", reason: "measured" };

/** The chain as a turn sees it when all that was sent is in a final block. */
async function look(product: Product): Promise<Value> {
  const listed = (await product.call("query", "outbox/control:list", {})) as {
    sender: string;
    nextNonce: number | null;
    transactions: { forms: { txId: string }[] }[];
  };
  const nonce = listed.nextNonce ?? 0;
  const sent = listed.transactions.flatMap(({ forms }) => forms);
  const seen: ServiceLook = {
    tip: { hash: `0x${nonce}`, time: 0 },
    finalHeight: 1,
    tipNonce: nonce,
    finalNonce: nonce,
    vault: { service: listed.sender, paused: false, settlementRoom: { STX: ROOM, sBTC: ROOM } },
    sightings: sent.map(({ txId }) => ({ txId, sighting: { kind: "mined", blockHeight: 1, failure: null } })),
    rivals: [],
  };
  return seen as unknown as Value;
}

const store: Measured["call"] = (product, _population, seen) =>
  product.call("mutation", "outbox/loop:store", { lease: LEASE, look: seen as Value });
const finish: Measured["call"] = (product) =>
  product.call("mutation", "outbox/loop:finish", { lease: LEASE, seenTip: null, wakes: 0, replies: [], at: 0 });
const operates = (name: string, args: Record<string, Value>): Measured => ({
  name,
  call: (product) => product.call("mutation", name, args),
});

export const OUTBOX_CALLS: Measured[] = [
  { name: "outbox/control:list", call: (product) => product.call("query", "outbox/control:list", {}) },
  operates("outbox/control:request", { key: "asked", call: { kind: "revoke", authorizationId: 1n << 62n }, ...author }),
  { name: "outbox/loop:start", call: (product) => product.call("query", "outbox/loop:start", { lease: LEASE }) },
  { name: "outbox/loop:store, all may leave", prepare: look, call: store },
  { name: "outbox/loop:store, all is final", prepare: look, call: store },
  { name: "outbox/loop:finish", call: finish },
  operates("outbox/loop:fail", { lease: LEASE, error: "bench" }),
  operates("outbox/loop:wake", {}),
  operates("outbox/loop:watch", {}),
  operates("outbox/loop:restart", {}),
];
