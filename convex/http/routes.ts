/** Every route of the API, each in the file of its subject. A route is added by a line here (`route.ts` says what one is). */
import { documentRoute } from "./openapi";
import { POLICY_ROUTES } from "./policyRoutes";
import { PRICE_ROUTES } from "./priceRoutes";
import type { Route } from "./route";
import { STATEMENT_ROUTES } from "./statementRoutes";
import { STATUS_ROUTES } from "./statusRoutes";
import { TIER_ROUTES } from "./tierRoutes";
import { VAULT_ROUTES } from "./vaultRoutes";

const SERVED: Route[] = [
  ...VAULT_ROUTES,
  ...TIER_ROUTES,
  ...POLICY_ROUTES,
  ...PRICE_ROUTES,
  ...STATUS_ROUTES,
  ...STATEMENT_ROUTES,
];

export const ROUTES: Route[] = [...SERVED, documentRoute(SERVED)];
