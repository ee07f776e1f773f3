/** Tables for people: aligned columns, and on a terminal that is too narrow for them a block a row. */
import type { Output } from "./output";

export interface Column<Row> {
  title: string;
  /** Empty: nothing is shown. */
  of: (row: Row) => string;
  /** Figures stand at the right. */
  align?: "left" | "right";
}

const GAP = "  ";

function padded(text: string, width: number, align: Column<unknown>["align"]): string {
  return align === "right" ? text.padStart(width) : text.padEnd(width);
}

function asBlocks<Row>(rows: Row[], columns: Column<Row>[]): string {
  const titleWidth = Math.max(...columns.map(({ title }) => title.length));
  const block = (row: Row) =>
    columns.map(({ title, of }) => `${title.padEnd(titleWidth)}${GAP}${of(row)}`.trimEnd()).join("\n");
  return rows.map(block).join("\n\n");
}

/** @param none what is said instead of a table without rows */
export function table<Row>(out: Output, rows: Row[], columns: Column<Row>[], none: string): string {
  if (rows.length === 0) return none;
  const cells = rows.map((row) => columns.map(({ of }) => of(row)));
  const widths = columns.map(({ title }, n) => Math.max(title.length, ...cells.map((line) => line[n]?.length ?? 0)));
  const width = widths.reduce((sum, one) => sum + one, 0) + GAP.length * (columns.length - 1);
  if (width > out.width) return asBlocks(rows, columns);
  const line = (texts: string[]) =>
    texts
      .map((text, n) => padded(text, widths[n] ?? 0, columns[n]?.align))
      .join(GAP)
      .trimEnd();
  return [out.bold(line(columns.map(({ title }) => title))), ...cells.map(line)].join("\n");
}

/** Names and values, one a line; those without a value are left out. */
export function fields(pairs: [name: string, value: string | null][]): string {
  const shown = pairs.filter((pair): pair is [string, string] => pair[1] !== null);
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}${GAP}${value}`.trimEnd()).join("\n");
}
