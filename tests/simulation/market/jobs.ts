/** What functions have scheduled for themselves: run here one after the other, as their engines would. */
import { makeFunctionReference } from "convex/server";
import type { MarketStage } from "./stage";

/** Jobs of these modules work on the books; loops that look at the world are the episode's own. */
const OURS = ["policies/", "health/", "earnings/"];
const MOST_ROUNDS = 200;

async function waiting({ backend, done }: MarketStage) {
  const rows = await backend.run((ctx) => ctx.db.system.query("_scheduled_functions").take(5_000));
  return rows
    .map(({ _id, name, args }) => ({ id: _id as string, name: name.replace(/\.js(?=:|$)/, ""), args }))
    .filter(({ id, name }) => !done.has(id) && OURS.some((module) => name.startsWith(module)));
}

/** Until none is left. */
export async function runJobs(stage: MarketStage) {
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const [job] = await waiting(stage);
    if (!job) return;
    stage.done.add(job.id);
    await stage.backend.mutation(makeFunctionReference<"mutation">(job.name), job.args[0] ?? {});
  }
  throw new Error("Jobs schedule each other without end");
}
