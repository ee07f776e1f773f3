/**
 * A statement as a file. CSV is RFC 4180's, amounts in whole tokens, exact, for people and their spreadsheets; JSON has base
 * units as strings, for programs. Both say what they are of, whether they are final, and carry their own check.
 */
import { type Balance, checksums, type Line, type Pockets, type Statement, totalOf } from "./statements";
import { formatAmount, type Token } from "./tokens";

export const STATEMENT_FORMATS = ["csv", "json"] as const;
export type StatementFormat = (typeof STATEMENT_FORMATS)[number];

const HEADER = [
  ...["row", "time", "kind", "token", "account", "tier"],
  ...["amount", "balance", "available", "reserved", "locked", "earned"],
  ...["amount_base_units", "entry", "transaction", "note"],
];

/** Block times are whole seconds. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

const IS_NUMBER = /^-?\d+(\.\d+)?$/;

/** Text that a spreadsheet would take for a formula gets an apostrophe; numbers stay numbers. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && !IS_NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** @param cells as many as the header has; what is left out at the end is empty */
function row(...cells: string[]): string {
  return HEADER.map((_, n) => cell(cells[n] ?? "")).join(",");
}

function pocketCells(pockets: Pockets, token: Token): string[] {
  const { available, reserved, locked, earned } = pockets;
  return [available, reserved, locked, earned].map((amount) => formatAmount(amount, token));
}

/** `opening` and `closing`: an account at that time; pockets are what is in them, while those of a line are changes. */
function balanceRow(name: "opening" | "closing", at: number, balance: Balance): string {
  const { token, account, tier } = balance;
  const cells = ["", formatAmount(totalOf(balance), token), ...pocketCells(balance, token)];
  return row(name, timeText(at), "", token, account, tier ?? "", ...cells);
}

function lineRow(line: Line): string {
  const { at, kind, token, account, tier, amount, balance, entryId, txId, note } = line;
  const amounts = [amount, balance].map((one) => formatAmount(one, token));
  const cells = [...amounts, ...pocketCells(line, token), String(amount), entryId, txId ?? "", note];
  return row("line", timeText(at), kind, token, account, tier ?? "", ...cells);
}

/** What a statement is of, in a sentence. */
export function titleOf({ provider, from, to, status, asOf }: Statement): string {
  const period = `Statement of ${provider} from ${timeText(from)} until ${timeText(to)} (not included), UTC, by block time`;
  if (status === "final") return `${period}. Final.`;
  return `${period}. Provisional as of ${timeText(asOf)}: entries of this period may still come.`;
}

export function statementCsv(statement: Statement): string {
  const { from, to, opening, lines, closing } = statement;
  const noted = (note: string, ...cells: string[]) =>
    row(...cells, ...Array<string>(HEADER.length - 1 - cells.length).fill(""), note);
  const rows = [
    row(...HEADER),
    noted(titleOf(statement), "statement"),
    ...opening.map((balance) => balanceRow("opening", from, balance)),
    ...lines.map(lineRow),
    ...closing.map((balance) => balanceRow("closing", to, balance)),
    ...checksums(statement).map(({ token, ...sums }) => {
      const [before, moved, after] = [sums.opening, sums.movements, sums.closing].map((sum) =>
        formatAmount(sum, token),
      );
      const cells = ["check", "", "", token, "", "", moved ?? "", after ?? "", "", "", "", "", String(sums.movements)];
      return noted(`${before} + ${moved} = ${after} ${token}`, ...cells);
    }),
  ];
  return `${rows.join("\r\n")}\r\n`;
}

/** Bigints become strings, and a line's or the period's times RFC 3339. */
export function statementJson(statement: Statement): string {
  const { provider, from, to, status, asOf, opening, lines, closing } = statement;
  const document = {
    provider,
    period: { from: timeText(from), to: timeText(to) },
    status,
    asOf: timeText(asOf),
    opening: opening.map((balance) => ({ ...balance, balance: totalOf(balance) })),
    lines: lines.map(({ at, ...line }) => ({ at: timeText(at), ...line })),
    closing: closing.map((balance) => ({ ...balance, balance: totalOf(balance) })),
    checksums: checksums(statement),
  };
  return JSON.stringify(document, (_, value) => (typeof value === "bigint" ? String(value) : value), 2);
}

/** What a file of it is called. */
export function fileNameOf({ from, to }: { from: number; to: number }, format: StatementFormat): string {
  const day = (ms: number) => timeText(ms).replace("T00:00:00Z", "").replaceAll(":", "");
  return `statement-${day(from)}-${day(to)}.${format}`;
}
