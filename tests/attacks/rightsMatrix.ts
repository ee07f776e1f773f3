/**
 * The rights matrix by capability: who may what, in a word each, with the functions of the backend and of the vault that it is
 * done with. `rightsMatrix.test.ts` holds it against what every function of the backend allows (tests/scenarios/rights.ts, which
 * is tried cell by cell), and finds the tests of the vault's part.
 */

/** `service`: the backend itself, or whoever holds its admin key. There are no validators yet. */
export const COLUMNS = ["anonymous", "provider", "operator", "validator", "service", "guardian", "admin"] as const;
export type Column = (typeof COLUMNS)[number];

export interface Capability {
  capability: string;
  /** "-": must fail, and is tried. "own": everybody who is signed in is a provider of its own, whatever its role. */
  who: Record<Column, string>;
  /** Of the backend, as `module.function`. */
  functions: string[];
  /** The vault's part: tests that prove it. */
  vault?: { file: string; test: string }[];
  /** Why a row is empty, or differs from what was asked for. */
  note?: string;
}

type Who = Partial<Record<Column, string>>;
const who = (some: Who): Record<Column, string> =>
  Object.fromEntries(COLUMNS.map((column) => [column, some[column] ?? "-"])) as Record<Column, string>;
const OWN: Who = { provider: "own", operator: "own", guardian: "own", admin: "own" };
const SEES: Who = { operator: "yes", guardian: "yes", admin: "yes" };
const notYet = (capability: string, what: string): Capability => ({
  ...{ capability, who: who({}), functions: [] },
  note: `not there yet: ${what}`,
});

export const RIGHTS_MATRIX: Capability[] = [
  {
    capability: "public statistics, proofs, prices and quotes",
    who: who({ anonymous: "yes", provider: "yes", ...SEES }),
    functions: [
      "liquidity.getPoolStats",
      "liquidity.getTierStats",
      "liquidity.getProof",
      "liquidity.getSyncStatus",
      "prices.getPrices",
      "policies.quotePolicy",
      "status.getStatus",
    ],
  },
  {
    capability: "read a portfolio",
    who: who({ ...OWN, operator: "own, others' audited", service: "yes" }),
    functions: ["liquidity.getProviderPortfolio", "operations.readPortfolio", "positions/requests.read"],
  },
  {
    capability: "deposit",
    who: who({ ...OWN, anonymous: "by wallet" }),
    functions: ["liquidity.requestCommitCapital", "liquidity.cancelCommitment"],
    vault: [{ file: "tests/contracts/deposit.test.ts", test: "a deposit of" }],
    note: "on the chain anybody deposits; what no commitment claims is that address's suspense",
  },
  {
    capability: "request or cancel a withdrawal",
    who: who(OWN),
    functions: ["liquidity.requestWithdrawal", "liquidity.requestSuspenseWithdrawal", "liquidity.cancelWithdrawal"],
  },
  {
    capability: "sign a withdrawal",
    who: who({ service: "within cap" }),
    functions: ["withdrawals/requests.authorise"],
    vault: [{ file: "tests/contracts/bucket.test.ts", test: "" }],
  },
  {
    capability: "ingest events",
    who: who({ service: "yes" }),
    functions: ["sync/loop.poll", "sync/loop.finishCycle", "sync/loop.nudge"],
    note: "a push with its secret only wakes the loop",
  },
  {
    capability: "lock, release, settle",
    who: who({ service: "within cap" }),
    functions: ["outbox/control.request", "outbox/loop.store", "policies/life.fixOutcomes"],
    vault: [
      { file: "tests/contracts/settle.test.ts", test: "a settlement in" },
      { file: "tests/contracts/locks.test.ts", test: "a batch of locks in" },
    ],
  },
  {
    capability: "choose a tier",
    who: who(OWN),
    functions: ["liquidity.moveCapital", "liquidity.assignSuspense", "liquidity.setAcceptingPolicies"],
  },
  notYet("pool trade, fee decrease", "there are no public pools"),
  {
    capability: "file a claim (exercise a policy)",
    who: who(OWN),
    functions: ["policies.exercise", "policies.requestPolicy"],
    note: "of a policy that the caller has bought",
  },
  {
    capability: "approve a claim",
    who: who({ service: "pays by the price" }),
    functions: ["prices/record.recordLook", "prices/loop.record"],
    note: "nobody votes: the first good price decides; the guardian's pause stops the payment",
    vault: [{ file: "tests/contracts/pause.test.ts", test: "while the vault is paused" }],
  },
  {
    capability: "pay out insurance or fees",
    who: who({ service: "signs", guardian: "approves on the chain's word, not own; cancels", admin: "asks, cancels" }),
    functions: [
      "administration.requestExit",
      "administration.approveExit",
      "administration.cancelExit",
      "treasury/exits.approve",
    ],
    note: "an admin hands the guardian's signature in; who asked can't be who signed",
  },
  notYet("issue a credit envelope", "there are none"),
  {
    capability: "pause",
    who: who({ operator: "backend", service: "breakers", guardian: "vault and backend", admin: "vault and backend" }),
    functions: ["operations.tripBreaker", "operations.pauseOutbox", "breakers/control.tripBreaker"],
    vault: [{ file: "tests/contracts/pause.test.ts", test: "a pause" }],
  },
  {
    capability: "let go on",
    who: who({ operator: "backend", service: "after a restore, by rule", admin: "vault, at once" }),
    functions: ["operations.resetBreaker", "operations.resumeOutbox", "breakers/control.resetBreaker"],
    vault: [{ file: "tests/contracts/pause.test.ts", test: "the end of a pause" }],
    note: "the vault's admin lifts a pause without a delay, unlike a change of keys or caps",
  },
  {
    capability: "rotate keys, change caps",
    who: who({ guardian: "veto", admin: "delayed" }),
    functions: [],
    vault: [
      { file: "tests/contracts/changes.test.ts", test: "a scheduled change" },
      { file: "tests/contracts/stolenKeys.test.ts", test: "a thief of the admin's key" },
    ],
  },
  {
    capability: "set a tier's terms and rules",
    who: who({ service: "yes", admin: "yes" }),
    functions: ["administration.setTierTerms", "administration.setTierRules", "tiers/terms.set"],
  },
  {
    capability: "correct a breach",
    who: who({ service: "yes", admin: "a new entry, at most what is owed and free" }),
    functions: ["administration.correctBreach", "corrections/requests.create"],
  },
  {
    capability: "see how the deployment is",
    who: who({ ...SEES, service: "yes" }),
    functions: ["operations.getBreakers", "operations.getOutbox", "operations.listActs", "audit/trail.list"],
  },
  {
    capability: "move funds directly, edit the journal",
    who: who({}),
    functions: [],
    vault: [{ file: "tests/contracts/stolenKeys.test.ts", test: "a thief of every key but the guardian's" }],
    note: "no function does: money moves by the vault's events alone, and entries are only ever added",
  },
];
