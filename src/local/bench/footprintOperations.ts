/** The part of the list of calls that is for those who run the deployment: asked by the local deployer, who has every role. */
import type { Value } from "convex/values";
import type { FunctionKind } from "../host/functionCall";
import { applied } from "./events";
import type { Measured } from "./footprintCalls";
import { CALLER, type Population } from "./population";
import { DEPLOYER, type Product } from "./product";

const call = (kind: FunctionKind, name: string, args: Record<string, Value>): Measured => ({
  name,
  call: (product) => product.call(kind, name, args, DEPLOYER),
});
const sees = (name: string, args: Record<string, Value> = {}) => call("query", `operations:${name}`, args);
const acts = (name: string, args: Record<string, Value> = {}) => call("action", name, { ...args, reason: "measured" });

const COMMIT = { capability: "commit" };
const STX = { token: "STX", amount: 10n };
const BALANCED = { tier: "Balanced", token: "STX" };
const PAGE = { paginationOpts: { numItems: 20, cursor: null } };

/** The caller is paid what these books did not authorise. */
async function breach(product: Product, population: Population) {
  const event = { kind: "withdrawal" as const, withdrawer: CALLER, authorizationId: 3n, amount: 10n };
  await applied(product, population, [population.next({ ...event, ...population.move("STX", -10n) })]);
}

export const OPERATIONS_CALLS: Measured[] = [
  sees("getMyRoles"),
  acts("operations:tripBreaker", COMMIT),
  sees("getBreakers"),
  acts("operations:resetBreaker", COMMIT),
  acts("operations:pauseOutbox"),
  sees("getOutbox"),
  acts("operations:resumeOutbox"),
  acts("operations:cancelCall", { key: "waiting" }),
  acts("operations:retryCall", { key: "failed" }),
  sees("getSync"),
  sees("getPriceSources"),
  sees("getAuditResult"),
  sees("listHealth", { token: "STX", status: "Healthy", ...PAGE }),
  sees("listSuspense", { token: "STX", ...PAGE }),
  sees("listBreaches", { token: "STX", ...PAGE }),
  sees("listNotifications", PAGE),
  sees("listDeliveries", PAGE),
  sees("listActs", PAGE),
  sees("listExits", PAGE),
  acts("operations:startAudit"),
  { ...acts("operations:readPortfolio", { address: CALLER }), bound: "one open withdrawal a position and suspense" },
  { ...acts("administration:correctBreach", { principal: CALLER, tier: "Balanced", ...STX }), prepare: breach },
  acts("administration:setTierTerms", {
    ...BALANCED,
    ...{ capacityLimit: null, minimumPosition: 1n, minimumHoldSeconds: 0 },
  }),
  acts("administration:setTierRules", { ...BALANCED, changes: { loading: 300_000 } }),
];
