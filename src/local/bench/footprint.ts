/**
 * What each function reads and writes in populations of several sizes: it may not depend on the number of providers, and
 * stays within the budget. Counts of documents are the same on every machine.
 */
import { atMost, type Figure } from "./figure";
import { CALLS } from "./footprintCalls";
import type { Conditions } from "./measurements";
import { Population } from "./population";
import { Product, productCopy, type Used } from "./product";

/** A quarter of what Convex allows one transaction, or less. */
export const BUDGET = { documentsRead: 4_000, documentsWritten: 2_000, ranges: 1_000 } as const;
type Counted = keyof typeof BUDGET;
const COUNTED = Object.keys(BUDGET) as Counted[];
const PROVIDERS = [100, 3_000, 30_000];

export interface Footprint {
  name: string;
  bound?: string | undefined;
  /** One for each population. */
  used: Used[];
}

/** Calls every function once in each population. */
export async function footprints(
  sizes: number[],
  folder: string,
  progress: (step: string) => void,
): Promise<Footprint[]> {
  const found: Footprint[] = CALLS.map(({ name, bound }) => ({ name, bound, used: [] }));
  for (const size of sizes) {
    const product = await Product.open(await productCopy(folder), "NORMAL");
    progress(`writing ${size.toLocaleString("en")} providers`);
    const population = await Population.of(product.engine, size);
    progress("calling");
    for (const [n, { prepare, call }] of CALLS.entries()) {
      const prepared = await prepare?.(product, population);
      found[n]?.used.push(await product.measured(() => call(product, population, prepared)));
    }
    await product.close();
  }
  return found;
}

const counts = ({ used }: Footprint, counted: Counted) => used.map((one) => one[counted]);

export function isFlat(footprint: Footprint): boolean {
  return COUNTED.every((counted) => new Set(counts(footprint, counted)).size === 1);
}

/** The largest part of its budget that the function uses, in any population. */
export function partOfBudget(footprint: Footprint): number {
  return Math.max(...COUNTED.flatMap((counted) => counts(footprint, counted).map((count) => count / BUDGET[counted])));
}

export async function measureFootprint(conditions: Conditions): Promise<Figure[]> {
  const { databases, size, progress, table } = conditions;
  const sizes = PROVIDERS.map((providers) => size(providers, 1));
  const found = await footprints(sizes, databases.folder, progress);
  table("footprint", footprintTable(sizes, found));
  return footprintFigures(found);
}

export function footprintFigures(found: Footprint[]): Figure[] {
  const parts = found.map(partOfBudget);
  const largest = found[parts.indexOf(Math.max(...parts))] as Footprint;
  const growing = found.filter((footprint) => !isFlat(footprint) && !footprint.bound).length;
  return [
    {
      name: "functions whose footprint depends on the number of providers",
      value: growing,
      spread: { low: growing, high: growing },
      aim: atMost(0),
      detail: `of ${found.length}`,
    },
    {
      name: "largest footprint, of its budget",
      value: Math.max(...parts),
      spread: { low: Math.min(...parts), high: Math.max(...parts) },
      aim: atMost(1),
      detail: largest.name,
    },
  ];
}

/** Counts that are the same everywhere are told once. */
export function footprintTable(sizes: number[], found: Footprint[]): string[][] {
  const shown = (values: number[]) => (new Set(values).size === 1 ? `${values[0]}` : values.join(" / "));
  const header = ["function", "documents read", "written", "index ranges", "flat"];
  const rows = found.map((footprint) => [
    `\`${footprint.name}\``,
    ...COUNTED.map((counted) => shown(counts(footprint, counted))),
    isFlat(footprint) ? "yes" : `no${footprint.bound ? `: ${footprint.bound}` : ""}`,
  ]);
  const at = sizes.map((size) => size.toLocaleString("en")).join(", ");
  return [[`${header[0]}, at ${at} providers`, ...header.slice(1)], ...rows];
}
