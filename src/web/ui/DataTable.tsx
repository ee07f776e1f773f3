/** Rows of facts: sortable by their headers, and on a narrow screen each row a block with its own headers. */
import {
  createSortedRowModel,
  type RowData,
  rowSortingFeature,
  type Column as TableColumn,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { ArrowDown, ArrowUp, ArrowUpDown } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import styles from "./DataTable.module.css";

type SortKey = bigint | number | string;

export interface Column<Item> {
  key: string;
  header: ReactNode;
  cell(row: Item): ReactNode;
  /** Left out: nobody sorts by it. */
  sortBy?(row: Item): SortKey;
  /** A figure stands at the right, its digits below one another. */
  isFigure?: boolean;
}

interface DataTableProps<Item extends RowData> {
  /** What it lists: the table's name to those who hear it. */
  caption: string;
  rows: readonly Item[];
  rowKey(row: Item): string;
  columns: readonly Column<Item>[];
  /** In place of a table without rows. */
  empty?: ReactNode;
}

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

function compare(a: SortKey, b: SortKey): number {
  if (typeof a === "string" && typeof b === "string") return a.localeCompare(b, "en", { numeric: true });
  return a < b ? -1 : a > b ? 1 : 0;
}

type Sortable<Item extends RowData> = Pick<
  TableColumn<typeof features, Item, unknown>,
  "getIsSorted" | "getToggleSortingHandler"
>;

const ICONS = { asc: ArrowUp, desc: ArrowDown, none: ArrowUpDown };

function SortButton<Item extends RowData>({ column, children }: { column: Sortable<Item>; children: ReactNode }) {
  const Icon = ICONS[column.getIsSorted() || "none"];
  return (
    <button type="button" className={styles.sort} onClick={column.getToggleSortingHandler()}>
      {children} <Icon size={12} aria-hidden />
    </button>
  );
}

const SORTED = { asc: "ascending", desc: "descending" } as const;

function ariaSort<Item extends RowData>(column: Sortable<Item>, isSortable: boolean) {
  if (!isSortable) return undefined;
  const direction = column.getIsSorted();
  return direction ? SORTED[direction] : "none";
}

const classOf = (isFigure: boolean | undefined) => (isFigure ? styles.figure : undefined);

export function DataTable<Item extends RowData>({ caption, rows, rowKey, columns, empty }: DataTableProps<Item>) {
  const definitions = useMemo(
    () =>
      columns.map(({ key, sortBy }) => ({
        id: key,
        accessorFn: (row: Item): unknown => sortBy?.(row) ?? null,
        enableSorting: sortBy !== undefined,
        sortFn: (a: { original: Item }, b: { original: Item }) =>
          sortBy ? compare(sortBy(a.original), sortBy(b.original)) : 0,
      })),
    [columns],
  );
  const table = useTable({ features, columns: definitions, data: rows, getRowId: rowKey });
  if (rows.length === 0 && empty !== undefined) return empty;
  const headers = table.getHeaderGroups()[0]?.headers ?? [];
  return (
    <table className={styles.table}>
      <caption className="unseen">{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ key, header, sortBy, isFigure }, n) => {
            const column = headers[n]?.column;
            return (
              <th
                key={key}
                scope="col"
                className={classOf(isFigure)}
                aria-sort={column && ariaSort(column, sortBy !== undefined)}
              >
                {column && sortBy ? <SortButton column={column}>{header}</SortButton> : header}
              </th>
            );
          })}
        </tr>
      </thead>
      <tbody>
        {table.getRowModel().rows.map(({ id, original }) => (
          <tr key={id}>
            {columns.map(({ key, header, cell, isFigure }) => (
              <td key={key} className={classOf(isFigure)}>
                <span className={styles.header} aria-hidden>
                  {header}
                </span>
                <span className={styles.value}>{cell(original)}</span>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
