/** What buyers and providers see of policies and health, and what they were told. */
import type { FunctionReturnType } from "convex/server";
import type { api } from "../../../convex/_generated/api";
import { shownAmount, shownPrice, shownTime } from "../amounts";
import type { Column } from "../table";
import { type Policy, policyInWords } from "../words/policies";
import { cut } from "../words/shortened";
import type { Facts } from "./pool";

export type HealthChange = FunctionReturnType<typeof api.policies.getHealthHistory>["page"][number];
export type Notification = FunctionReturnType<typeof api.policies.getNotifications>["page"][number];

export const POLICIES: Column<Policy>[] = [
  { title: "policy", of: ({ policyId }) => String(policyId) },
  { title: "protects", align: "right", of: ({ quantity, token }) => shownAmount(quantity, token) },
  { title: "strike", align: "right", of: ({ strikeUsdMicros }) => shownPrice(strikeUsdMicros) },
  { title: "tier", of: ({ tier }) => tier },
  { title: "until", of: ({ expiresAt }) => shownTime(expiresAt).slice(0, 16) },
  { title: "status", of: ({ status }) => status },
];

export function policyFacts(policy: Policy): Facts {
  const { token, lockTarget, locked, startedAt, exercisedAt } = policy;
  const rising = lockTarget === locked ? "" : `, being raised to ${shownAmount(lockTarget, token)}`;
  return [
    ["policy", String(policy.policyId)],
    ["status", policyInWords(policy)],
    [
      "protects",
      `${shownAmount(policy.quantity, token)} below ${shownPrice(policy.strikeUsdMicros)} a ${policy.underlying}`,
    ],
    ["until", shownTime(policy.expiresAt)],
    ["behind it", `${policy.tier}; ${shownAmount(locked, token)} locked${rising}`],
    [
      "pays at most",
      `${shownAmount(policy.coverage, token)}, in full down to ${shownPrice(policy.floorPriceUsdMicros)}`,
    ],
    ["premium", shownAmount(policy.premium, token)],
    ["buyer", policy.buyer],
    ["covered since", startedAt === null ? "not yet" : shownTime(startedAt)],
    ["exercised", exercisedAt === null ? "no" : shownTime(exercisedAt)],
  ];
}

export const HEALTH: Column<HealthChange>[] = [
  { title: "at", of: ({ at }) => shownTime(at) },
  { title: "from", of: ({ from }) => from },
  { title: "to", of: ({ to }) => to },
  { title: "price", align: "right", of: ({ priceUsdMicros: price }) => (price === null ? "" : shownPrice(price)) },
];

/** Facts on one line: "tier Balanced, token sBTC". */
export function factsInWords(facts: Notification["facts"], width: number): string {
  const parts = Object.entries(facts).map(([name, value]) => `${name} ${value}`);
  return cut(parts.join(", "), width);
}

export const NOTIFICATIONS: Column<Pick<Notification, "at" | "kind" | "facts">>[] = [
  { title: "at", of: ({ at }) => shownTime(at) },
  { title: "what", of: ({ kind }) => kind },
  { title: "facts", of: ({ facts }) => factsInWords(facts, 55) },
];
