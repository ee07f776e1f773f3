/**
 * What the reads and writes of the vault's money calls are for. Each step's numbers were found by measuring a contract
 * that takes this step alone (`probeOf`). The tests measure them again, and see that the steps of a call add up to
 * what the call costs.
 */
import type { Token } from "../../domain/tokens";
import { contracts } from "../../stacks/bindings";

interface Step {
  /** As a source says it, for the contract that is measured. */
  clarity: string;
  reads: number;
  writes: number;
  definitions?: string;
}

const VARIABLE = "(define-data-var probed uint u0)";
const MAP = "(define-map probed uint uint)";
const TOKEN = `.${contracts.sbtcToken.contractName}`;

export const STEPS = {
  /** Every call begins with this one; the others are what they add to it. */
  load: { clarity: "true", reads: 3, writes: 0 },
  readVariable: { clarity: "(var-get probed)", definitions: VARIABLE, reads: 1, writes: 0 },
  writeVariable: { clarity: "(var-set probed u1)", definitions: VARIABLE, reads: 1, writes: 1 },
  readMap: { clarity: "(map-get? probed u1)", definitions: MAP, reads: 1, writes: 0 },
  writeMap: { clarity: "(map-set probed u1 u1)", definitions: MAP, reads: 1, writes: 1 },
  insertIntoMap: { clarity: "(map-insert probed u1 u1)", definitions: MAP, reads: 1, writes: 1 },
  blockTime: { clarity: "stacks-block-time", reads: 1, writes: 0 },
  burnHeight: { clarity: "burn-block-height", reads: 1, writes: 0 },
  heldStx: { clarity: "(stx-get-balance current-contract)", reads: 1, writes: 0 },
  heldSbtc: { clarity: `(contract-call? ${TOKEN} get-balance current-contract)`, reads: 4, writes: 0 },
  moveStx: { clarity: "(stx-transfer? u1 tx-sender current-contract)", reads: 1, writes: 1 },
  /** The token's source is loaded too, and it has two balances where STX has one record. */
  moveSbtc: { clarity: `(contract-call? ${TOKEN} transfer u1 tx-sender current-contract none)`, reads: 5, writes: 2 },
  asTheVault: { clarity: "(as-contract? ((with-stx u1)) true)", reads: 0, writes: 0 },
  hash: { clarity: "(sha256 (unwrap-panic (to-consensus-buff? { vault: current-contract })))", reads: 0, writes: 0 },
  checkSignature: {
    clarity: `(secp256k1-verify 0x${"11".repeat(32)} 0x${"11".repeat(65)} 0x02${"11".repeat(32)})`,
    reads: 0,
    writes: 0,
  },
  print: { clarity: "(print { event: u1 })", reads: 0, writes: 0 },
} satisfies Record<string, Step>;

export type StepName = keyof typeof STEPS;

/** The source of a contract whose function takes this step and no other. */
export function probeOf(name: StepName): string {
  const { definitions = "", clarity }: Step = STEPS[name];
  return `${definitions}\n(define-public (probe) (let ((taken ${clarity})) (ok true)))`;
}

/** What a call needs a step for, and how often it takes it; a transfer is another step for each token. */
export interface Part {
  step: Record<Token, StepName>;
  times: number;
  why: string;
}

const part = (step: StepName, why: string, times = 1): Part => ({ step: { STX: step, sBTC: step }, times, why });

const LOAD = part("load", "the vault's source");
const ROLES = part("readVariable", "`config`: roles, key and pause in one variable");
const READ_BOOKS = part("readVariable", "`books`: the sequence, which tokens are known, and all their numbers");
const WRITE_BOOKS = part("writeVariable", "`books` after it");
const EXPIRY = part("blockTime", "whether the signature has expired");
const DRAIN = part("burnHeight", "how far the bucket has drained");
const TRANSFER: Part = { step: { STX: "moveStx", sBTC: "moveSbtc" }, times: 1, why: "the transfer" };
const HELD: Part = { step: { STX: "heldStx", sBTC: "heldSbtc" }, times: 1, why: "what the vault really holds" };

/** Each of a batch's policies is read, to check it, and written. */
function eachOf(policies: number): Part[] {
  return [part("readMap", "a policy, to check it", policies), part("writeMap", "its new lock", policies)];
}

function lock(policies: number): Part[] {
  return [LOAD, ROLES, ...eachOf(policies), READ_BOOKS, WRITE_BOOKS];
}

function release(policies: number): Part[] {
  const time = part("blockTime", "whether the policies can be released");
  return [LOAD, ROLES, time, ...eachOf(policies), READ_BOOKS, WRITE_BOOKS];
}

const { functions } = contracts.liquidityVault;

/** By the contract's name of the call, and for a batch its size, as in the measured rows. */
export const CALLS: Record<string, Part[]> = {
  [functions.depositFunds.name]: [LOAD, READ_BOOKS, WRITE_BOOKS, TRANSFER],
  [functions.withdrawFunds.name]: [
    LOAD,
    ROLES,
    EXPIRY,
    part("insertIntoMap", "the id, so that it pays once"),
    READ_BOOKS,
    DRAIN,
    WRITE_BOOKS,
    TRANSFER,
  ],
  [functions.payPremium.name]: [
    LOAD,
    ROLES,
    EXPIRY,
    part("insertIntoMap", "the policy, so that its id is sold once"),
    READ_BOOKS,
    WRITE_BOOKS,
    TRANSFER,
  ],
  [functions.settlePolicy.name]: [
    LOAD,
    ROLES,
    part("readMap", "the policy: buyer and lock"),
    part("writeMap", "the policy, ended"),
    READ_BOOKS,
    DRAIN,
    WRITE_BOOKS,
    TRANSFER,
  ],
  [`${functions.lockCollateralAggregate.name}, 1 policy`]: lock(1),
  [`${functions.lockCollateralAggregate.name}, 50 policies`]: lock(50),
  [`${functions.releaseCollateralAggregate.name}, 1 policy`]: release(1),
  [`${functions.releaseCollateralAggregate.name}, 50 policies`]: release(50),
  [functions.absorbSurplus.name]: [
    LOAD,
    HELD,
    part("readVariable", "`books`, after the token was asked: what is counted"),
    READ_BOOKS,
    WRITE_BOOKS,
  ],
};

/** What the steps of a call add up to. */
export function totalOf(parts: Part[], token: Token): { reads: number; writes: number } {
  const sum = (of: "reads" | "writes") =>
    parts.reduce((total, { step, times }) => total + times * STEPS[step[token]][of], 0);
  return { reads: sum("reads"), writes: sum("writes") };
}
