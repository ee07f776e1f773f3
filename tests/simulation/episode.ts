/** One episode: acts one after the other, the backend compared with the model after each. */

import { vi } from "vitest";
import { TIERS } from "../../src/domain/tiers";
import { TOKENS } from "../../src/domain/tokens";
import type { Backend } from "../convex/backend";
import { expectBooksToFold } from "../convex/books";
import type { Act } from "./acts";
import { CAP, Chain } from "./chain";
import { checkAll } from "./check";
import { timeOf } from "./contract";
import * as happenings from "./happenings";
import { json } from "./json";
import { judge } from "./judge";
import { expectCleanReplay } from "./replay";
import { askedBy, type Of } from "./requests";
import { Stage } from "./stage";

type Happening<Kind extends Act["kind"]> = (stage: Stage, act: Of<Kind>) => Promise<void> | void;

const HAPPENINGS: { [Kind in Act["kind"]]?: Happening<Kind> } = {
  deposit: happenings.deposit,
  stray: happenings.stray,
  pay: happenings.pay,
  theft: happenings.theft,
  "guardian revokes": happenings.guardian,
  "service revokes": happenings.service,
  "stranger asks": happenings.stranger,
  mine: happenings.mine,
  "mine to a deadline": happenings.mineToDeadline,
  ripen: happenings.ripen,
  reorganise: happenings.reorganise,
  look: happenings.look,
  "look again": happenings.lookAgain,
  "superseded look": happenings.supersededLook,
  settle: happenings.settle,
  pause: happenings.pause,
  gift: happenings.gift,
  absorb: happenings.absorb,
  terms: happenings.terms,
  trip: happenings.trip,
  reset: happenings.reset,
  restore: happenings.restore,
  trick: happenings.trick,
  caps: happenings.caps,
};

const HOLD = { Conservative: 0, Balanced: 0, Aggressive: 7_200 } as const;
const CAPACITY = { Conservative: null, Balanced: 400, Aggressive: 250 } as const;

/** Small, so that every limit is met. */
export async function setTerms(stage: Stage) {
  for (const tier of TIERS) {
    for (const token of TOKENS) {
      const minimum = token === "STX" ? 10 : 25;
      const fields = { capacity: CAPACITY[tier], minimum, hold: HOLD[tier] } as const;
      await happenings.terms(stage, { kind: "terms", tier, token, ...fields });
    }
  }
}

const EXACT = { size: "exact", from: "named", inToken: "agreed" } as const;

export async function perform(stage: Stage, act: Act) {
  await (HAPPENINGS[act.kind] as Happening<Act["kind"]> | undefined)?.(stage, act);
  const asked = askedBy(stage, act);
  if (!asked) return;
  const outcome = await asked.ask();
  stage.tell(asked.what, { ...asked.request, outcome });
  stage.met.add(`${asked.what} ${outcome.ok ? "ok" : outcome.data.code}`);
  const { complaint, isGranted } = judge(stage.model, asked, outcome);
  if (isGranted && outcome.ok) {
    stage.steps.push({ kind: "granted", what: asked.what, request: asked.request, granted: outcome.value });
  }
  if (complaint !== null) throw new Error(`${asked.what} ${json(asked.request)}: ${complaint}`);
  if (act.kind === "fund") happenings.deposit(stage, { kind: "deposit", pick: 0, ...EXACT });
}

/** Adds the story to what went wrong. */
export async function telling<Result>(stage: Stage, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Error) error.message += `\nWhat happened before:\n${stage.story.join("\n")}`;
    throw error;
  }
}

/** The vault's chain with so low a cap that it is met. */
export const openChain = () => Chain.open({ withdrawals: CAP, settlements: CAP });

/** What only the chain knows of: nothing was asked of the backend, so it is as it was when it was last checked. */
const UNSEEN: Act["kind"][] = [
  ...(["deposit", "stray", "pay", "theft", "guardian revokes", "mine", "reorganise"] as const),
  ...(["pause", "gift", "absorb", "trick", "caps"] as const),
];
const isUnseen = ({ kind }: Act) => UNSEEN.includes(kind);

export async function playEpisode(open: () => Promise<Backend>, acts: Act[]): Promise<Stage> {
  const backend = await open();
  const stage = new Stage(backend, await openChain());
  vi.setSystemTime(timeOf(stage.chain.height) * 1_000);
  return telling(stage, async () => {
    await setTerms(stage);
    for (const act of acts) {
      await perform(stage, act);
      if (!isUnseen(act)) await checkAll(stage);
    }
    await happenings.settle(stage);
    await checkAll(stage);
    await expectBooksToFold(backend);
    if (stage.model.breaches === 0) await expectCleanReplay(stage, await open());
    return stage;
  });
}
