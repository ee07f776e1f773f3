/** Requests that were asked at the same time: an order, one after the other, in which the model gives the same answers. */
import { judge } from "./judge";
import type { Model } from "./model";
import type { Asked, Granted } from "./requests";
import type { Outcome } from "./stage";

export interface Answered {
  asked: Asked;
  outcome: Outcome<Granted>;
}

/** Asks all at once; they come back in the order in which they were answered. */
export async function askTogether(all: Asked[]): Promise<Answered[]> {
  const answered: Answered[] = [];
  await Promise.all(
    all.map(async (asked) => {
      answered.push({ asked, outcome: await asked.ask() });
    }),
  );
  return answered;
}

/** What changes nothing may stand anywhere, so it is taken as soon as it fits. */
function withoutIdle(model: Model, left: Answered[]): Answered[] {
  return left.filter(({ asked, outcome }) => {
    const { complaint, isGranted } = judge(model.copy(), asked, outcome);
    return complaint !== null || isGranted;
  });
}

/** The model after such an order; null if there is none. */
export function explained(model: Model, answered: Answered[]): Model | null {
  const dead = new Set<string>();
  const search = (from: Model, all: Answered[]): Model | null => {
    const left = withoutIdle(from, all);
    if (left.length === 0) return from;
    const name = left.map((one) => answered.indexOf(one)).join();
    if (dead.has(name)) return null;
    for (const next of left) {
      const after = from.copy();
      if (!judge(after, next.asked, next.outcome).isGranted) continue;
      const found = search(
        after,
        left.filter((one) => one !== next),
      );
      if (found) return found;
    }
    dead.add(name);
    return null;
  };
  return search(model, answered);
}
