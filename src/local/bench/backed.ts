/** Positions of the bench that back a policy each, far from every price at which they would be due. */
import type { WithoutSystemFields } from "convex/server";
import type { Doc } from "../../../convex/_generated/dataModel";
import { HIGHEST_PRICE, NEVER } from "../../domain/health";

type Health = WithoutSystemFields<Doc<"health">>;

export function farFromTrigger(position: Pick<Health, "positionId" | "tier" | "token">, asOf: number): Health {
  const put = { strikeUsdMicros: 1_000n, quantity: 1_000n, coverage: 1_000n, lock: 500n };
  const due = { worseAt: 500n, betterAt: HIGHEST_PRICE, lockAt: NEVER, dueAt: null };
  const exposures = [{ policyId: 1n, ...put, expiresAt: asOf + 86_400 }];
  return { ...position, ...due, status: "Healthy", exposures, isStuck: false, ratio: null, asOf };
}
