/**
 * Turns transactions into a block on the VM, and decides which of them abort. The VM knows neither fees nor
 * post-conditions, and a runtime error leaves its block half applied; so a block is tried, set back, and tried again
 * without what failed, until it goes through.
 */
import { Cl } from "@stacks/transactions";
import type { ClarityVm, VmEvent, VmOperation, VmOutcome } from "./clarityVm";
import { meetsPostConditions } from "./postConditions";
import type { SignedTransaction } from "./signedTransaction";

/** Fees go here: the VM charges none. */
const FEE_SINK = "ST000000000000000000002AMW42H";
const ERR = "0x08";
const OK_TRUE = "0x0703";
const ERR_NONE = "0x0809";

/** Why a transaction's payload is left out of its block; its fee and its nonce are spent all the same. */
export type Abort =
  /** `result` is what it would have returned, as a real node reports it. */
  { status: "abort_by_post_condition"; result: string } | { status: "abort_by_response"; error: string };

export interface Inclusion {
  transaction: SignedTransaction;
  abort?: Abort;
}

export interface Executed {
  transaction: SignedTransaction;
  status: "success" | "abort_by_response" | "abort_by_post_condition";
  result: string;
  events: VmEvent[];
  vmError: string | null;
}

function payloadOperation({ payload, sender }: SignedTransaction): VmOperation {
  switch (payload.kind) {
    case "contract_call": {
      const args_maps = payload.args.map((arg) => Uint8Array.from(Buffer.from(Cl.serialize(arg), "hex")));
      return { callPublicFn: { contract: payload.contractId, method: payload.functionName, args_maps, sender } };
    }
    case "token_transfer":
      // No balance reaches 2^53 micro-STX; an amount beyond it, which nobody holds, stays beyond it.
      return { transferSTX: { amount: Number(payload.amount), recipient: payload.recipient, sender } };
    case "smart_contract": {
      const { contractId, source: content, clarityVersion } = payload;
      const options = clarityVersion === undefined ? {} : { clarityVersion };
      return { deployContract: { name: contractId.slice(sender.length + 1), content, options, sender } };
    }
  }
}

function operationsOf({ transaction, abort }: Inclusion): VmOperation[] {
  const fee = { amount: Number(transaction.fee), recipient: FEE_SINK, sender: transaction.sender };
  return abort ? [{ transferSTX: fee }] : [{ transferSTX: fee }, payloadOperation(transaction)];
}

function executedOf({ transaction, abort }: Inclusion, outcome: VmOutcome | undefined): Executed {
  if (abort) {
    const isBreach = abort.status === "abort_by_post_condition";
    const [result, vmError] = isBreach ? [abort.result, null] : [ERR_NONE, abort.error];
    return { transaction, status: abort.status, result, events: [], vmError };
  }
  if (!outcome) throw new Error(`The VM gave no outcome of ${transaction.txid}.`);
  // A deployment's value is its last expression's; the API shows (ok true).
  const result = transaction.payload.kind === "smart_contract" ? OK_TRUE : outcome.result;
  const status = result.startsWith(ERR) ? "abort_by_response" : "success";
  return { transaction, status, result, events: status === "success" ? outcome.events : [], vmError: null };
}

interface Trial {
  executed: Executed[];
  /** The first transaction whose payer could not pay. */
  unpaid: SignedTransaction | undefined;
}

function tryBlock(vm: ClarityVm, inclusions: Inclusion[], seconds: number): Trial {
  const outcomes = vm.mineBlock(inclusions.flatMap(operationsOf), seconds);
  let at = 0;
  let unpaid: SignedTransaction | undefined;
  const executed = inclusions.map((inclusion) => {
    const fee = outcomes[at++];
    if (fee?.result.startsWith(ERR)) unpaid ??= inclusion.transaction;
    return executedOf(inclusion, inclusion.abort ? undefined : outcomes[at++]);
  });
  return { executed, unpaid };
}

/** Mines a block whose verdicts are known. */
export function replayBlock(vm: ClarityVm, inclusions: Inclusion[], seconds: number): Executed[] {
  return tryBlock(vm, inclusions, seconds).executed;
}

/** The first transaction whose payload the VM throws at: the shortest prefix that throws ends with it. */
function firstThrowing(vm: ClarityVm, rewind: () => void, inclusions: Inclusion[], seconds: number) {
  let [passing, throwing, error] = [0, inclusions.length + 1, ""];
  while (throwing - passing > 1) {
    const length = Math.ceil((passing + throwing) / 2);
    try {
      tryBlock(vm, inclusions.slice(0, length), seconds);
      passing = length;
    } catch (thrown) {
      throwing = length;
      error = thrown instanceof Error ? thrown.message : String(thrown);
    }
    rewind();
  }
  return { index: throwing - 1, error };
}

export type Decision =
  | { kind: "block"; inclusions: Inclusion[]; executed: Executed[] }
  /** Nothing was mined: this transaction can't be in a block. */
  | { kind: "unpaid"; transaction: SignedTransaction };

/**
 * Mines a block of these transactions.
 * @param rewind sets the VM back to the chain's tip
 */
export function decideBlock(
  vm: ClarityVm,
  rewind: () => void,
  transactions: SignedTransaction[],
  seconds: number,
): Decision {
  const inclusions: Inclusion[] = transactions.map((transaction) => ({ transaction }));
  const abort = (index: number, why: Abort) => {
    const { transaction } = inclusions[index] as Inclusion;
    inclusions[index] = { transaction, abort: why };
  };
  for (;;) {
    let trial: Trial;
    try {
      trial = tryBlock(vm, inclusions, seconds);
    } catch {
      rewind();
      const { index, error } = firstThrowing(vm, rewind, inclusions, seconds);
      abort(index, { status: "abort_by_response", error });
      continue;
    }
    const { executed, unpaid } = trial;
    const breach = executed.findIndex(
      ({ transaction, status, events }) => status === "success" && !meetsPostConditions(transaction, events),
    );
    if (!unpaid && breach < 0) return { kind: "block", inclusions, executed };
    rewind();
    if (unpaid) return { kind: "unpaid", transaction: unpaid };
    abort(breach, { status: "abort_by_post_condition", result: (executed[breach] as Executed).result });
  }
}
