/** A refused act: in words, and at which of its fields it is wrong. */
import { ConvexError } from "convex/values";
import { type Explanation, explain } from "../../refusals/explain";

export interface Refused extends Explanation {
  /** As the service names it; null: it is not about one field. */
  field: string | null;
}

const hasField = (data: unknown): data is { field: unknown } =>
  typeof data === "object" && data !== null && "field" in data;

export function refusedBy(error: unknown): Refused {
  const field = error instanceof ConvexError && hasField(error.data) ? String(error.data.field) : null;
  return { ...explain(error), field };
}
