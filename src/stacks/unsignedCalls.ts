/**
 * Contract calls for a user's wallet to sign: exactly what `makeContractCall` or a wallet needs, in plain strings.
 * Each comes in deny mode with the one transfer it makes as its post-condition, so that a wallet can show, and the
 * chain enforces, what leaves whom.
 */
import type { ContractCall } from "@clarigen/core";
import { cvToHex, Pc, postConditionToHex } from "@stacks/transactions";
import type { Token } from "../domain/tokens";
import type { PolicyTerms } from "./authorization";
import { contracts } from "./bindings";
import { type Network, tokenArgument, type VaultDeployment, vaultCalls } from "./deployment";

export interface UnsignedCall {
  network: Network;
  contractId: string;
  functionName: string;
  /** Each Clarity value serialised, as hex without 0x. */
  functionArgs: string[];
  /** Each post-condition serialised, as hex without 0x. */
  postConditions: string[];
  postConditionMode: "deny";
}

interface Movement {
  sender: string;
  token: Token;
  amount: bigint;
}

/** The post-condition of a transfer, serialised: exactly this, no more and no less. */
export function exactTransfer(deployment: VaultDeployment, { sender, token, amount }: Movement): string {
  const sends = Pc.principal(sender).willSendEq(amount);
  const [asset] = contracts.sbtcToken.fungible_tokens;
  return postConditionToHex(
    token === "STX" ? sends.ustx() : sends.ft(deployment.sbtcContract as `${string}.${string}`, asset.name),
  );
}

function unsignedCall(
  deployment: VaultDeployment,
  call: Pick<ContractCall<unknown>, "function" | "functionArgs">,
  movement: Movement,
): UnsignedCall {
  return {
    network: deployment.network,
    contractId: deployment.vaultContract,
    functionName: call.function.name,
    functionArgs: call.functionArgs.map((argument) => withoutPrefix(cvToHex(argument))),
    postConditions: [withoutPrefix(exactTransfer(deployment, movement))],
    postConditionMode: "deny",
  };
}

function withoutPrefix(hex: string): string {
  return hex.replace(/^0x/, "");
}

export function unsignedDeposit(
  deployment: VaultDeployment,
  deposit: { depositor: string; token: Token; amount: bigint; reference: bigint },
): UnsignedCall {
  const { depositor, token, amount, reference } = deposit;
  const call = vaultCalls(deployment).depositFunds(amount, tokenArgument(deployment, token), reference);
  return unsignedCall(deployment, call, { sender: depositor, token, amount });
}

export function unsignedWithdrawal(
  deployment: VaultDeployment,
  withdrawal: { token: Token; amount: bigint; id: bigint; expiresAt: bigint; signature: string },
): UnsignedCall {
  const { token, amount, id, expiresAt, signature } = withdrawal;
  const call = vaultCalls(deployment).withdrawFunds(
    amount,
    tokenArgument(deployment, token),
    { id, expiresAt },
    bytesOf(signature),
  );
  return unsignedCall(deployment, call, { sender: deployment.vaultContract, token, amount });
}

/** The buyer pays the premium, and by that the lock stands behind the policy. */
export function unsignedPremium(deployment: VaultDeployment, terms: PolicyTerms & { signature: string }): UnsignedCall {
  const { buyer, policyId, token, premium, lock, coverage, releaseAfter, expiresAt, signature } = terms;
  const call = vaultCalls(deployment).payPremium(
    policyId,
    premium,
    tokenArgument(deployment, token),
    { lock, coverage, releaseAfter, expiresAt },
    bytesOf(signature),
  );
  return unsignedCall(deployment, call, { sender: buyer, token, amount: premium });
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}
