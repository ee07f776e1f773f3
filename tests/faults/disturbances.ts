/** What a trial does to the chain itself while the backend works on it: forks within finality, and a lane that is not left alone. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { broadcastTransaction, createAddress, deserializeTransaction } from "@stacks/transactions";
import { CHAIN_FOLDER } from "../../src/local/stateFolder";
import { readTables } from "./books";
import type { Scene } from "./scene";

export const DISTURBANCES = [
  "fork with the same",
  "fork without",
  "fork that drops",
  "dropped",
  "replaced",
  "raced",
] as const;
/** What was final is gone: the end of each story. */
export const TOO_DEEP = "fork below finality";
export type Disturbance = (typeof DISTURBANCES)[number];
export const FORKS: Disturbance[] = ["fork with the same", "fork without", "fork that drops"];
/** These befall what the outbox has sent and no block has yet. */
export const OF_WAITING: Disturbance[] = ["dropped", "replaced"];

const HIGH_FEE = 1_000_000n;
const LOW_FEE = 300n;
/** Two burn blocks and their blocks: what is final is a burn block below. */
const DEPTH = 4;

/** The backend has seen something that a fork takes back. */
async function isSomethingSeen({ stage }: Scene): Promise<boolean> {
  const { vaultEvents } = readTables(stage.stateDir, ["vaultEvents"]);
  for (const { status, blockHash } of vaultEvents) {
    if (status !== "pending") continue;
    const { canonical } = await stage.chain.get(`/extended/v2/blocks/${blockHash}`);
    if (canonical) return true;
  }
  return false;
}

const fork = (keepTransactions: boolean, fallenOut: "pending" | "dropped") => async (scene: Scene) => {
  if (!(await isSomethingSeen(scene))) return false;
  await scene.stage.chain.control("reorganise", { depth: DEPTH, keepTransactions, fallenOut });
  return true;
};

/** People send again what the network has forgotten; the service's own is the outbox's to send. */
async function sendAgain({ stage }: Scene): Promise<void> {
  const { hash160 } = createAddress(stage.service);
  const journal = readFileSync(path.join(stage.stateDir, CHAIN_FOLDER, "chain.jsonl"), "utf8");
  const entries = journal
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { kind: string; raw: string });
  for (const { kind, raw } of entries) {
    if (kind !== "pending") continue;
    const transaction = deserializeTransaction(raw.replace(/^0x/, ""));
    if (transaction.auth.spendingCondition.signer === hash160) continue;
    // Refused where it is in the chain already.
    await broadcastTransaction({ transaction, network: "devnet", client: { baseUrl: stage.node.url } });
  }
}

/** What of the outbox waits for a block, if anything does; what races it is somebody else's. */
async function waiting({ stage: { chain, service } }: Scene) {
  const all = await chain.waiting(service);
  return all.find(({ fee_rate }) => fee_rate !== String(LOW_FEE));
}

/** Each tells whether there was anything to disturb. */
const ACTS: Record<Disturbance, (scene: Scene) => Promise<boolean>> = {
  "fork with the same": fork(true, "pending"),
  "fork without": fork(false, "pending"),
  "fork that drops": async (scene) => {
    const isForked = await fork(false, "dropped")(scene);
    if (isForked) await sendAgain(scene);
    return isForked;
  },
  dropped: async (scene) => {
    const found = await waiting(scene);
    if (found) await scene.stage.chain.control("drop", { txid: found.tx_id });
    return found !== undefined;
  },
  replaced: async (scene) => {
    const found = await waiting(scene);
    if (found) await scene.spendServiceKey(found.nonce, HIGH_FEE);
    return found !== undefined;
  },
  raced: async (scene) => {
    const { chain, service } = scene.stage;
    if ((await chain.waiting(service)).length > 0) return false;
    const { nonce } = await chain.get(`/v2/accounts/${service}?proof=0`);
    await scene.spendServiceKey(nonce, LOW_FEE);
    return true;
  },
};

export function disturb(scene: Scene, disturbance: Disturbance): Promise<boolean> {
  return ACTS[disturbance](scene);
}
