/** What a trial does to the chain itself while the backend works on it: forks within finality, and a lane that is not left alone. */
import type { Scene } from "./scene";

export const DISTURBANCES = [
  "fork with the same",
  "fork without",
  "fork that drops",
  "dropped",
  "replaced",
  "raced",
] as const;
export type Disturbance = (typeof DISTURBANCES)[number];

const HIGH_FEE = 1_000_000n;
const LOW_FEE = 300n;
/** Two burn blocks and their blocks: what is final is a burn block below. */
const DEPTH = 4;

const fork = (keepTransactions: boolean, fallenOut: "pending" | "dropped") => async (scene: Scene) => {
  await scene.stage.chain.control("reorganise", { depth: DEPTH, keepTransactions, fallenOut });
  return true;
};

/** What of the outbox waits for a block, if anything does. */
async function waiting({ stage: { chain, service } }: Scene) {
  const [first] = await chain.waiting(service);
  return first;
}

/** Each tells whether there was anything to disturb. */
const ACTS: Record<Disturbance, (scene: Scene) => Promise<boolean>> = {
  "fork with the same": fork(true, "pending"),
  "fork without": fork(false, "pending"),
  "fork that drops": fork(false, "dropped"),
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
    if (await waiting(scene)) return false;
    const { nonce } = await chain.get(`/v2/accounts/${service}?proof=0`);
    await scene.spendServiceKey(nonce, LOW_FEE);
    return true;
  },
};

export function disturb(scene: Scene, disturbance: Disturbance): Promise<boolean> {
  return ACTS[disturbance](scene);
}
