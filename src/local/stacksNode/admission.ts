/** The checks of a new transaction that need the chain's state, in the Stacks node's order. */
import { type ClarityAbi, validateContractCall } from "@stacks/transactions";
import type { Chain } from "./chain";
import { Rejection } from "./rejection";
import { isTestnetPrincipal, payerOf, type SignedTransaction } from "./signedTransaction";

/** The node's MAXIMUM_MEMPOOL_TX_CHAINING. */
const CHAINING_LIMIT = 25;
const MINIMUM_FEE_PER_BYTE = 1;

/** Amounts as the node writes them: 16 bytes in hex. */
export function hexU128(amount: bigint): string {
  return `0x${amount.toString(16).padStart(32, "0")}`;
}

function checkFee({ raw, fee }: SignedTransaction): void {
  const expected = (raw.length / 2) * MINIMUM_FEE_PER_BYTE;
  if (fee < expected) throw new Rejection("FeeTooLow", { expected, actual: Number(fee) });
}

/** A sponsor's nonce is looked at before the origin's. */
function checkNonces(chain: Chain, { sender, nonce, sponsor }: SignedTransaction): void {
  const origin = { principal: sender, is_origin: true, actual: nonce, expected: chain.nonceOf(sender) };
  const accounts = [origin];
  if (sponsor) {
    const expected = chain.nonceOf(sponsor.address);
    accounts.unshift({ principal: sponsor.address, is_origin: false, actual: sponsor.nonce, expected });
  }
  const spent = accounts.find(({ actual, expected }) => actual < expected);
  if (spent) throw new Rejection("BadNonce", spent);
  for (const account of accounts.reverse()) {
    const expected = account.expected + 1 + CHAINING_LIMIT;
    if (account.actual <= expected) continue;
    const message = "Nonce would exceed chaining limit in mempool";
    throw new Rejection("TooMuchChaining", { message, ...account, expected });
  }
}

function requireFunds(chain: Chain, principal: string, expected: bigint): void {
  const actual = chain.balanceOf(principal);
  if (actual >= expected) return;
  throw new Rejection("NotEnoughFunds", { expected: hexU128(expected), actual: hexU128(actual) });
}

function checkFunds(chain: Chain, transaction: SignedTransaction): void {
  const { sender, fee, payload, sponsor } = transaction;
  if (payload.kind === "token_transfer") {
    requireFunds(chain, sender, payload.amount + (sponsor ? 0n : fee));
    if (!sponsor) return;
  }
  requireFunds(chain, payerOf(transaction).address, fee);
}

function checkPayload(chain: Chain, { payload, wire }: SignedTransaction): void {
  switch (payload.kind) {
    case "token_transfer":
      return;
    case "smart_contract":
      if (!chain.contract(payload.contractId)) return;
      throw new Rejection("ContractAlreadyExists", { contract_identifier: payload.contractId });
    case "contract_call": {
      if (!isTestnetPrincipal(payload.contractId)) throw new Rejection("BadAddressVersionByte");
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
  checkFee(transaction);
  checkNonces(chain, transaction);
  checkFunds(chain, transaction);
  checkPayload(chain, transaction);
  const rival = chain.mempool.rivalOf(transaction);
  if (rival && rival.fee >= transaction.fee) throw new Rejection("ConflictingNonceInMempool");
}
