/** The checks of a new transaction that need the chain's state, in the Stacks node's order. */

import type { IContractInterface } from "@stacks/clarinet-sdk-wasm";
import { type ClarityAbi, validateContractCall } from "@stacks/transactions";
import type { Mempool } from "./mempool";
import { Rejection } from "./rejection";
import { type Account, payerOf, type SignedTransaction } from "./signedTransaction";

/** The node's MAXIMUM_MEMPOOL_TX_CHAINING. */
const CHAINING_LIMIT = 25;

export interface AccountsView {
  nonceOf(address: string): number;
  balanceOf(principal: string): bigint;
  contract(id: string): IContractInterface | undefined;
  mempool: Mempool;
}

/** Amounts as the node writes them: 16 bytes in hex. */
export function hexU128(amount: bigint): string {
  return `0x${amount.toString(16).padStart(32, "0")}`;
}

function checkNonce(view: AccountsView, { address, nonce }: Account, isOrigin: boolean): void {
  const expected = view.nonceOf(address);
  const facts = { actual: nonce, principal: address, is_origin: isOrigin };
  if (nonce < expected) throw new Rejection("BadNonce", { expected, ...facts });
  const most = expected + CHAINING_LIMIT;
  if (nonce > most) {
    const message = "Nonce would exceed chaining limit in mempool";
    throw new Rejection("TooMuchChaining", { message, expected: most, ...facts });
  }
}

function checkFunds(view: AccountsView, transaction: SignedTransaction): void {
  const { fee, payload, origin } = transaction;
  const sent = payload.kind === "token_transfer" ? payload.amount : 0n;
  const due = new Map<string, bigint>([[origin.address, sent]]);
  const payer = payerOf(transaction).address;
  due.set(payer, (due.get(payer) ?? 0n) + fee);
  for (const [address, expected] of due) {
    const actual = view.balanceOf(address);
    if (actual < expected) {
      throw new Rejection("NotEnoughFunds", { expected: hexU128(expected), actual: hexU128(actual) });
    }
  }
}

function checkPayload(view: AccountsView, { payload, origin, wire }: SignedTransaction): void {
  switch (payload.kind) {
    case "token_transfer":
      if (payload.recipient === origin.address) {
        throw new Rejection("TransferRecipientCannotEqualSender", { recipient: payload.recipient });
      }
      if (payload.amount === 0n) throw new Rejection("TransferAmountMustBePositive");
      return;
    case "smart_contract":
      if (view.contract(payload.contractId)) {
        throw new Rejection("ContractAlreadyExists", { contract_identifier: payload.contractId });
      }
      return;
    case "contract_call": {
      const contract = view.contract(payload.contractId);
      if (!contract) throw new Rejection("NoSuchContract");
      const called = contract.functions.find(({ name }) => name === payload.functionName);
      if (!called || called.access === "private") throw new Rejection("NoSuchPublicFunction");
      try {
        validateContractCall(wire.payload as Parameters<typeof validateContractCall>[0], contract as ClarityAbi);
      } catch (error) {
        throw new Rejection("BadFunctionArgument", { message: error instanceof Error ? error.message : String(error) });
      }
    }
  }
}

/** @throws Rejection of a transaction that no block may hold now */
export function checkAdmission(view: AccountsView, transaction: SignedTransaction): void {
  try {
    const minimum = BigInt(transaction.raw.length / 2);
    if (transaction.fee < minimum) {
      throw new Rejection("FeeTooLow", { expected: Number(minimum), actual: Number(transaction.fee) });
    }
    checkNonce(view, transaction.origin, true);
    if (transaction.sponsor) checkNonce(view, transaction.sponsor, false);
    checkFunds(view, transaction);
    checkPayload(view, transaction);
    const rival = view.mempool.rivalOf(transaction);
    if (rival && rival.fee >= transaction.fee) throw new Rejection("ConflictingNonceInMempool");
  } catch (error) {
    throw error instanceof Rejection ? error.of(transaction.txid) : error;
  }
}
