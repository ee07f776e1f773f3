/** The functions that the bench calls, as plain as a product's usual ones: validated arguments and results, one index. */
import { mutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";

const LIST_LENGTH = 10;

/** Adds whole lists of ten. */
export const fill = mutationGeneric({
  args: { firstList: v.number(), lists: v.number() },
  returns: v.null(),
  handler: async (ctx, { firstList, lists }) => {
    for (let list = firstList; list < firstList + lists; list++) {
      for (let n = 0; n < LIST_LENGTH; n++) {
        await ctx.db.insert("notes", { list, text: `note ${n} of list ${list}`, weight: BigInt(n) });
      }
    }
    return null;
  },
});

/** The ten newest notes of a list. */
export const latest = queryGeneric({
  args: { list: v.number() },
  returns: v.array(
    v.object({
      _id: v.id("notes"),
      _creationTime: v.number(),
      list: v.number(),
      text: v.string(),
      weight: v.int64(),
    }),
  ),
  handler: (ctx, { list }) =>
    ctx.db
      .query("notes")
      .withIndex("by_list", (q) => q.eq("list", list))
      .order("desc")
      .take(LIST_LENGTH),
});

export const add = mutationGeneric({
  args: { list: v.number(), text: v.string() },
  returns: v.id("notes"),
  handler: (ctx, { list, text }) => ctx.db.insert("notes", { list, text, weight: 1n }),
});

/** Changes the newest note of a list, so that nothing grows. */
export const rewrite = mutationGeneric({
  args: { list: v.number(), text: v.string() },
  returns: v.null(),
  handler: async (ctx, { list, text }) => {
    const note = await ctx.db
      .query("notes")
      .withIndex("by_list", (q) => q.eq("list", list))
      .order("desc")
      .first();
    if (note === null) throw new Error(`List ${list} is empty.`);
    await ctx.db.patch(note._id, { text });
    return null;
  },
});
