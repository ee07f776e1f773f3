/** A provider's statement: all pages of it, added up here again, as a table, CSV or JSON; to a file whole or not at all. */
import { link, rename, rm, writeFile } from "node:fs/promises";
import { type Command, Option } from "commander";
import { api } from "../../../convex/_generated/api";
import { parsePeriod } from "../../domain/periods";
import { statementCsv, statementJson, titleOf } from "../../domain/statementFiles";
import { joined, type Line, type Statement, statementFault, totalOf } from "../../domain/statements";
import { formatAmount } from "../../domain/tokens";
import { typed } from "../amounts";
import type { Cli } from "../cli";
import { Failure, misuse } from "../errors";
import { examples } from "../help";
import type { Service } from "../service";
import { type Column, table } from "../table";
import { cut } from "../words/shortened";

type Format = "table" | "csv" | "json";
interface StatementOptions {
  from?: string;
  to?: string;
  format?: Format;
  out?: string;
  force?: boolean;
}

const DAY_MS = 86_400_000;
/** Without --from. */
const USUAL_DAYS = 30;

const timeOf = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");

/** As the service reads it. Without dates: the last thirty days, by the chain's clock, this second included. */
async function periodOf(service: Service, { from, to }: StatementOptions): Promise<{ from: string; to: string }> {
  if (from !== undefined && to !== undefined) return { from, to };
  const { asOf } = await service.query(api.liquidity.getSyncStatus, {});
  const end = to ?? timeOf(asOf + 1_000);
  const start = from ?? timeOf(Math.max(0, Date.parse(end) || 0) - USUAL_DAYS * DAY_MS);
  typed(parsePeriod({ from: start, to: end }));
  return { from: start, to: end };
}

async function readStatement(service: Service, period: { from: string; to: string }): Promise<Statement> {
  const first = await service.action(api.statements.getStatement, period);
  const pages: [Statement, ...Statement[]] = [first.page];
  for (let { cursor } = first; cursor !== null; ) {
    const next = await service.action(api.statements.getStatement, { ...period, cursor });
    pages.push(next.page);
    cursor = next.cursor;
  }
  const statement = joined(pages);
  const fault = statementFault(statement);
  if (fault === null) return statement;
  throw new Failure("checkFailed", "STATEMENT_WRONG", `The statement does not add up: ${fault}`);
}

const LINES: Column<Line>[] = [
  { title: "time", of: ({ at }) => timeOf(at) },
  { title: "kind", of: ({ kind }) => kind },
  { title: "account", of: ({ account, tier }) => tier ?? account },
  { title: "amount", align: "right", of: ({ amount, token }) => `${formatAmount(amount, token)} ${token}` },
  { title: "balance", align: "right", of: ({ balance, token }) => formatAmount(balance, token) },
  { title: "entry", of: ({ entryId }) => cut(entryId, 28) },
];

function balancesText(name: string, balances: Statement["opening"]): string {
  if (balances.length === 0) return `${name}: nothing.`;
  const parts = balances.map((balance) => {
    const { token, tier, account } = balance;
    return `${formatAmount(totalOf(balance), token)} ${token} in ${tier ?? account}`;
  });
  return `${name}: ${parts.join(", ")}.`;
}

function statementText(cli: Cli, statement: Statement): string {
  const { opening, lines, closing } = statement;
  const rows = table(cli.out, lines, LINES, "Nothing moved.");
  return [titleOf(statement), balancesText("Opening", opening), rows, balancesText("Closing", closing)].join("\n");
}

/** Written beside and renamed, so that no half of a file is ever there. */
async function save(file: string, text: string, isForced: boolean): Promise<void> {
  const beside = `${file}.${process.pid}.part`;
  try {
    await writeFile(beside, text, { mode: 0o600 });
    // A link takes no name that is taken; a rename would.
    if (isForced) await rename(beside, file);
    else await link(beside, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw misuse("FILE_EXISTS", `${file} is there already. --force writes over it.`);
    throw misuse("FILE_NOT_WRITTEN", `${file} can't be written (${code}).`);
  } finally {
    await rm(beside, { force: true });
  }
}

function contentOf(cli: Cli, statement: Statement, format: Format): string {
  if (format === "csv") return statementCsv(statement);
  return format === "json" ? `${statementJson(statement)}\n` : `${statementText(cli, statement)}\n`;
}

async function showStatement(cli: Cli, options: StatementOptions): Promise<void> {
  const format = options.format ?? (cli.options.json ? "json" : "table");
  // What can't be read is told before anybody is asked.
  typed(parsePeriod({ from: options.from ?? "1970-01-01", to: options.to ?? "9999-12-31" }));
  const { service } = await cli.session();
  const statement = await readStatement(service, await periodOf(service, options));
  const text = contentOf(cli, statement, format);
  const { out: file } = options;
  if (file === undefined) return cli.out.raw(text);
  await save(file, text, options.force ?? false);
  const { lines, status } = statement;
  cli.out.show({ file, format, lines: lines.length, status }, () => `${file}: ${lines.length} lines, ${status}.`);
}

export function addStatementCommand(program: Command, cli: Cli): void {
  program
    .command("statement")
    .description("what happened to your money in a period: opening + lines = closing, to the base unit")
    .option("--from <date>", "its first day (2026-01-01, UTC) or moment; otherwise 30 days before its end")
    .option("--to <date>", "the day or moment with which it ends, itself not in it; otherwise now")
    .addOption(new Option("--format <format>", "how it is written").choices(["table", "csv", "json"]))
    .option("--out <file>", "into a file instead, which only you can read")
    .option("--force", "write over a file that is there")
    .addHelpText(
      "after",
      examples("statement", "statement --from 2026-01-01 --to 2026-02-01 --format csv --out january.csv"),
    )
    .action((options: StatementOptions) => showStatement(cli, options));
}
