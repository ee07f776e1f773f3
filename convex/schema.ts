/** All tables, each defined by the module that alone writes it. */
import { defineSchema } from "convex/server";
import { auditTables } from "./audit/schema";
import { breakerTables } from "./breakers/schema";
import { commitmentTables } from "./commitments/schema";
import { correctionTables } from "./corrections/schema";
import { earningTables } from "./earnings/schema";
import { healthTables } from "./health/schema";
import { ledgerTables } from "./ledger/schema";
import { moveTables } from "./moves/schema";
import { notificationTables } from "./notifications/schema";
import { outboxTables } from "./outbox/schema";
import { policyTables } from "./policies/schema";
import { positionTables } from "./positions/schema";
import { priceTables } from "./prices/schema";
import { providerTables } from "./providers/schema";
import { statementTables } from "./statements/schema";
import { syncTables } from "./sync/schema";
import { tierTables } from "./tiers/schema";
import { treasuryTables } from "./treasury/schema";
import { webhookTables } from "./webhooks/schema";
import { withdrawalTables } from "./withdrawals/schema";

export default defineSchema({
  ...auditTables,
  ...breakerTables,
  ...commitmentTables,
  ...correctionTables,
  ...earningTables,
  ...healthTables,
  ...ledgerTables,
  ...notificationTables,
  ...outboxTables,
  ...moveTables,
  ...policyTables,
  ...positionTables,
  ...priceTables,
  ...providerTables,
  ...statementTables,
  ...syncTables,
  ...tierTables,
  ...treasuryTables,
  ...webhookTables,
  ...withdrawalTables,
});
