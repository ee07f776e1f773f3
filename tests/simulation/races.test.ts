/** The same requests at the same time: some order must explain what everybody was told, and what the books say then. */
import fc from "fast-check";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { apply, openBackend } from "../convex/backend";
import { expectBooksToFold } from "../convex/books";
import { type Act, anyRequest } from "./acts";
import { checkAll } from "./check";
import { openChain, perform, setTerms, telling } from "./episode";
import { observe, take } from "./happenings";
import { type Answered, askTogether, explained } from "./order";
import { type Asked, askedBy } from "./requests";
import { Stage } from "./stage";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
});

const SOME = { beside: 0, some: 80 } as const;
const amount = (edge: "some" | "room" | "free" | "largest" | "suspense", some = 80) => ({ ...SOME, edge, some });
const STX = { token: "STX" } as const;
const asked = (who: number, edge: Parameters<typeof amount>[0], some?: number) => {
  return { ...STX, at: null, who, key: undefined, amount: amount(edge, some) };
};

/** Three providers with capital in all tiers and in suspense. */
async function openStage(): Promise<Stage> {
  const stage = new Stage(await openBackend(), await openChain());
  await setTerms(stage);
  const acts: Act[] = [{ kind: "settle" }];
  for (const who of [0, 1, 2]) {
    for (const tier of ["Conservative", "Balanced", "Aggressive"] as const) {
      acts.push({
        kind: "fund",
        depositor: 0,
        tier,
        ...STX,
        who,
        key: undefined,
        amount: { ...SOME, edge: "some", some: 60 + who },
      });
    }
    acts.push({ kind: "stray", who, ...STX, sum: 50 });
  }
  for (const act of [...acts, { kind: "mine", blocks: 1_000 }, { kind: "settle" }] as Act[]) await perform(stage, act);
  return stage;
}

/** Sync applies what it sees while the others ask. */
async function lookAmong(stage: Stage): Promise<Asked> {
  const look = await observe(stage);
  const nothing = { id: "done", number: 0n, time: -1 };
  return {
    what: "look",
    request: {},
    ask: () => apply(stage.backend, look.observation).then(() => ({ ok: true, value: nothing })),
    expected: () => ({ refusals: new Map(), stopped: new Set(), earlier: null }),
    accept: (model) => {
      take(model, look);
      return null;
    },
  };
}

async function race(stage: Stage, requests: Asked[]): Promise<Answered[]> {
  const answered = await askTogether(requests);
  for (const {
    asked: { what, request },
    outcome,
  } of answered)
    stage.tell(`at once: ${what}`, { ...request, outcome });
  const after = explained(stage.model, answered);
  if (!after) throw new Error("No order of these requests explains their answers");
  stage.model = after;
  await checkAll(stage);
  await expectBooksToFold(stage.backend);
  return answered;
}

const granted = (answered: Answered[]) => answered.filter(({ outcome }) => outcome.ok).length;
const askAll = (stage: Stage, acts: Act[]) => acts.map((act) => askedBy(stage, act)).filter((one) => one !== null);

describe("one winner where there is one unit", () => {
  const contests: Record<string, Act[]> = {
    "the last capacity of a tier": [0, 1, 2].map((who) => ({
      ...asked(who, "room"),
      kind: "commit",
      depositor: 0,
      tier: "Balanced",
    })),
    "the last capacity of a tier, asked for by commitments, assignments and moves": [
      { ...asked(0, "room", 1), kind: "commit", depositor: 0, tier: "Aggressive" },
      { ...asked(1, "some", 50), kind: "move", place: "suspense", to: "Aggressive" },
      { ...asked(2, "some", 50), kind: "move", place: "Balanced", to: "Aggressive" },
    ],
    "the same suspense": [
      { ...asked(1, "suspense"), kind: "move", place: "suspense", to: "Conservative" },
      { ...asked(1, "suspense"), kind: "withdraw", place: "suspense" },
      { ...asked(1, "suspense"), kind: "move", place: "suspense", to: "Balanced" },
    ],
    "the same position": [
      { ...asked(1, "free"), kind: "move", place: "Balanced", to: "Conservative" },
      { ...asked(1, "free"), kind: "withdraw", place: "Balanced" },
    ],
  };
  test.each(Object.entries(contests))("%s", async (_, acts) => {
    const stage = await openStage();
    await telling(stage, async () => {
      if (acts[0]?.kind === "commit" && acts.length > 1 && acts[1]?.kind === "move") {
        // What is left of Aggressive is what each of them wants.
        await perform(stage, { kind: "terms", ...STX, tier: "Aggressive", capacity: 250, minimum: 10, hold: 0 });
      }
      expect(granted(await race(stage, askAll(stage, acts)))).toBe(1);
    });
  });
});

test.each([1, 2, 3, Math.floor(Math.random() * 2 ** 30)])(
  "twenty requests at once, again and again (seed %i)",
  async (seed) => {
    const stage = await openStage();
    await telling(stage, async () => {
      for (let round = 0; round < 4; round += 1) {
        const acts = fc.sample(fc.noBias(anyRequest), { seed: seed + round, numRuns: 20 });
        await perform(stage, { kind: "pay", pick: round });
        await perform(stage, { kind: "mine", blocks: round % 2 ? 361 : 2 });
        await race(stage, [...askAll(stage, acts), await lookAmong(stage)]);
      }
    });
  },
);
