/**
 * Who may call what: a row for every function of convex/. A new function has none, and fails the tests until somebody has
 * decided. Everything by which money moves or is judged is the backend's own: no client reaches it, only an operator with
 * the deployment's admin key.
 */
import type { Value } from "convex/values";

export interface Right {
  /**
   * anyone: also without a session. provider: whoever is signed in, for what is its own. operator: the deployment's
   * admin key, and the backend itself.
   */
  may: "anyone" | "provider" | "operator";
  args: Record<string, Value>;
  /** What a stranger is told who asks for what another provider has; null: it gets its own, which is nothing. */
  stranger?: string | null;
  /** What everybody is told here, as long as it is told to all alike: there is no market in the rights' backend. */
  refused?: string;
}

const STX = { token: "STX", tier: "Balanced", amount: 1_000_000n };
/** Long expired: asked for in the year 2000. */
const POLICY = { underlying: "BTC", tier: "Balanced", strikeUsdMicros: 1n, quantity: 1n, expiresAt: 946_684_800_000 };
const PAGE = { paginationOpts: { numItems: 1, cursor: null } };
const operator: Right = { may: "operator", args: {} };
const anyone = (args: Record<string, Value> = {}): Right => ({ may: "anyone", args });
const provider = (args: Record<string, Value>, stranger: string | null): Right => ({ may: "provider", args, stranger });

/** @param owned ids of what another provider has */
export function rightsOver(owned: {
  provider: string;
  commitmentId: string;
  withdrawalId: string;
}): Record<string, Right> {
  return {
    // Public statistics and proofs.
    "liquidity.js:getPoolStats": anyone(),
    "liquidity.js:getTierStats": anyone(),
    "liquidity.js:getTierTerms": anyone(),
    "liquidity.js:getTierAvailability": anyone({ token: "STX", tier: "Balanced" }),
    "policies.js:getTierRules": anyone(),
    "policies.js:quotePolicy": { ...anyone(POLICY), refused: "NO_GOOD_PRICE" },
    "policies.js:getPolicy": { ...anyone({ policyId: 1n }), refused: "NO_POLICY" },
    "liquidity.js:getProof": anyone(),
    // Whoever knows an id has seen it on the chain; nobody can list them.
    "authorizations.js:get": anyone({ ids: [1n] }),
    "liquidity.js:getSyncStatus": anyone(),
    // Signing in: the challenge is worthless without the wallet's signature, which is what signIn asks for.
    "session.js:requestChallenge": anyone({ address: owned.provider }),
    "session.js:signIn": anyone({ challenge: "forged", publicKey: "02", signature: "00" }),
    // A provider's own.
    "policies.js:getHealthHistory": provider({ token: "STX", tier: "Balanced", ...PAGE }, "NO_POSITION"),
    "policies.js:getNotifications": provider(PAGE, null),
    "liquidity.js:getProviderPortfolio": provider({}, null),
    "liquidity.js:requestCommitCapital": provider(STX, null),
    "liquidity.js:cancelCommitment": provider({ commitmentId: owned.commitmentId }, "NO_COMMITMENT"),
    "liquidity.js:requestWithdrawal": provider(STX, "NO_POSITION"),
    "liquidity.js:quoteWithdrawal": provider({ token: "STX", tier: "Balanced" }, "NO_POSITION"),
    "liquidity.js:cancelWithdrawal": provider({ withdrawalId: owned.withdrawalId }, "NO_WITHDRAWAL"),
    "liquidity.js:requestSuspenseWithdrawal": provider({ token: "STX", amount: 1n }, "WITHDRAWAL_ABOVE_MAXIMUM"),
    "liquidity.js:assignSuspense": provider(STX, "ASSIGNMENT_ABOVE_SUSPENSE"),
    "liquidity.js:moveCapital": provider(
      { token: "STX", amount: 1_000_000n, fromTier: "Balanced", toTier: "Conservative" },
      "NO_POSITION",
    ),
    "liquidity.js:setAcceptingPolicies": provider({ token: "STX", tier: "Balanced", accepting: false }, "NO_POSITION"),
    "policies.js:collectYield": provider({ token: "STX", tier: "Balanced" }, "NO_POSITION"),
    // A buyer's own.
    "policies.js:requestPolicy": provider(POLICY, "NO_GOOD_PRICE"),
    "policies.js:exercise": provider({ policyId: 1n }, "NO_POLICY"),
    "policies.js:getMyPolicies": provider({ paginationOpts: { numItems: 10, cursor: null } }, null),
    // Intents of a provider, written in its name: the public functions say whose.
    "commitments/requests.js:create": operator,
    "commitments/requests.js:cancel": operator,
    "policies/requests.js:exercise": operator,
    "moves/requests.js:create": operator,
    "positions/requests.js:setAccepting": operator,
    "earnings/requests.js:create": operator,
    "providers/signIns.js:spend": operator,
    "providers/signIns.js:forgetExpired": operator,
    // Sign a policy's terms, fix what it pays.
    "policies/requests.js:request": operator,
    "policies/life.js:fixOutcomes": operator,
    // Sign a withdrawal.
    "withdrawals/requests.js:authorise": operator,
    "withdrawals/requests.js:cancel": operator,
    // Ingest events, and with them edit the books.
    "sync/loop.js:start": operator,
    "sync/loop.js:poll": operator,
    "sync/loop.js:ladder": operator,
    "sync/loop.js:nudge": operator,
    "sync/loop.js:finishCycle": operator,
    "sync/loop.js:failCycle": operator,
    "sync/loop.js:watch": operator,
    "sync/loop.js:wake": operator,
    // Stop and let go on; the trail of who did.
    "breakers/control.js:tripBreaker": operator,
    "breakers/control.js:resetBreaker": operator,
    "breakers/control.js:status": operator,
    "breakers/restore.js:begin": operator,
    "audit/trail.js:list": operator,
    // Earn premiums.
    "earnings/job.js:accrue": operator,
    // What leaves insurance and fees: the guardian's signature decides, whoever calls.
    "treasury/exits.js:request": operator,
    "treasury/exits.js:open": operator,
    "treasury/exits.js:approve": operator,
    "treasury/exits.js:cancel": operator,
    "treasury/exits.js:list": operator,
    "treasury/surplus.js:assign": operator,
    // Move positions between states, and policies between positions.
    "health/monitor.js:run": operator,
    "health/monitor.js:watch": operator,
    "health/transfers.js:next": operator,
    // Check the books.
    "audit/job.js:begin": operator,
    "audit/job.js:look": operator,
    "audit/job.js:record": operator,
    "audit/job.js:run": operator,
    "audit/job.js:start": operator,
    "audit/job.js:result": operator,
    // Lock, release, settle, revoke: what the service signs and sends.
    "outbox/loop.js:start": operator,
    "outbox/loop.js:turn": operator,
    "outbox/loop.js:store": operator,
    "outbox/loop.js:finish": operator,
    "outbox/loop.js:fail": operator,
    "outbox/loop.js:watch": operator,
    "outbox/loop.js:restart": operator,
    "outbox/loop.js:wake": operator,
    "outbox/control.js:list": operator,
    "outbox/control.js:request": operator,
    "outbox/control.js:pause": operator,
    "outbox/control.js:resume": operator,
    "outbox/control.js:cancel": operator,
    "outbox/control.js:retry": operator,
    // Configure.
    // What prices are, and what follows from rules: nobody outside says.
    "prices/record.js:recordLook": operator,
    "prices/loop.js:wake": operator,
    "prices/loop.js:watch": operator,
    "prices/loop.js:look": operator,
    "prices/loop.js:isMine": operator,
    "prices/loop.js:record": operator,
    "prices/loop.js:finish": operator,
    "prices/loop.js:status": operator,
    "positions/standings.js:renew": operator,
    "ledger/journal.js:list": operator,
    "tiers/terms.js:set": operator,
    "tiers/terms.js:setRules": operator,
    "migrations.js:run": operator,
  };
}
