/** What operators' queries answer, by the names that this page uses. */
import type { FunctionReturnType } from "convex/server";
import type { api } from "../../../convex/_generated/api";

type Operations = typeof api.operations;
type RowOf<Name extends keyof Operations> =
  FunctionReturnType<Operations[Name]> extends { page: (infer Row)[] } ? Row : never;

export type Stopped = FunctionReturnType<Operations["getBreakers"]>;
export type OutboxNow = FunctionReturnType<Operations["getOutbox"]>;
export type WaitingCall = OutboxNow["waiting"][number];
export type SyncStanding = FunctionReturnType<Operations["getSync"]>;
export type PriceStanding = FunctionReturnType<Operations["getPriceSources"]>;
export type AuditResult = FunctionReturnType<Operations["getAuditResult"]>;
export type Proofs = FunctionReturnType<typeof api.liquidity.getProof>;
export type HealthRow = RowOf<"listHealth">;
export type PrincipalAmount = RowOf<"listBreaches">;
export type Told = RowOf<"listNotifications">;
export type Delivery = RowOf<"listDeliveries">;
export type Exit = RowOf<"listExits">;

/** Facts of an act or a notification, in one line. */
export function factsInWords(facts: Record<string, string | number | bigint | boolean | null>): string {
  return Object.entries(facts)
    .map(([name, fact]) => `${name} ${fact === null ? "none" : String(fact)}`)
    .join(", ");
}
