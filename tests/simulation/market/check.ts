/** Everything that must hold after a step. */
import { must } from "../../domain/market/must";
import { checkBackings, checkEnds, checkFolds, checkPositions, checkTiers, checkVault } from "./invariants";
import { checkLives } from "./life";
import { checkMoney, checkSettlements } from "./money";
import { type Rows, readRows } from "./rows";
import type { MarketStage } from "./stage";
import { checkStanding } from "./standing";
import { checkTransfers } from "./transfers";

/** Whoever begins to stand behind a policy takes policies, and can stand behind this one. */
function checkTakers({ backers }: MarketStage, { backings, positions }: Rows) {
  for (const { _id, positionId, policyId } of backings) {
    if (backers.has(_id)) continue;
    backers.add(_id);
    const position = positions.find((known) => known._id === positionId);
    must(`${position?.provider} takes policy ${policyId} although it opted out`, position?.acceptingPolicies === true);
    must(
      `${position?.provider} takes policy ${policyId} and is ${position?.healthStatus}`,
      position?.healthStatus === "Healthy",
    );
  }
}

export async function checkAll(stage: MarketStage, { isPriced }: { isPriced: boolean }) {
  const rows = await readRows(stage.backend, stage.before);
  checkFolds(rows);
  checkVault(stage, rows);
  checkBackings(stage, rows);
  checkPositions(rows);
  checkEnds(stage, rows);
  checkTiers(rows);
  checkLives(stage, rows);
  checkMoney(rows);
  checkTakers(stage, rows);
  checkTransfers(stage, stage.before, rows);
  stage.before = rows;
  const { events } = stage.chain.at(stage.final);
  const settlements = events.flatMap(({ event }) =>
    event.kind === "settlement" ? [[event.policyId, event.sequence] as const] : [],
  );
  checkSettlements(rows, new Map(settlements));
  const called = stage.calledSince(rows);
  if (isPriced) checkStanding(stage, rows, called);
  for (const { status } of rows.policies) stage.met.add(`policy ${status}`);
  for (const { healthStatus } of rows.positions) stage.met.add(`position ${healthStatus}`);
  for (const { entryId } of rows.entries) stage.met.add(`entry ${entryId.split(":")[0]}`);
}
