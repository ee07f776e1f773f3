/**
 * Turns transactions into a block on the VM, and decides which of them abort. The VM knows neither fees nor
 * post-conditions, and a runtime error leaves its block half applied; so a block is tried, set back, and tried again
 * without what failed, until it goes through.
 */
import { serializeCVBytes } from "@stacks/transactions";
import type { ClarityVm, VmEvent, VmOperation, VmOutcome } from "./clarityVm";
import { meetsPostConditions } from "./postConditions";
import { payerOf, type SignedTransaction } from "./signedTransaction";

/** Fees go here: the VM charges none. */
const FEE_SINK = "ST000000000000000000002AMW42H";
const ERR = "0x08";
const OK_TRUE = "0x0703";
const ERR_NONE = "0x0809";

export interface Executed {
  transaction: SignedTransaction;
  status: "success" | "abort_by_response" | "abort_by_post_condition";
  result: string;
  events: VmEvent[];
  vmError: string | null;
}

/**
 * Why a transaction's payload is left out of its block; its fee and its nonce are spent all the same. Of a breach of
 * post-conditions, `result` is what it would have returned, as a real node reports it.
 */
export type Abort = Pick<Executed, "status" | "result" | "vmError">;

export interface Inclusion {
  transaction: SignedTransaction;
  abort?: Abort;
}

function payloadOperation({ payload, sender }: SignedTransaction): VmOperation {
  switch (payload.kind) {
    case "contract_call": {
      const args_maps = payload.args.map(serializeCVBytes);
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

/** The verdict on a transaction that was mined, if its payload was left out. */
export function abortOf({ status, result, vmError }: Abort): Abort | undefined {
  const isLeftOut = status === "abort_by_post_condition" || vmError !== null;
  return isLeftOut ? { status, result, vmError } : undefined;
}

function operationsOf({ transaction, abort }: Inclusion): VmOperation[] {
  const fee = { amount: Number(transaction.fee), recipient: FEE_SINK, sender: payerOf(transaction).address };
  return abort ? [{ transferSTX: fee }] : [{ transferSTX: fee }, payloadOperation(transaction)];
}

function executedOf({ transaction, abort }: Inclusion, outcome: VmOutcome | undefined): Executed {
  if (abort) return { transaction, ...abort, events: [] };
  if (!outcome) throw new Error(`The VM gave no outcome of ${transaction.txid}.`);
  // A deployment's value is its last expression's; the API shows (ok true).
  const result = transaction.payload.kind === "smart_contract" ? OK_TRUE : outcome.result;
  const status = result.startsWith(ERR) ? "abort_by_response" : "success";
  return { transaction, status, result, events: status === "success" ? outcome.events : [], vmError: null };
}

export interface MinedBlock {
  executed: Executed[];
  /** The first transaction whose payer could not pay its fee. */
  unpaid: SignedTransaction | undefined;
}

/** Mines a block of transactions with the aborts that are known. */
export function mineBlock(vm: ClarityVm, inclusions: Inclusion[], seconds: number): MinedBlock {
  const outcomes = vm.mineBlock(inclusions.flatMap(operationsOf), seconds);
  let unpaid: SignedTransaction | undefined;
  const executed = inclusions.map((inclusion) => {
    if (outcomes.shift()?.result.startsWith(ERR)) unpaid ??= inclusion.transaction;
    return executedOf(inclusion, inclusion.abort ? undefined : outcomes.shift());
  });
  return { executed, unpaid };
}

/** The first transaction whose payload the VM throws at: the shortest prefix that throws ends with it. */
function firstThrowing(vm: ClarityVm, rewind: () => void, inclusions: Inclusion[], seconds: number) {
  let [passing, throwing, error] = [0, inclusions.length + 1, ""];
  while (throwing - passing > 1) {
    const length = Math.ceil((passing + throwing) / 2);
    try {
      mineBlock(vm, inclusions.slice(0, length), seconds);
      passing = length;
    } catch (thrown) {
      throwing = length;
      error = thrown instanceof Error ? thrown.message : String(thrown);
    }
    rewind();
  }
  return { index: throwing - 1, error };
}

/** What stays of a block without one of its transactions: none that would skip a nonce then. */
function without(dropped: SignedTransaction, inclusions: Inclusion[]): Inclusion[] {
  const held = new Set<string>();
  return inclusions.flatMap(({ transaction }) => {
    const accounts = [transaction.sender, payerOf(transaction).address];
    if (transaction !== dropped && !accounts.some((account) => held.has(account))) return [{ transaction }];
    for (const account of accounts) held.add(account);
    return [];
  });
}

export interface DecidedBlock {
  inclusions: Inclusion[];
  executed: Executed[];
  /** Ids of those that nobody pays for. */
  dropped: string[];
}

/**
 * Mines a block of these transactions, less those that it drops because nobody pays for them; what of the same
 * accounts would come after these waits.
 * @param rewind sets the VM back to the block before
 */
export function decideBlock(
  vm: ClarityVm,
  rewind: () => void,
  transactions: SignedTransaction[],
  seconds: number,
): DecidedBlock {
  let inclusions: Inclusion[] = transactions.map((transaction) => ({ transaction }));
  const dropped: string[] = [];
  const setAbort = (index: number, abort: Abort) => {
    inclusions[index] = { ...(inclusions[index] as Inclusion), abort };
  };
  for (;;) {
    let mined: MinedBlock;
    try {
      mined = mineBlock(vm, inclusions, seconds);
    } catch (thrown) {
      rewind();
      const { index, error } = firstThrowing(vm, rewind, inclusions, seconds);
      // Without its payload a transaction gives the VM nothing to fail at.
      if (inclusions[index]?.abort !== undefined || index >= inclusions.length) {
        throw new Error(`The VM fails at a block, and at no transaction of it: ${thrown}`);
      }
      setAbort(index, { status: "abort_by_response", result: ERR_NONE, vmError: error });
      continue;
    }
    const { executed, unpaid } = mined;
    const breach = executed.findIndex(
      ({ transaction, status, events }) => status === "success" && !meetsPostConditions(transaction, events),
    );
    if (!unpaid && breach < 0) return { inclusions, executed, dropped };
    rewind();
    if (unpaid) {
      // Verdicts on the others were reached in its company: they start over.
      dropped.push(unpaid.txid);
      inclusions = without(unpaid, inclusions);
    } else {
      const { result } = executed[breach] as Executed;
      setAbort(breach, { status: "abort_by_post_condition", result, vmError: null });
    }
  }
}
