/** The checks of a new transaction that need the chain's state, in the Stacks node's order. */
import { type ClarityAbi, validateContractCall } from "@stacks/transactions";
import type { Chain } from "./chain";
import { Rejection } from "./rejection";
import type { SignedTransaction } from "./signedTransaction";

/** The node's MAXIMUM_MEMPOOL_TX_CHAINING. */
const CHAINING_LIMIT = 25;

/** Amounts as the node writes them: 16 bytes in hex. */
export function hexU128(amount: bigint): string {
  return `0x${amount.toString(16).padStart(32, "0")}`;
}

function checkNonce(chain: Chain, { sender, nonce }: SignedTransaction): void {
  const expected = chain.nonceOf(sender);
  const facts = { actual: nonce, principal: sender, is_origin: true };
  if (nonce < expected) throw new Rejection("BadNonce", { expected, ...facts });
  const most = expected + CHAINING_LIMIT;
  if (nonce > most) {
    const message = "Nonce would exceed chaining limit in mempool";
    throw new Rejection("TooMuchChaining", { message, expected: most, ...facts });
  }
}

function checkFunds(chain: Chain, { sender, fee, payload }: SignedTransaction): void {
  const expected = fee + (payload.kind === "token_transfer" ? payload.amount : 0n);
  const actual = chain.balanceOf(sender);
  if (actual < expected) {
    throw new Rejection("NotEnoughFunds", { expected: hexU128(expected), actual: hexU128(actual) });
  }
}

function checkPayload(chain: Chain, { payload, sender, wire }: SignedTransaction): void {
  switch (payload.kind) {
    case "token_transfer": {
      const { recipient, amount } = payload;
      if (recipient === sender) throw new Rejection("TransferRecipientCannotEqualSender", { recipient });
      if (amount === 0n) throw new Rejection("TransferAmountMustBePositive");
      return;
    }
    case "smart_contract":
      if (!chain.contract(payload.contractId)) return;
      throw new Rejection("ContractAlreadyExists", { contract_identifier: payload.contractId });
    case "contract_call": {
      const contract = chain.contract(payload.contractId);
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
export function checkAdmission(chain: Chain, transaction: SignedTransaction): void {
  const minimum = transaction.raw.length / 2;
  if (transaction.fee < minimum) {
    throw new Rejection("FeeTooLow", { expected: minimum, actual: Number(transaction.fee) });
  }
  checkNonce(chain, transaction);
  checkFunds(chain, transaction);
  checkPayload(chain, transaction);
  const rival = chain.mempool.rivalOf(transaction);
  if (rival && rival.fee >= transaction.fee) throw new Rejection("ConflictingNonceInMempool");
}
