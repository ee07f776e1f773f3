/** A provider's capital as the portfolio's query tells it, to be varied. */
import type { Acts } from "../../../src/web/portfolio/acts/useActs";
import type { OpenWithdrawal, PortfolioData, Position } from "../../../src/web/portfolio/portfolioData";
import type { Standing } from "../../../src/web/prices/standing";
import { ALICE } from "../page";

/** A share of a policy: 1 BTC at $60,000, with cover down to half of it and half of that locked. */
export const SHARE: Position["exposures"][number] = {
  policyId: 7n,
  strikeUsdMicros: 60_000_000_000n,
  quantity: 100_000_000n,
  coverage: 100_000_000n,
  lock: 50_000_000n,
  expiresAt: Date.UTC(2027, 0, 15, 12),
};

export function position(changes: Partial<Position> = {}): Position {
  return {
    ...{ tier: "Balanced", token: "STX", total: 5_000_000n, available: 5_000_000n, reserved: 0n, locked: 0n },
    ...{ accruedYield: 0n, healthStatus: "Healthy", collateralizationRatio: null, acceptingPolicies: true },
    ...{ triggerPriceUsdMicros: null, betterAtUsdMicros: null, dueAt: null, isStuck: false, exposures: [] },
    ...{ onHold: 0n, holdUntil: 0, asOf: Date.UTC(2027, 0, 10, 9) },
    ...changes,
  };
}

export function portfolio(changes: Partial<PortfolioData> = {}): PortfolioData {
  const nothing = { positions: [], pendingDeposits: [], openCommitments: [], openWithdrawals: [], suspense: [] };
  return { address: ALICE.address, ...nothing, ...changes };
}

export const withdrawal = (changes: Partial<OpenWithdrawal> = {}) =>
  ({
    ...{ withdrawalId: "w1", token: "STX", tier: "Balanced", amount: 2_000_000n, status: "authorised" },
    ...{ expiresAt: Date.UTC(2027, 0, 10, 10) },
    ...changes,
  }) as OpenWithdrawal;

export const good = (priceUsdMicros: bigint): Standing => ({ kind: "good", priceUsdMicros, ageMs: 1_000 });
export const stale = (priceUsdMicros: bigint): Standing => ({
  ...{ kind: "stale", priceUsdMicros, ageMs: 420_000, trouble: null },
});

const unasked = () => Promise.reject(new Error("Nobody asked for this"));

/** What the service answers; what a test does not name must not be asked. */
export function acts(answers: Partial<Acts> = {}): Acts {
  return {
    ...{ collect: unasked, setAccepting: unasked, move: unasked, assign: unasked },
    ...{ cancelCommitment: unasked, cancelWithdrawal: unasked },
    ...answers,
  };
}
