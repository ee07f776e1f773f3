/**
 * What becomes of a transaction that the backend signed: from what the chain shows of each of its signed forms (they
 * differ by their fee alone) follows what to do next. A transaction owns its nonce, so at most one form is ever mined.
 */
import type { ServiceCall } from "./outbox";
import { VAULT_ERRORS } from "./vaultErrors";

export interface FeeRule {
  /** Micro-STX for each byte of a transaction that is sent for the first time. */
  perByteUstx: bigint;
  /** No transaction pays more, micro-STX. */
  limitUstx: bigint;
  /** Seconds of block time that a transaction waits for its block before its fee is raised. */
  raiseAfterSeconds: number;
}

/** Micro-STX. */
export function startingFee(lengthBytes: number, { perByteUstx, limitUstx }: FeeRule): bigint {
  const fee = BigInt(lengthBytes) * perByteUstx;
  return fee < limitUstx ? fee : limitUstx;
}

/** Half as much again, rounded up, at most the limit; null at the limit. Any higher fee takes the place of a lower one. */
export function raisedFee(feeUstx: bigint, { limitUstx }: FeeRule): bigint | null {
  if (feeUstx >= limitUstx) return null;
  const raised = (feeUstx * 3n + 1n) / 2n;
  return raised < limitUstx ? raised : limitUstx;
}

/** What the chain shows of one signed form. */
export type Sighting =
  | { kind: "unknown" }
  | { kind: "pending" }
  /** As the node says why: `dropped_replace_by_fee`, `dropped_stale_garbage_collect`, … */
  | { kind: "dropped"; reason: string }
  /** In a canonical block. `failure` is null for success; `code` is the vault's error number, if it gave one. */
  | { kind: "mined"; blockHeight: number; failure: null | { reason: string; code: number | null } };

export interface SignedForm {
  feeUstx: bigint;
  /** Block time at which the node took it, unix seconds; null before. */
  sentAt: number | null;
  /** Why the node refused it when it was last sent; null if it took it, or was not asked. */
  refusal: string | null;
  sighting: Sighting;
}

export interface SentTransaction {
  /** Oldest and cheapest first; at least one. */
  forms: SignedForm[];
  /** The block of another transaction of the same sender that was mined with its nonce; null: none is known. */
  rivalHeight: number | null;
}

export interface ChainView {
  /** Block time of the tip, unix seconds. */
  time: number;
  finalHeight: number;
}

export type NextStep =
  /** Mined and final. */
  | { kind: "confirm"; form: number }
  | { kind: "abort"; form: number; failure: { reason: string; code: number | null } }
  /** In a block that may still be taken back. */
  | { kind: "included"; form: number }
  /** Another transaction has this nonce for good: ours can never happen. */
  | { kind: "lost" }
  /** Send the bytes of the newest form, once more or for the first time. */
  | { kind: "send" }
  | { kind: "raise"; feeUstx: bigint }
  | { kind: "watch" };

export interface Fate {
  step: NextStep;
  /** What an operator should know of; null: all goes as it should. */
  alarm: string | null;
}

const RAISING_HELPS = ["ConflictingNonceInMempool", "FeeTooLow"];
/** These pass by themselves: the mempool has room again, or the mined one shows at the next look. */
const PASSING = ["TooMuchChaining", "BadNonce"];
/** At the limit of its fee, a transaction that waits this many times longer than usual is an alarm. */
const PATIENCE = 3;

const calm = (step: NextStep): Fate => ({ step, alarm: null });

export function fateOf({ forms, rivalHeight }: SentTransaction, chain: ChainView, rule: FeeRule): Fate {
  const newest = forms.at(-1);
  if (!newest) throw new Error("A transaction has a signed form from its beginning");
  const form = forms.findIndex(({ sighting }) => sighting.kind === "mined");
  const mined = forms[form]?.sighting;
  if (mined?.kind === "mined") {
    if (mined.blockHeight > chain.finalHeight) return calm({ kind: "included", form });
    return calm(mined.failure ? { kind: "abort", form, failure: mined.failure } : { kind: "confirm", form });
  }
  // That our own can't be seen proves nothing: a node may lag behind. Only who has the nonce does.
  if (rivalHeight !== null) {
    const step = { kind: rivalHeight <= chain.finalHeight ? "lost" : "watch" } as const;
    return { step, alarm: "Another transaction has taken this nonce." };
  }
  return newest.sighting.kind === "pending" ? fateOfPending(newest, chain, rule) : fateOfAbsent(newest, rule);
}

function fateOfPending({ sentAt, feeUstx }: SignedForm, { time }: ChainView, rule: FeeRule): Fate {
  const waited = sentAt === null ? 0 : time - sentAt;
  if (waited < rule.raiseAfterSeconds) return calm({ kind: "watch" });
  const raised = raisedFee(feeUstx, rule);
  if (raised !== null) return calm({ kind: "raise", feeUstx: raised });
  const isLong = waited >= PATIENCE * rule.raiseAfterSeconds;
  const alarm = isLong ? `No block took it for ${waited} seconds at the highest fee.` : null;
  return { step: { kind: "watch" }, alarm };
}

/** Not in the mempool: never sent, not shown yet, dropped, or refused. The same bytes can't happen twice. */
function fateOfAbsent({ refusal, feeUstx, sighting }: SignedForm, rule: FeeRule): Fate {
  const raised = refusal !== null && RAISING_HELPS.includes(refusal) ? raisedFee(feeUstx, rule) : null;
  if (raised !== null) return calm({ kind: "raise", feeUstx: raised });
  const isProblem = sighting.kind === "dropped" && !/replace|stale/.test(sighting.reason);
  if (isProblem) return { step: { kind: "send" }, alarm: `The node dropped it: ${sighting.reason}.` };
  const isRefused = refusal !== null && !PASSING.includes(refusal);
  return { step: { kind: "send" }, alarm: isRefused ? `The node refuses it: ${refusal}.` : null };
}

export type Verdict =
  /** The chain has no more to do for it: what it asked for is so already. */
  | { kind: "done"; why: string }
  | { kind: "failed"; why: string }
  /** Wait again; in batches of at most `batchLimit`. */
  | { kind: "again"; batchLimit: number };

/** A settlement that met a full bucket or a pause may try again so often; each try costs a fee. */
const MOST_ABORTS = 8;

/**
 * What follows for the calls of a transaction that was mined and did nothing. A batch is tried in halves, until the bad
 * call stands alone.
 * @param aborts how many transactions of the call have aborted, with this one
 */
export function judgeAbort(
  calls: ServiceCall[],
  failure: { reason: string; code: number | null },
  aborts: number,
): Verdict {
  const [call, ...others] = calls;
  if (others.length > 0) return { kind: "again", batchLimit: Math.ceil(calls.length / 2) };
  const { code } = failure;
  const is = (kind: ServiceCall["kind"], ...codes: number[]) =>
    call?.kind === kind && code !== null && codes.includes(code);
  if (is("revoke", VAULT_ERRORS.errAuthorizationUsed)) return { kind: "done", why: "It was used or revoked before." };
  if (is("release", VAULT_ERRORS.errPolicyNotLive)) return { kind: "done", why: "The policy had ended before." };
  if (is("settle", VAULT_ERRORS.errOutflowExceedsCap, VAULT_ERRORS.errPaused) && aborts < MOST_ABORTS) {
    return { kind: "again", batchLimit: 1 };
  }
  return { kind: "failed", why: describe(failure) };
}

function describe({ reason, code }: { reason: string; code: number | null }): string {
  const name = Object.entries(VAULT_ERRORS).find(([, number]) => number === code)?.[0];
  return name ? `${reason}: ${name} (u${code})` : reason;
}
