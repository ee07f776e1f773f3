/** The one table of the bench's project: notes in lists of ten, so that a read of one list is the same at any size. */
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

export default defineSchema({
  notes: defineTable({ list: v.number(), text: v.string(), weight: v.int64() }).index("by_list", ["list"]),
});
