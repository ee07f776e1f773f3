/** What the portfolio's query tells, by name. */
import type { FunctionReturnType } from "convex/server";
import type { api } from "../../../convex/_generated/api";
import type { Tier } from "../../domain/tiers";
import type { Token } from "../../domain/tokens";

export type PortfolioData = FunctionReturnType<typeof api.liquidity.getProviderPortfolio>;
export type Position = PortfolioData["positions"][number];
export type PendingDeposit = PortfolioData["pendingDeposits"][number];
export type OpenCommitment = PortfolioData["openCommitments"][number];
export type OpenWithdrawal = PortfolioData["openWithdrawals"][number];
export type SuspenseRow = PortfolioData["suspense"][number];

export interface PositionKey {
  tier: Tier;
  token: Token;
}

/** As people call a position: "Balanced sBTC". */
export function positionName({ tier, token }: PositionKey): string {
  return `${tier} ${token}`;
}

/** The address of a form with a position chosen, and an amount typed in where one is given. */
export function linkTo(page: "/deposit" | "/withdraw", { tier, token }: PositionKey, amount?: string): string {
  return `${page}?${new URLSearchParams({ tier, token, ...(amount === undefined ? {} : { amount }) })}`;
}

/** An empty position has nothing to show and nothing to do. */
export function isEmpty({ total, accruedYield, exposures }: Position): boolean {
  return total === 0n && accruedYield === 0n && exposures.length === 0;
}

export function isNewcomer({ positions, pendingDeposits, openCommitments, openWithdrawals, suspense }: PortfolioData) {
  return (
    positions.every(isEmpty) &&
    pendingDeposits.length + openCommitments.length + openWithdrawals.length + suspense.length === 0
  );
}
