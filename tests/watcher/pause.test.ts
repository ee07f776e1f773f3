/** The pause's transaction against a node on paper: kept before it is sent, dearer while it waits, one that counts. */
import { expect, test } from "vitest";
import { localDeployment } from "../../src/stacks/deployment";
import type { ServiceNode } from "../../src/stacks/serviceNode";
import { Guardian, type PauseJob } from "../../src/watcher/pause";
import { PaperNode } from "../convex/paperNode";

const PRIVATE_KEY = "44".repeat(32);
const FEE_RULE = { perByteUstx: 500n, limitUstx: 400_000n, raiseAfterSeconds: 20 };
const deployment = localDeployment("ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM");

class GuardianOnPaper extends Guardian {
  constructor(private readonly paper: PaperNode) {
    super({ deployment, apiUrl: "", api: {}, privateKey: PRIVATE_KEY, feeRule: FEE_RULE });
  }

  protected override get node(): Pick<ServiceNode, "look" | "broadcast"> {
    return {
      look: async (_deployment, { watched, withVault }) => this.paper.look(watched, withVault),
      broadcast: async (bytes) => {
        const reason = this.paper.broadcast(bytes);
        return reason === null ? { kind: "taken" } : { kind: "refused", reason };
      },
    };
  }
}

/** What stands on disk after each step, and a hand that goes on from there. */
function hand(node: PaperNode) {
  const guardian = new GuardianOnPaper(node);
  const state: { job: PauseJob | null; problem: string | null } = { job: null, problem: null };
  const step = async () => {
    const { job, problem } = await guardian.step(state.job, async (job) => {
      // Whatever is sent is on disk already.
      expect(node.handedOver.map(({ txId }) => txId)).not.toContain(job.forms.find(({ sentAt }) => !sentAt)?.txId);
      state.job = job;
    });
    Object.assign(state, { job, problem });
  };
  return { state, step };
}

const fees = (node: PaperNode) => node.handedOver.map(({ fee }) => fee);
const pauses = (node: PaperNode) => node.blocks.flat().filter(({ functionName }) => functionName === "pause");

test("while no block takes it, it pays half as much again, up to the limit; then it waits and says so", async () => {
  const node = new PaperNode("");
  const { state, step } = hand(node);
  await step();
  const [first = 0n] = fees(node);
  expect(first).toBeGreaterThan(0n);
  await step();
  expect(fees(node)).toEqual([first]);
  for (let block = 0; block < 6; block += 1) {
    node.mine(1, 0);
    await step();
  }
  const paid = fees(node).filter((fee, n, all) => all.indexOf(fee) === n);
  expect(paid.slice(0, 2)).toEqual([first, (first * 3n + 1n) / 2n]);
  expect(paid.at(-1)).toBe(FEE_RULE.limitUstx);
  expect(paid).toEqual([...paid].sort((a, b) => Number(a - b)));
  expect(state.problem).toContain("fee");
  expect(new Set(node.handedOver.map(({ nonce }) => nonce)).size).toBe(1);
  node.mine();
  expect(pauses(node)).toMatchObject([{ fee: FEE_RULE.limitUstx, code: null }]);
  const sent = node.handedOver.length;
  await step();
  expect(node.handedOver).toHaveLength(sent);
});

test("one that the network has forgotten is sent again, the same bytes", async () => {
  const node = new PaperNode("");
  const { step } = hand(node);
  await step();
  node.drop(0);
  await step();
  expect(new Set(node.handedOver.map(({ txId }) => txId)).size).toBe(1);
  expect(node.handedOver.length).toBe(2);
  node.mine();
  expect(pauses(node)).toHaveLength(1);
});

test("whoever else has the guardian's key can hold it up for a nonce, and no longer", async () => {
  const node = new PaperNode("");
  const { state, step } = hand(node);
  node.foreign(0, 120_000n);
  await step();
  expect(state.job?.forms).toMatchObject([{ refusal: "ConflictingNonceInMempool" }]);
  node.mine(1 + node.finality);
  for (let turn = 0; turn < 4 && pauses(node).length === 0; turn += 1) {
    await step();
    node.mine();
  }
  expect(pauses(node)).toMatchObject([{ nonce: 1 }]);
});
