/** What a provider has: portfolio. */
import type { Command } from "commander";
import type { FunctionReturnType } from "convex/server";
import { api } from "../../../convex/_generated/api";
import { shownAmount, shownPrice, shownShare, shownTime } from "../amounts";
import type { Cli } from "../cli";
import { examples } from "../help";
import { type Column, table } from "../table";

type Portfolio = FunctionReturnType<typeof api.liquidity.getProviderPortfolio>;

const amount = <Row extends { token: "STX" | "sBTC" }>(title: string, of: (row: Row) => bigint): Column<Row> => ({
  title,
  align: "right",
  of: (row) => shownAmount(of(row), row.token),
});

const POSITIONS: Column<Portfolio["positions"][number]>[] = [
  { title: "Tier", of: ({ tier }) => tier },
  amount("Total", ({ total }) => total),
  amount("Available", ({ available }) => available),
  amount("Reserved", ({ reserved }) => reserved),
  amount("Locked", ({ locked }) => locked),
  amount("Yield", ({ accruedYield }) => accruedYield),
  amount("On hold", ({ onHold }) => onHold),
  { title: "Health", of: ({ healthStatus }) => healthStatus },
  {
    title: "Ratio",
    align: "right",
    of: ({ collateralizationRatio: ratio }) => (ratio === null ? "" : shownShare(ratio)),
  },
  { title: "Worse at", align: "right", of: ({ triggerPriceUsdMicros: at }) => (at === null ? "" : shownPrice(at)) },
  { title: "New policies", of: ({ acceptingPolicies }) => (acceptingPolicies ? "on" : "off") },
];

const COMMITMENTS: Column<Portfolio["openCommitments"][number]>[] = [
  { title: "Commitment", of: ({ commitmentId }) => commitmentId },
  amount("Amount", (row) => row.amount),
  { title: "Tier", of: ({ tier }) => tier },
  { title: "Depositor", of: ({ depositor }) => depositor },
  { title: "Held until", of: ({ expiresAt }) => shownTime(expiresAt) },
];

const PENDING: Column<Portfolio["pendingDeposits"][number]>[] = [
  { title: "Transaction", of: ({ txId }) => txId },
  amount("Amount", (row) => row.amount),
  { title: "Tier", of: ({ tier }) => tier ?? "suspense" },
  { title: "Block", align: "right", of: ({ blockHeight }) => String(blockHeight) },
];

const WITHDRAWALS: Column<Portfolio["openWithdrawals"][number]>[] = [
  { title: "Withdrawal", of: ({ withdrawalId }) => withdrawalId },
  amount("Amount", (row) => row.amount),
  { title: "From", of: ({ tier }) => tier ?? "suspense" },
  { title: "Status", of: ({ status }) => status },
  { title: "Expires", of: ({ expiresAt }) => shownTime(expiresAt) },
];

const SUSPENSE: Column<Portfolio["suspense"][number]>[] = [
  amount("Amount", (row) => row.amount),
  amount("Reserved", ({ reserved }) => reserved),
];

export function portfolioText(
  cli: Cli,
  { address, positions, openCommitments, openWithdrawals, pendingDeposits, suspense }: Portfolio,
): string {
  const { out } = cli;
  const parts = [`Portfolio of ${address}`, table(out, positions, POSITIONS, "No positions yet. `deposit` makes one.")];
  if (pendingDeposits.length > 0)
    parts.push("Deposits that are not final yet", table(out, pendingDeposits, PENDING, ""));
  if (openCommitments.length > 0)
    parts.push("Commitments that wait for their deposit", table(out, openCommitments, COMMITMENTS, ""));
  if (openWithdrawals.length > 0) {
    parts.push(
      "Withdrawals that are not paid yet (`withdraw` the same amount again, or `cancel withdrawal`)",
      table(out, openWithdrawals, WITHDRAWALS, ""),
    );
  }
  if (suspense.length > 0) {
    parts.push(
      "Suspense: yours, and in no tier (`suspense assign`, `suspense withdraw`)",
      table(out, suspense, SUSPENSE, ""),
    );
  }
  return parts.join("\n\n");
}

async function showPortfolio(cli: Cli): Promise<void> {
  const { service } = await cli.session();
  const portfolio = await service.query(api.liquidity.getProviderPortfolio, {});
  cli.out.show(portfolio, () => portfolioText(cli, portfolio));
}

export function addPortfolioCommands(program: Command, cli: Cli): void {
  program
    .command("portfolio")
    .description("your positions, open commitments and withdrawals, deposits that are not final, and suspense")
    .addHelpText("after", examples("portfolio --wallet wallet_1", "portfolio --json"))
    .action(() => showPortfolio(cli));
}
