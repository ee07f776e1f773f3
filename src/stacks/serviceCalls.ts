/**
 * The service's own transactions and the guardian's pause, signed: in deny mode, so that nothing moves but what a settlement pays. Pure: the same
 * payload, nonce and fee give the same bytes.
 */
import type { ContractCall } from "@clarigen/core";
import {
  type ClarityValue,
  getAddressFromPrivateKey,
  makeUnsignedContractCall,
  privateKeyToPublic,
  TransactionSigner,
} from "@stacks/transactions";
import type { Payload } from "../domain/outbox";
import { addressKind, tokenArgument, type VaultDeployment, vaultCalls } from "./deployment";
import { exactTransfer } from "./unsignedCalls";

export interface SignedTransaction {
  /** With 0x, as the API writes it. */
  txId: string;
  /** Hex without 0x. */
  bytes: string;
  feeUstx: bigint;
}

export function serviceAddress({ network }: VaultDeployment, privateKey: string): string {
  return getAddressFromPrivateKey(privateKey, addressKind(network));
}

function callOf(deployment: VaultDeployment, payload: Payload) {
  const vault = vaultCalls(deployment);
  switch (payload.kind) {
    case "revoke":
      return vault.revokeAuthorization(payload.authorizationId);
    case "lock":
      return vault.lockCollateralAggregate(payload.locks, tokenArgument(deployment, payload.token));
    case "release":
      return vault.releaseCollateralAggregate(payload.policyIds, tokenArgument(deployment, payload.token));
    case "settle":
      return vault.settlePolicy(payload.policyId, payload.amount, tokenArgument(deployment, payload.token));
  }
}

function postConditionsOf(deployment: VaultDeployment, payload: Payload): string[] {
  if (payload.kind !== "settle") return [];
  const { token, amount } = payload;
  return [exactTransfer(deployment, { sender: deployment.vaultContract, token, amount })];
}

interface Signing {
  privateKey: string;
  nonce: number;
  /** From the transaction's length in bytes, which does not depend on the fee. */
  feeUstx: (lengthBytes: number) => bigint;
}

export async function signServiceCall(
  deployment: VaultDeployment,
  payload: Payload,
  signing: Signing,
): Promise<SignedTransaction> {
  return signCall(deployment, callOf(deployment, payload), postConditionsOf(deployment, payload), signing);
}

/** The guardian's: stops withdrawals, settlements and premiums. */
export async function signPause(deployment: VaultDeployment, signing: Signing): Promise<SignedTransaction> {
  return signCall(deployment, vaultCalls(deployment).pause(), [], signing);
}

async function signCall(
  deployment: VaultDeployment,
  call: Pick<ContractCall<unknown>, "function" | "functionArgs">,
  postConditions: string[],
  { privateKey, nonce, feeUstx }: Signing,
): Promise<SignedTransaction> {
  const [contractAddress = "", contractName = ""] = deployment.vaultContract.split(".");
  const transaction = await makeUnsignedContractCall({
    contractAddress,
    contractName,
    functionName: call.function.name,
    functionArgs: call.functionArgs as ClarityValue[],
    postConditions,
    postConditionMode: "deny",
    network: deployment.network,
    publicKey: privateKeyToPublic(privateKey) as string,
    nonce,
    fee: 0n,
    validateWithAbi: false,
  });
  const fee = feeUstx(transaction.serializeBytes().length);
  transaction.setFee(fee);
  new TransactionSigner(transaction).signOrigin(privateKey);
  return { txId: `0x${transaction.txid()}`, bytes: transaction.serialize(), feeUstx: fee };
}
