/** Every page: its address, its name in the navigation, and its code, which is loaded when it is first shown. */
import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import type { WebConfig } from "./config";

/** Whom the navigation offers a page; its functions decide by themselves who may call. */
type Audience = "everyone" | "roles" | "local stack";

export interface PageProps {
  config: WebConfig;
}

export interface PageRoute {
  /** As wouter matches it. */
  path: string;
  /** Null: reached by links alone. */
  name: string | null;
  audience: Audience;
  Page: LazyExoticComponent<ComponentType<PageProps>>;
}

function page(
  path: string,
  name: string | null,
  load: () => Promise<{ default: ComponentType<PageProps> }>,
  audience: Audience = "everyone",
): PageRoute {
  return { path, name, audience, Page: lazy(load) };
}

export const ROUTES: PageRoute[] = [
  page("/", "Pool", () => import("./pool/PoolPage")),
  page("/portfolio", "Portfolio", () => import("./portfolio/PortfolioPage")),
  page("/deposit", "Deposit", () => import("./commitments/DepositPage")),
  page("/withdraw", "Withdraw", () => import("./withdrawals/WithdrawPage")),
  page("/policies", "Policies", () => import("./policies/PoliciesPage")),
  page("/policies/:policyId", null, () => import("./policies/PolicyPage")),
  page("/history", "History", () => import("./history/HistoryPage")),
  page("/operations/*?", "Operations", () => import("./operations/OperationsPage"), "roles"),
  page("/local", "Local stack", () => import("./local/LocalPage"), "local stack"),
];
