/**
 * How often the API may be asked: by each client, and by all of them together. A client is known by a number that its address
 * falls to, so that what is counted has an end and no address is kept; two that fall to the same number share its limit.
 */
import { v } from "convex/values";
import { internalMutation } from "../_generated/server";
import { withinLimit } from "../rateLimits/model";

/** The network of an IPv6 address: one customer has all addresses below it. */
function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.toLowerCase().split("::");
  const groups = head.split(":").filter((group) => group !== "");
  if (tail !== undefined) {
    const after = tail.split(":").filter((group) => group !== "");
    while (groups.length + after.length < 8) groups.push("0");
    groups.push(...after);
  }
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}

/** One of 65,536, by the address; one more for requests whose address nobody knows. */
export async function drawerOf(address: string | null): Promise<string> {
  if (address === null) return "unknown";
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(networkOf(address)));
  return String(new DataView(digest).getUint16(0));
}

/** Counts one request; null, or after how many milliseconds the next one may come. Who has too many counts for nobody else. */
export const admit = internalMutation({
  args: { client: v.string() },
  returns: v.union(v.null(), v.number()),
  handler: async (ctx, { client }) => {
    const own = await withinLimit(ctx, "httpClient", client);
    if (!own.ok) return own.retryAfterMs;
    const all = await withinLimit(ctx, "httpAll", "all");
    return all.ok ? null : all.retryAfterMs;
  },
});
