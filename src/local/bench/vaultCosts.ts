/** What the vault's functions cost, in counts that are the same on every machine: `npm run costs` has each of them. */

import { type Measured, measureCosts } from "../costs/measure";
import { AIMS } from "../costs/report";
import { PROJECT_ROOT } from "../stack";
import { atMost, type Figure } from "./figure";
import type { Conditions } from "./measurements";

const BATCH = 50;

function exactly(name: string, value: number, aim: number, detail: string): Figure {
  return { name, value, spread: { low: value, high: value }, aim: atMost(aim), detail };
}

function ofAims(rows: Measured[]): Figure {
  const now = AIMS.map(({ call, token }) => rows.find((row) => row.call === call && row.token === token));
  const sum = (counts: (number | undefined)[]) =>
    counts.reduce<number>((total, count = Number.NaN) => total + count, 0);
  const counted = sum(now.flatMap((row) => [row?.reads, row?.writes]));
  const aimed = sum(AIMS.flatMap(({ aim }) => aim));
  const name = "reads and writes of deposit, withdrawal and premium, of their aims";
  return exactly(name, counted / aimed, 1, `${counted}, ${aimed}`);
}

/** What a policy costs in a full batch, of what it costs alone. */
function ofBatch(rows: Measured[], what: string): Figure {
  const [one, fifty] = ["1 policy", `${BATCH} policies`].map((size) =>
    rows.find(({ call, token }) => call === `${what}, ${size}` && token === "STX"),
  );
  if (!one || !fifty) throw new Error(`${what} was not measured.`);
  const name = `runtime of a policy in ${what} of ${BATCH}, of that alone`;
  const shown = (units: number) => Math.round(units).toLocaleString("en");
  return exactly(
    name,
    fifty.runtime / BATCH / one.runtime,
    0.5,
    `${shown(fifty.runtime / BATCH)}, ${shown(one.runtime)}`,
  );
}

export async function measureVault({ progress }: Conditions): Promise<Figure[]> {
  progress("calling every public function");
  const rows = await measureCosts(PROJECT_ROOT);
  const batches = ["lock-collateral-aggregate", "release-collateral-aggregate"];
  return [ofAims(rows), ...batches.map((what) => ofBatch(rows, what))];
}
