/** Random episodes of everything at once: what the parts of the backend get wrong between them shows here. */
import { beforeEach, expect, test, vi } from "vitest";
import { play } from "./campaign";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
});

/** As many as asked for; else always the same ones, and one that nobody has seen. */
const EPISODES = Number(process.env.SIMULATION_EPISODES ?? 0);
const FIRST = Number(process.env.SIMULATION_SEED ?? Math.floor(Math.random() * 2 ** 30));
const KNOWN = [1, 2, 3, 4, 5, 6];
/** A failure is first made small. */
const TIMEOUT_MS = 300_000;
const SEEDS = EPISODES > 0 ? Array.from({ length: EPISODES }, (_, n) => FIRST + n) : [...KNOWN, FIRST];

const met = new Set<string>();

test.each(SEEDS)(
  "episode %i: the backend answers and keeps what the model does",
  async (seed) => {
    const stage = await play(seed);
    expect(stage.steps.length).toBeGreaterThan(0);
    for (const one of stage.met) met.add(one);
  },
  TIMEOUT_MS,
);

/** An episode in which nothing succeeds, or nothing is refused, finds nothing. */
test.skipIf(EPISODES > 0)("the known episodes meet what they are there for", () => {
  const asked = ["commit", "withdraw", "quote", "move", "accepting", "cancel commitment", "cancel withdrawal"];
  const refused = [
    ...["TIER_FULL", "AMOUNT_BELOW_MINIMUM", "STOPPED"].map((code) => `commit ${code}`),
    ...["WITHDRAWAL_ABOVE_MAXIMUM", "WITHDRAWAL_OPEN", "RESTORING", "STOPPED"].map((code) => `withdraw ${code}`),
    ...["MOVE_ABOVE_MAXIMUM", "ASSIGNMENT_ABOVE_SUSPENSE", "TIER_FULL", "STOPPED"].map((code) => `move ${code}`),
  ];
  expect([...asked.map((what) => `${what} ok`), ...refused].filter((one) => !met.has(one))).toEqual([]);
});
