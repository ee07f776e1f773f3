/**
 * `ctx.db.vars.commitTs`, the timestamp at which a mutation commits. Here it is known from the start, as nothing commits in
 * between, so it takes the place of its placeholder as soon as a function hands that to the host or returns it.
 */
import { convexToJson } from "convex/values";
import type { Call } from "./call";

/** As the official package writes it; inside a text its quotes would be escaped. */
const PLACEHOLDER = '{"$commitTs":null}';

export function withCommitTs({ kind, transaction }: Pick<Call, "kind" | "transaction">, json: string): string {
  if (kind !== "mutation" || transaction === null || !json.includes(PLACEHOLDER)) return json;
  return json.replaceAll(PLACEHOLDER, JSON.stringify(convexToJson(transaction.ts)));
}
