/**
 * Who may call what: a row for every function of convex/. A new function has none, and fails the tests until somebody has
 * decided. Everything by which money moves or is judged is the backend's own: no client reaches it, only who holds the
 * deployment's admin key.
 */
import type { Value } from "convex/values";
import type { Role } from "../../convex/settings";

export interface Right {
  /**
   * anyone: also without a session. provider: whoever is signed in, for what is its own. Roles: who has one of them.
   * adminKey: who holds the deployment's admin key, and the backend itself.
   */
  may: "anyone" | "provider" | "adminKey" | Role[];
  args: Record<string, Value>;
  /** What a stranger is told who asks for what another provider has; null: it gets its own, which is nothing. */
  stranger?: string | null;
  /** What a right role is told here, so that all that is asked changes nothing; null: it gets an answer. */
  told?: string | null;
  /** What everybody is told here, as long as it is told to all alike: there is no market in the rights' backend. */
  refused?: string;
}

const STX = { token: "STX", tier: "Balanced", amount: 1_000_000n };
/** Long expired: asked for in the year 2000. */
const POLICY = { underlying: "BTC", tier: "Balanced", strikeUsdMicros: 1n, quantity: 1n, expiresAt: 946_684_800_000 };
const PAGE = { paginationOpts: { numItems: 1, cursor: null } };
const adminKey: Right = { may: "adminKey", args: {} };
const anyone = (args: Record<string, Value> = {}): Right => ({ may: "anyone", args });
const provider = (args: Record<string, Value>, stranger: string | null): Right => ({ may: "provider", args, stranger });
const ALL: Role[] = ["operator", "guardian", "admin"];
const sees = (args: Record<string, Value> = {}): Right => ({ may: ALL, args, told: null });
/** An act without a reason: whoever may do it is told that it is missing, everybody else that it may not. */
const acts = (may: Role[], args: Record<string, Value> = {}, told = "ACT_INCOMPLETE"): Right => ({
  may,
  args: { ...args, reason: " " },
  told,
});
const BALANCED = { tier: "Balanced", token: "STX" };
const TERMS = { capacityLimit: null, minimumPosition: 1n, minimumHoldSeconds: 0 };
const ONE = { token: "STX", amount: 1n };
const WITHDRAW = { capability: "withdraw" };

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
    "prices.js:getPrices": anyone(),
    "prices.js:getPriceHistory": anyone({ underlying: "BTC" }),
    "policies.js:listSold": anyone(PAGE),
    "status.js:getStatus": anyone(),
    "tiers.js:getRoom": anyone({ tier: "Balanced", token: "STX" }),
    "policies.js:quotePolicy": { ...anyone(POLICY), refused: "NO_GOOD_PRICE" },
    "policies.js:getPolicy": { ...anyone({ policyId: 1n }), refused: "NO_POLICY" },
    "policies.js:getPolicySteps": { ...anyone({ policyId: 1n }), refused: "NO_POLICY" },
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
    "moves.js:quoteMove": provider({ token: "STX", fromTier: "Balanced", toTier: "Conservative" }, "NO_POSITION"),
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
    "statements.js:getStatement": provider({ from: "2020-01-01", to: "2020-02-01" }, null),
    "statements.js:listActivity": provider(PAGE, null),
    // A buyer's own.
    "policies.js:requestPolicy": provider(POLICY, "NO_GOOD_PRICE"),
    "policies.js:exercise": provider({ policyId: 1n }, "NO_POLICY"),
    "policies.js:getMyPolicies": provider({ paginationOpts: { numItems: 10, cursor: null } }, null),
    // Those who run the deployment. Nobody moves a provider's money.
    "operations.js:getMyRoles": provider({}, null),
    "operations.js:getBreakers": sees(),
    "operations.js:getOutbox": sees(),
    "operations.js:tripBreaker": acts(ALL, WITHDRAW),
    "operations.js:resetBreaker": acts(["operator"], WITHDRAW),
    "operations.js:pauseOutbox": acts(ALL),
    "operations.js:resumeOutbox": acts(["operator"]),
    "operations.js:getSync": sees(),
    "operations.js:getPriceSources": sees(),
    "operations.js:getAuditResult": sees(),
    "operations.js:listHealth": sees({ token: "STX", status: "Warning", ...PAGE }),
    "operations.js:listSuspense": sees({ token: "STX", ...PAGE }),
    "operations.js:listBreaches": sees({ token: "STX", ...PAGE }),
    "operations.js:listNotifications": sees(PAGE),
    "operations.js:listActs": sees(PAGE),
    "operations.js:listExits": sees(PAGE),
    "operations.js:listDeliveries": sees(PAGE),
    "operations.js:retryDelivery": acts(["operator"], { deliveryId: "none" }, "NO_DELIVERY"),
    "operations.js:cancelCall": acts(["operator"], { key: "none" }, "UNKNOWN_CALL"),
    "operations.js:retryCall": acts(["operator"], { key: "none" }, "UNKNOWN_CALL"),
    "operations.js:startAudit": acts(["operator"]),
    "operations.js:readPortfolio": acts(["operator"], { address: owned.provider }),
    "administration.js:setTierTerms": acts(["admin"], { ...BALANCED, ...TERMS }),
    "administration.js:setTierRules": acts(["admin"], { ...BALANCED, changes: { loading: 300_000 } }),
    "administration.js:requestExit": acts(["admin"], { account: "fees", ...ONE }, "EXIT_ABOVE_BALANCE"),
    "administration.js:approveExit": acts(["admin"], { exitId: "none", publicKey: "02", signature: "00" }, "NO_EXIT"),
    "administration.js:cancelExit": acts(["guardian", "admin"], { exitId: "none" }, "NO_EXIT"),
    "administration.js:assignSurplus": acts(["admin"], ONE, "ASSIGNMENT_ABOVE_SUSPENSE"),
    "administration.js:correctBreach": acts(["admin"], { principal: owned.provider, ...ONE }, "NO_BREACH"),
    "positions/requests.js:read": adminKey,
    "corrections/requests.js:create": adminKey,
    // Intents of a provider, written in its name: the public functions say whose.
    "commitments/requests.js:create": adminKey,
    "commitments/requests.js:cancel": adminKey,
    "policies/requests.js:exercise": adminKey,
    "moves/requests.js:create": adminKey,
    "positions/requests.js:setAccepting": adminKey,
    "earnings/requests.js:create": adminKey,
    "providers/signIns.js:spend": adminKey,
    "providers/signIns.js:forgetExpired": adminKey,
    // Read anybody's statement: the public function says whose.
    "statements/read.js:begin": adminKey,
    "statements/read.js:fold": adminKey,
    "statements/read.js:page": adminKey,
    "statements/read.js:keep": adminKey,
    // Sign a policy's terms, fix what it pays.
    "policies/requests.js:request": adminKey,
    "policies/life.js:fixOutcomes": adminKey,
    "policies/payers.js:tell": adminKey,
    // Sign a withdrawal.
    "withdrawals/requests.js:authorise": adminKey,
    "withdrawals/requests.js:cancel": adminKey,
    // Ingest events, and with them edit the books.
    "sync/loop.js:start": adminKey,
    "sync/loop.js:poll": adminKey,
    "sync/loop.js:ladder": adminKey,
    "sync/loop.js:nudge": adminKey,
    "sync/loop.js:finishCycle": adminKey,
    "sync/loop.js:failCycle": adminKey,
    "sync/loop.js:watch": adminKey,
    "sync/loop.js:wake": adminKey,
    // Stop and let go on; the trail of who did.
    "breakers/control.js:tripBreaker": adminKey,
    "breakers/control.js:resetBreaker": adminKey,
    "breakers/control.js:status": adminKey,
    "breakers/restore.js:begin": adminKey,
    "audit/trail.js:list": adminKey,
    // What the read API asks: the routes show of it what everybody may see.
    "http/limits.js:admit": adminKey,
    "http/facts.js:tiers": adminKey,
    "http/facts.js:soldPolicies": adminKey,
    "http/facts.js:prices": adminKey,
    "http/facts.js:stats": adminKey,
    "http/facts.js:checks": adminKey,
    // Earn premiums.
    "earnings/job.js:accrue": adminKey,
    // What leaves insurance and fees: the guardian's signature decides, whoever calls.
    "treasury/exits.js:request": adminKey,
    "treasury/exits.js:open": adminKey,
    "treasury/exits.js:approve": adminKey,
    "treasury/exits.js:cancel": adminKey,
    "treasury/exits.js:list": adminKey,
    "treasury/surplus.js:assign": adminKey,
    // Tell the webhook what happened, and to whom.
    "webhooks/loop.js:wake": adminKey,
    "webhooks/loop.js:watch": adminKey,
    "webhooks/loop.js:start": adminKey,
    "webhooks/loop.js:turn": adminKey,
    "webhooks/loop.js:finish": adminKey,
    "webhooks/loop.js:fail": adminKey,
    "webhooks/control.js:list": adminKey,
    "webhooks/control.js:status": adminKey,
    "webhooks/control.js:retry": adminKey,
    "webhooks/control.js:forgetDelivered": adminKey,
    // Move positions between states, and policies between positions.
    "health/monitor.js:run": adminKey,
    "health/monitor.js:watch": adminKey,
    "health/transfers.js:next": adminKey,
    // Check the books.
    "audit/job.js:begin": adminKey,
    "audit/job.js:look": adminKey,
    "audit/job.js:record": adminKey,
    "audit/job.js:run": adminKey,
    "audit/job.js:start": adminKey,
    "audit/job.js:result": adminKey,
    // Lock, release, settle, revoke: what the service signs and sends.
    "outbox/loop.js:start": adminKey,
    "outbox/loop.js:turn": adminKey,
    "outbox/loop.js:store": adminKey,
    "outbox/loop.js:finish": adminKey,
    "outbox/loop.js:fail": adminKey,
    "outbox/loop.js:watch": adminKey,
    "outbox/loop.js:restart": adminKey,
    "outbox/loop.js:wake": adminKey,
    "outbox/control.js:list": adminKey,
    "outbox/control.js:request": adminKey,
    "outbox/control.js:pause": adminKey,
    "outbox/control.js:resume": adminKey,
    "outbox/control.js:cancel": adminKey,
    "outbox/control.js:retry": adminKey,
    // Configure.
    // What prices are, and what follows from rules: nobody outside says.
    "prices/record.js:recordLook": adminKey,
    "prices/loop.js:wake": adminKey,
    "prices/loop.js:watch": adminKey,
    "prices/loop.js:look": adminKey,
    "prices/loop.js:isMine": adminKey,
    "prices/loop.js:record": adminKey,
    "prices/loop.js:finish": adminKey,
    "prices/loop.js:status": adminKey,
    "positions/standings.js:renew": adminKey,
    "ledger/journal.js:list": adminKey,
    "tiers/terms.js:set": adminKey,
    "tiers/terms.js:setRules": adminKey,
    "migrations.js:addPostingOwners": adminKey,
    "migrations.js:run": adminKey,
  };
}
