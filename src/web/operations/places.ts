/** The pages below "/operations": their addresses, names, and code. */
import type { ComponentType } from "react";
import Breakers from "./breakers/Breakers";
import Exits from "./exits/Exits";
import Acts from "./looks/Acts";
import Audit from "./looks/Audit";
import Health from "./looks/Health";
import AcceptedPrices from "./looks/Prices";
import ReadPortfolio from "./looks/ReadPortfolio";
import Sync from "./looks/Sync";
import Outbox from "./outbox/Outbox";
import Overview from "./overview/Overview";
import Owing from "./owing/Owing";
import Tiers from "./tiers/TierSettings";
import Deliveries from "./told/Deliveries";

export interface Place {
  path: string;
  name: string;
  Content: ComponentType;
}

export const PLACES: Place[] = [
  { path: "/operations", name: "Overview", Content: Overview },
  { path: "/operations/breakers", name: "Breakers", Content: Breakers },
  { path: "/operations/sync", name: "Sync", Content: Sync },
  { path: "/operations/outbox", name: "Outbox", Content: Outbox },
  { path: "/operations/prices", name: "Prices", Content: AcceptedPrices },
  { path: "/operations/health", name: "Health", Content: Health },
  { path: "/operations/suspense", name: "Suspense and breaches", Content: Owing },
  { path: "/operations/notifications", name: "Notifications", Content: Deliveries },
  { path: "/operations/audit", name: "Audit", Content: Audit },
  { path: "/operations/acts", name: "Acts", Content: Acts },
  { path: "/operations/exits", name: "Exits of the treasury", Content: Exits },
  { path: "/operations/tiers", name: "Tiers", Content: Tiers },
  { path: "/operations/portfolio", name: "A provider's portfolio", Content: ReadPortfolio },
];
