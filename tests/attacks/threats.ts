/**
 * What threatens this product: each threat with who was hurt by it elsewhere (losses as the press reported them), what stands
 * against it, and the tests that prove it. The mutants that remove these controls, one by one, name the threat themselves
 * (tests/mutants); `mutantsAgainst` finds them.
 */
import { type Mutant, readMutants } from "../mutants/list";

export interface Control {
  /** What it does, in words. */
  what: string;
  /** Where it stands. */
  file: string;
}

export interface Proof {
  file: string;
  /** Part of a test's name, as the file spells it, where not the whole file is meant. */
  test?: string;
}

export interface Threat {
  /** Its name, which mutants quote. */
  threat: string;
  hurt: string;
  controls: Control[];
  proofs: Proof[];
}

const VAULT = "contracts/liquidity-vault.clar";
const contract = (what: string): Control => ({ what, file: VAULT });

export const THREATS: Threat[] = [
  {
    threat: "unauthorised withdrawal",
    hurt: "pools that check only their total, as the first draft of this one",
    controls: [
      contract("the authoriser's signature over vault, chain, withdrawer, token, amount, id and expiry; each id once"),
      { what: "reserved and counted before it is signed, in one transaction", file: "convex/withdrawals/model.ts" },
      {
        what: "no more than is free, off hold, not needed, in the vault and through its cap",
        file: "src/domain/withdrawals.ts",
      },
    ],
    proofs: [
      { file: "tests/contracts/authorization.test.ts", test: "a signature is refused" },
      { file: "tests/contracts/withdraw.test.ts" },
      { file: "tests/convex/withdrawals.test.ts" },
      { file: "tests/convex/withdrawalHistories.test.ts" },
      { file: "tests/domain/withdrawals.test.ts" },
    ],
  },
  {
    threat: "backend key stolen",
    hurt: "Resolv, 2026: about $25M, with no maximum on the chain",
    controls: [
      contract("a leaky bucket a token for withdrawals and one for settlements"),
      contract("a settlement is of a policy sold on signed terms, to its registered buyer, at most its lock, once"),
      contract("the guardian's pause"),
      { what: "what the vault paid and nobody here decided stops every signature", file: "convex/policies/events.ts" },
      { what: "a watcher apart from the backend pauses", file: "src/watcher/main.ts" },
    ],
    proofs: [
      { file: "tests/contracts/stolenKeys.test.ts", test: "a thief of the service's and the authoriser's keys" },
      { file: "tests/contracts/bucket.test.ts" },
      { file: "tests/convex/policyForeign.test.ts" },
      { file: "tests/convex/withdrawals.test.ts", test: "what the vault pays without our authorisation is a breach" },
      { file: "tests/watcher/pause.test.ts" },
    ],
  },
  {
    threat: "admin takeover",
    hurt: "Drift, 2026: $285M, with no delay; XLink, 2024",
    controls: [
      contract("144 burn blocks before a change, which the guardian cancels; only a lower cap is at once"),
      contract("a new admin takes office itself; the token is set once; the guardian can only stop"),
    ],
    proofs: [
      { file: "tests/contracts/stolenKeys.test.ts", test: "a thief of the admin's key" },
      { file: "tests/contracts/changes.test.ts" },
      { file: "tests/contracts/launch.test.ts" },
    ],
  },
  {
    threat: "signature replay",
    hurt: "the NBA's Association tokens; Wintermute",
    controls: [
      contract(
        "each id once, whatever the signature's bytes; caller, contract, chain and expiry are in what is signed",
      ),
      { what: "after a restore nothing is signed until what was signed before is over", file: "src/domain/restore.ts" },
      { what: "an entry of the books is booked once", file: "convex/ledger/model.ts" },
    ],
    proofs: [
      { file: "tests/contracts/authorization.test.ts", test: "the twins of a signature" },
      { file: "tests/contracts/policyTerms.test.ts" },
      { file: "tests/convex/restore.test.ts" },
      { file: "tests/convex/outboxFaults.test.ts" },
    ],
  },
  {
    threat: "tx-sender phishing",
    hurt: "a trap that the language's own book warns of",
    controls: [
      contract("users call directly: `tx-sender` is `contract-caller`; roles go by `contract-caller`"),
      { what: "every call that a wallet is given has conditions in deny mode", file: "src/stacks/unsignedCalls.ts" },
    ],
    proofs: [{ file: "tests/contracts/relay.test.ts" }, { file: "tests/stacks/unsignedCalls.test.ts" }],
  },
  {
    threat: "fake token",
    hurt: "ALEX, 2025: $8.4M",
    controls: [
      contract("the token's principal is pinned at the launch"),
      { what: "an event in another token is no event of this vault", file: "src/stacks/vaultEvents.ts" },
    ],
    proofs: [
      { file: "tests/contracts/hostileToken.test.ts" },
      { file: "tests/stacks/vaultEvents.test.ts" },
      { file: "tests/domain/commitments.test.ts" },
    ],
  },
  {
    threat: "included is not succeeded",
    hurt: "exchanges that credited deposits which had failed",
    controls: [
      {
        what: "only prints of exactly this vault, of transactions that succeeded and are canonical",
        file: "src/stacks/eventPages.ts",
      },
      { what: "all parts of a look are of one chain; a fork below finality halts", file: "src/stacks/canonical.ts" },
      {
        what: "booked when final, in the order of the vault's numbers, without a gap",
        file: "convex/sync/observation.ts",
      },
      { what: "after each event the books equal the vault's own counters", file: "convex/sync/apply.ts" },
    ],
    proofs: [
      { file: "tests/stacks/eventPages.test.ts" },
      { file: "tests/stacks/observe.test.ts" },
      { file: "tests/stacks/api.test.ts" },
      { file: "tests/convex/sync.test.ts" },
      { file: "tests/domain/transactions.test.ts" },
    ],
  },
  {
    threat: "repeated list items",
    hurt: "Zest, 2024: 322,000 STX",
    controls: [
      contract("a policy twice in a batch does nothing at all; each amount belongs to one policy"),
      { what: "a batch names a policy once; one cause asks once", file: "src/domain/outbox.ts" },
    ],
    proofs: [
      { file: "tests/contracts/locks.test.ts" },
      { file: "tests/domain/outbox.test.ts", test: "unique policies" },
    ],
  },
  {
    threat: "share inflation",
    hurt: "Resupply, Venus",
    controls: [
      {
        what: "what is owed follows from entries, never from what the vault's address holds",
        file: "src/stacks/observe.ts",
      },
      { what: "a surplus is nobody's until it is assigned", file: "src/domain/ledger.ts" },
      { what: "no position is smaller than its tier's minimum", file: "convex/commitments/model.ts" },
    ],
    proofs: [
      { file: "tests/stacks/eventPages.test.ts", test: "what is held, counted and final at one tip" },
      { file: "tests/convex/treasury.test.ts", test: "the vault's surplus" },
      { file: "tests/convex/commitments.test.ts" },
      { file: "tests/domain/withdrawals.test.ts" },
    ],
  },
  {
    threat: "rounding",
    hurt: "Balancer: $128M",
    controls: [
      { what: "premium, coverage and lock are rounded up, payouts down", file: "src/domain/coverage.ts" },
      { what: "what is divided comes to exactly what was there", file: "src/domain/shares.ts" },
      { what: "an entry that does not balance is none", file: "src/domain/ledger.ts" },
    ],
    proofs: [
      { file: "tests/domain/market/rounding.test.ts" },
      { file: "tests/domain/shares.test.ts" },
      { file: "tests/domain/coverage.test.ts" },
      { file: "tests/domain/payout.test.ts" },
    ],
  },
  {
    threat: "oracle",
    hurt: "users of Pyth's feeds, 2021; Moonwell, 2026",
    controls: [
      {
        what: "two sources that agree; bounds of age, future, unit, confidence and deviation",
        file: "src/domain/prices.ts",
      },
      {
        what: "no price: nothing is sold, and nothing leaves that stands behind policies; all else goes on",
        file: "convex/health/kept.ts",
      },
      {
        what: "nothing is sold in the hour after a large move; no price known at an exercise decides it",
        file: "convex/policies/quotes.ts",
      },
    ],
    proofs: [
      { file: "tests/domain/prices.test.ts", test: "each bound, and one beyond it" },
      { file: "tests/convex/prices.test.ts" },
      { file: "tests/convex/keeping.test.ts" },
      { file: "tests/convex/quotes.test.ts", test: "without a good price there is no quote" },
      { file: "tests/prices/sources.test.ts" },
    ],
  },
  {
    threat: "public functions, forged webhooks",
    hurt: "backends that left what writes open to everybody",
    controls: [
      {
        what: "a list of the public functions, which asks for a decision on each new one; all else is internal",
        file: "convex/providers/privileged.ts",
      },
      { what: "a push needs a secret and only wakes the loop; its body is never read", file: "convex/sync/push.ts" },
      {
        what: "cursors are sealed for one list; parameters are checked; requests are limited",
        file: "convex/http/api.ts",
      },
      { what: "what is told to a webhook is signed", file: "convex/webhooks/post.ts" },
    ],
    proofs: [
      { file: "tests/architecture/ranks.test.ts", test: "the public functions are the ones listed" },
      { file: "tests/scenarios/rights.test.ts" },
      { file: "tests/convex/push.test.ts" },
      { file: "tests/convex/httpFrame.test.ts" },
      { file: "tests/convex/webhooks.test.ts" },
    ],
  },
  {
    threat: "sign-in replay",
    hurt: "sites whose sign-in messages named no site, no chain or no nonce",
    controls: [
      { what: "a challenge of this site and network, for five minutes", file: "convex/providers/tokens.ts" },
      { what: "a nonce is spent by the sign-in", file: "convex/providers/model.ts" },
      { what: "of a key's four addresses the one that was asked of counts", file: "src/stacks/walletMessage.ts" },
    ],
    proofs: [{ file: "tests/convex/signInMatrix.test.ts" }, { file: "tests/convex/session.test.ts" }],
  },
  {
    threat: "self-approval",
    hurt: "validators who vote for what they asked for",
    controls: [
      {
        what: "an exit needs the signature of the guardian whom the vault names now, over that payment, in time, once",
        file: "convex/treasury/model.ts",
      },
      { what: "who asked for an exit does not approve it", file: "convex/treasury/model.ts" },
      { what: "an act needs its own role, an author and a reason", file: "convex/providers/roles.ts" },
      { what: "a correction takes no more than is owed and free", file: "src/domain/corrections.ts" },
    ],
    proofs: [
      { file: "tests/convex/selfApproval.test.ts" },
      { file: "tests/convex/treasury.test.ts" },
      { file: "tests/convex/corrections.test.ts" },
      { file: "tests/convex/operations.test.ts" },
    ],
  },
];

/** The mutants that remove a control against this threat. */
export function mutantsAgainst({ threat }: Threat, mutants: Mutant[] = readMutants()): Mutant[] {
  return mutants.filter((mutant) => mutant.threat === threat);
}
