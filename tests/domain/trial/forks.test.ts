/**
 * Reorganisations of a chain in memory, seen by the very code of a look (observe.ts and below): within finality what was seen
 * ends as a clean replay has it; below finality it halts and nothing is guessed. The chain may also turn during a look.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { DeepReorganisation } from "../../../src/stacks/canonical";
import { observeVault } from "../../../src/stacks/observe";
import { runsOf, tally, trialSeed } from "../../trials/trial";
import { type Act, anyAct, anyFork } from "./delivery/acts";
import { FINALITY, type Fork, type PaperChain } from "./delivery/chain";
import { DEPLOYMENT, PaperApi } from "./delivery/node";
import type { Observer } from "./delivery/observer";
import { World } from "./delivery/world";
import { Count, playEpisodes } from "./episodes";

/** Below that a run may happen to meet not everything. */
const MANY = 500;

/** The chain turns after so many answers of a look. */
interface Turn {
  after: number;
  fork: Fork;
}

/** A world whose backend looks with the product's own code. */
class RealLooks extends World {
  /** At the next look. */
  turn: Turn | null = null;
  turned = 0;

  constructor() {
    super((chain, observer) => this.observe(chain, observer));
  }

  private async observe(chain: PaperChain, observer: Observer) {
    const api = new PaperApi(chain);
    const { turn } = this;
    this.turn = null;
    let answers = 0;
    api.beforeAnswer = () => {
      answers += 1;
      if (answers !== turn?.after || chain.deepest < turn.fork.depth) return;
      chain.reorganise(turn.fork);
      this.turned += 1;
    };
    const look = await observeVault(api, DEPLOYMENT, observer.known(), FINALITY);
    return look.kind === "seen" ? look.observation : null;
  }

  /** What waits is what the chain holds above the books, event by event. */
  requireSeen() {
    const { chain, observer } = this;
    const held = chain.events.slice(Number(observer.progress.cursor));
    const digest = (events: typeof held) => events.map(({ txId, blockHash }) => `${txId} in ${blockHash}`).join();
    if (digest(observer.waiting) !== digest(held))
      throw new Error(`Seen: ${digest(observer.waiting)}\nbut the chain has: ${digest(held)}`);
  }
}

interface Story {
  acts: (Act | Fork | Turn)[];
  deep: Fork;
  isWaiting: boolean;
}

const anyTurn: fc.Arbitrary<Turn> = fc.record({ after: fc.integer({ min: 2, max: 9 }), fork: anyFork });
const anyStep: fc.Arbitrary<Story["acts"][number]> = fc.oneof(
  { weight: 8, arbitrary: anyAct },
  { weight: 2, arbitrary: anyFork },
  { weight: 1, arbitrary: anyTurn },
);
const anyStory: fc.Arbitrary<Story> = fc.record({
  acts: fc.array(anyStep, { minLength: 1, maxLength: 60, size: "max" }),
  deep: anyFork,
  isWaiting: fc.boolean(),
});

async function perform(world: RealLooks, act: Story["acts"][number]) {
  if ("kind" in act) return world.perform(act);
  if ("after" in act) world.turn = act;
  else await world.perform({ kind: "fork", ...act });
  await world.catchUp();
  world.requireSeen();
}

/** A fork that takes back what was final: every look says so, and the books stay as they are. */
async function requireHalt(world: RealLooks, { deep, isWaiting }: Story) {
  const { chain, service } = world;
  if (isWaiting) {
    chain.send({ kind: "gift", token: "STX", amount: 1n });
    chain.send({ kind: "absorb", token: "STX" });
    chain.mine(1);
    await world.catchUp();
  }
  const before = service.told();
  chain.reorganise({ ...deep, depth: chain.deepest + deep.depth });
  for (let looks = 0; looks < 2; looks += 1) {
    await expect(world.perform({ kind: "look", disturbance: "none", at: 0 })).rejects.toThrow(DeepReorganisation);
    chain.mine(1);
  }
  expect(service.told()).toBe(before);
}

test("reorganisations within finality end as a clean replay; deeper ones halt", async () => {
  const owed = runsOf("modelForks");
  const met = new Count();
  let done = 0;
  await playEpisodes({
    stories: anyStory,
    seed: trialSeed(),
    isEnough: () => done >= owed,
    play: async (story) => {
      const world = new RealLooks();
      await world.begin();
      for (const act of story.acts) await perform(world, act);
      await world.heal();
      await requireHalt(world, story);
      const { forks, ...told } = world.told();
      done += forks + world.turned + 1;
      met.add({ ...told, turnedDuringALook: world.turned, belowFinality: 1, withinFinality: forks });
    },
  });
  // So few settlements come about here that a seed may have none; the trial of steps has hundreds.
  const { settlements: _, ...common } = met.sums;
  if (owed >= MANY) for (const [name, count] of Object.entries(common)) expect(count, name).toBeGreaterThan(0);
  tally("modelForks", { done, also: met.sums });
}, 1_800_000);
