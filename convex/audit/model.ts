/** The only writer of the trail of privileged acts: it inserts, and never changes or removes what stands there. */
import type { PaginationOptions } from "convex/server";
import type { Infer } from "convex/values";
import { type Act, checkAct } from "../../src/domain/audit";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { accepted, paged, refuseWith } from "../functions";
import type { factsValidator } from "./schema";

export type Facts = Infer<typeof factsValidator>;

const MAX_FACTS = 16;
const LONGEST_FACT = 500;

/**
 * Records an act in the transaction that does it, so that neither stands without the other.
 * Refuses: ACT_INCOMPLETE {field}, ACT_TOO_LONG {field, max}.
 */
export async function recordAct(ctx: MutationCtx, { facts, ...act }: Act & { facts: Facts }): Promise<void> {
  accepted(checkAct(act));
  checkFacts(facts);
  await ctx.db.insert("acts", { at: Date.now(), ...act, facts });
}

function checkFacts(facts: Facts) {
  const tooLong = Object.entries(facts).find(([, fact]) => typeof fact === "string" && fact.length > LONGEST_FACT);
  if (tooLong) {
    const [field] = tooLong;
    const message = `Use at most ${LONGEST_FACT} characters for \`${field}\`.`;
    refuseWith({ code: "ACT_TOO_LONG", message, field, max: LONGEST_FACT });
  }
  if (Object.keys(facts).length > MAX_FACTS) throw new Error(`An act has at most ${MAX_FACTS} facts`);
}

/** A page of the trail, newest first; of one act, or of all. */
export async function listActs(ctx: QueryCtx, { act, page }: { act?: string | undefined; page: PaginationOptions }) {
  const acts = ctx.db.query("acts");
  const listed = act === undefined ? acts.withIndex("by_at") : acts.withIndex("by_act_and_at", (q) => q.eq("act", act));
  return paged(listed.order("desc"), page);
}
