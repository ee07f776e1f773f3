/** Whether each position can stand behind its policies, by plain sums over them at the newest price. */

import { up } from "../../domain/market/fraction";
import { atMost, must, same } from "../../domain/market/must";
import { exactNeed, needOfAll } from "../../domain/market/naive";
import { timeOf } from "../contract";
import { rulesFor } from "./happenings";
import type { Position, Rows } from "./rows";
import { type MarketStage, tokenOf, UNDERLYINGS } from "./stage";

const OPEN = ["active", "exercising", "expiring"];
const HOUR = 3_600;

interface Exposed {
  strikeUsdMicros: bigint;
  quantity: bigint;
  coverage: bigint;
  lock: bigint;
}

function exposed({ policies, backings }: Rows, position: Position): Exposed[] {
  return backings
    .filter(({ positionId }) => positionId === position._id)
    .flatMap(({ policyId, quantity, coverage, locked, reserved }) => {
      const policy = policies.find((known) => known.policyId === policyId);
      if (!policy || !OPEN.includes(policy.status)) return [];
      return [{ strikeUsdMicros: policy.strikeUsdMicros, quantity, coverage, lock: locked + reserved }];
    });
}

const sum = (all: bigint[]) => all.reduce((total, one) => total + one, 0n);

/** What is locked behind one policy can't serve another, so none needs less than its lock. */
function needAt(all: Exposed[], price: bigint, buffer: number, floorRate: number): bigint {
  return sum(
    all.map((one) => {
      const worth = needOfAll([one], price, { buffer, floorRate });
      return worth > one.lock ? worth : one.lock;
    }),
  );
}

const RANK = ["Healthy", "Warning", "MarginCall", "Liquidating"];

/**
 * Right after a good price: nobody is said to be better than its money, nor worse than it was by hysteresis, and what is free
 * is locked where a policy wants more.
 */
export function checkStanding(stage: MarketStage, rows: Rows, since: Map<string, number>) {
  const newest = Math.max(...UNDERLYINGS.map((underlying) => stage.lastPrice(underlying)?.publishedAtMs ?? 0));
  for (const underlying of UNDERLYINGS) {
    const last = stage.lastPrice(underlying);
    if (!last) continue;
    const price = last.priceUsdMicros;
    // A margin call whose hour is over waits for a good price of its own underlying.
    const isNew = last.publishedAtMs === newest;
    for (const position of rows.positions.filter(({ token }) => token === tokenOf(underlying))) {
      checkPosition(stage, rows, { position, price, since: isNew ? since.get(position._id) : undefined });
    }
  }
}

function checkPosition(
  stage: MarketStage,
  rows: Rows,
  { position, price, since }: { position: Position; price: bigint; since: number | undefined },
) {
  const { tier, token, healthStatus, available, provider } = position;
  const all = exposed(rows, position);
  const name = `${provider}'s ${tier} ${token} (${healthStatus}) at ${price}`;
  const row = rows.health.find(({ positionId }) => positionId === position._id);
  same(`${name} has a row`, row !== undefined, all.length > 0);
  if (!row) return same(`the state of ${name}, which backs nothing`, healthStatus, "Healthy");
  same(`the state of ${name} by its row`, row.status, healthStatus);
  const rules = rulesFor(tier, token);
  const capital = available + sum(all.map(({ lock }) => lock));
  const lacks = (buffer: number, at = price) => capital < needAt(all, at, buffer, rules.floorRate);
  const rank = RANK.indexOf(healthStatus);
  if (lacks(rules.liquidationBuffer)) atMost(`the state of ${name}, below the hard floor`, 3n, BigInt(rank));
  else if (lacks(rules.marginCallBuffer)) atMost(`the state of ${name}, in a margin call`, 2n, BigInt(rank));
  else if (lacks(rules.warningBuffer)) atMost(`the state of ${name}, with too little`, 1n, BigInt(rank));
  // Whoever has enough even if the price fell by a few per cent is Healthy.
  if (!lacks(rules.warningBuffer, (price * 97n) / 100n))
    same(`the state of ${name}, with enough`, healthStatus, "Healthy");
  if (healthStatus === "MarginCall" && since !== undefined) {
    must(`${name} for more than an hour`, timeOf(stage.tip) <= since + HOUR);
  }
  // Who is being liquidated pays its takers first.
  if (healthStatus === "Liquidating") return;
  for (const one of all) {
    const wanted = up(exactNeed(one, price, { buffer: rules.marginCallBuffer, floorRate: rules.floorRate }));
    // A thousandth of the coverage is not worth a transaction.
    if (wanted <= one.lock || available * 1_000n <= one.coverage + 1_000n) continue;
    throw new Error(`${name} has ${available} free while a lock of ${one.lock} wants ${wanted}`);
  }
}
