/** A transaction as the Clarity VM takes it: written with the generated bindings, as the product's own calls are. */
import type { ContractCall } from "@clarigen/core";
import { cvToHex, serializeCVBytes } from "@stacks/transactions";
import type { VmOperation } from "../../src/local/stacksNode/clarityVm";
import { contracts } from "../../src/stacks/bindings";
import { localDeployment, sbtcCalls, tokenArgument, vaultCalls } from "../../src/stacks/deployment";
import { DEPLOYER } from "../convex/environment";
import type { Withdrawal } from "./model";
import { type Call, type Caps, EXCHANGE, type Tx } from "./transactions";

export const DEPLOYMENT = localDeployment(DEPLOYER);
export const vault = vaultCalls(DEPLOYMENT);
export const sbtc = sbtcCalls(DEPLOYMENT);
const tokenOf = (token: "STX" | "sBTC") => tokenArgument(DEPLOYMENT, token);

/** Deposits what it holds in its own name, or passes a deposit on in its caller's. */
export const EXCHANGE_SOURCE = `
(use-trait sip-010 '${DEPLOYMENT.vaultContract}.sip-010)
(define-public (in-its-own-name (amount uint) (token (optional <sip-010>)) (reference uint))
  (as-contract? ((with-all-assets-unsafe)) (try! (contract-call? '${DEPLOYMENT.vaultContract} deposit-funds amount token reference))))
(define-public (in-callers-name (amount uint) (token (optional <sip-010>)) (reference uint))
  (contract-call? '${DEPLOYMENT.vaultContract} deposit-funds amount token reference))`;

type AnyCall = Pick<ContractCall<unknown>, "contractAddress" | "contractName" | "function" | "functionArgs">;

export function operationOf(call: AnyCall, sender: string): VmOperation {
  const contract = `${call.contractAddress}.${call.contractName}`;
  const args_maps = call.functionArgs.map((argument) => serializeCVBytes(argument as never));
  return { callPublicFn: { contract, method: call.function.name, args_maps, sender } };
}

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));
const NO_CHANGE = { admin: null, service: null, guardian: null, authoriser: null, caps: null };

export function capsOf(caps: Caps) {
  return { stx: caps, sbtc: caps };
}

function callOf(tx: Exclude<Tx, { kind: "gift" }>): AnyCall {
  switch (tx.kind) {
    case "deposit":
      return vault.depositFunds(tx.amount, tokenOf(tx.token), tx.reference);
    case "withdraw": {
      const { amount, token, id, expiresAt, signature } = tx;
      return vault.withdrawFunds(amount, tokenOf(token), { id, expiresAt }, bytes(signature));
    }
    case "premium": {
      const { policyId, premium, token, lock, coverage, releaseAfter, expiresAt, signature } = tx;
      const terms = { lock, coverage, releaseAfter, expiresAt };
      return vault.payPremium(policyId, premium, tokenOf(token), terms, bytes(signature));
    }
    case "absorb":
      return vault.absorbSurplus(tokenOf(tx.token));
    case "revoke":
      return vault.revokeAuthorization(tx.id);
    case "lock":
      return vault.lockCollateralAggregate(tx.locks, tokenOf(tx.token));
    case "release":
      return vault.releaseCollateralAggregate(tx.policyIds, tokenOf(tx.token));
    case "settle":
      return vault.settlePolicy(tx.policyId, tx.amount, tokenOf(tx.token));
    case "pause":
      return tx.paused ? vault.pause() : vault.unpause();
    case "lower caps":
      return vault.lowerCaps(capsOf(tx.caps));
    case "schedule caps":
      return vault.scheduleChange({ ...NO_CHANGE, caps: capsOf(tx.caps) });
    case "apply change":
      return vault.applyChange();
    case "cancel change":
      return vault.cancelChange();
  }
}

/** What a provider's or a buyer's wallet is given to sign, against the call that the contract should get. */
export function isCallOf(tx: Exclude<Tx, { kind: "gift" }>, given: { functionName: string; functionArgs: string[] }) {
  const call = callOf(tx);
  const args = call.functionArgs.map((argument) => cvToHex(argument as never).replace(/^0x/, ""));
  return given.functionName === call.function.name && given.functionArgs.join() === args.join();
}

/** The signature among the arguments of what a wallet is given: the last one, a buffer of 65 bytes. */
export function signatureIn({ functionArgs }: { functionArgs: string[] }): string {
  return functionArgs.at(-1)?.slice("0x02".length - 2 + 8) ?? "";
}

function through(method: string, call: AnyCall): VmOperation {
  const args_maps = call.functionArgs.map((argument) => serializeCVBytes(argument as never));
  return { callPublicFn: { contract: EXCHANGE, method, args_maps, sender: DEPLOYER } };
}

export function vmOperationOf(tx: Tx): VmOperation {
  if (tx.kind === "gift") return giftOf(tx);
  const call = callOf(tx);
  if (tx.kind === "deposit" && tx.isRelayed) return through("in-callers-name", call);
  return tx.sender === EXCHANGE ? through("in-its-own-name", call) : operationOf(call, tx.sender);
}

function giftOf({ sender, token, amount }: Extract<Tx, { kind: "gift" }>): VmOperation {
  if (token === "STX") {
    return { transferSTX: { amount: Number(amount), recipient: DEPLOYMENT.vaultContract, sender } };
  }
  return operationOf(sbtc.transfer(amount, sender, DEPLOYMENT.vaultContract, null), sender);
}

/** Names of the contract's errors by their numbers. */
export const ERRORS = new Map(
  Object.entries(contracts.liquidityVault.constants).flatMap(([name, value]) => {
    const isError = name.startsWith("err") && typeof value === "object" && "value" in value;
    return isError ? [[(value as { value: bigint }).value, name] as const] : [];
  }),
);

/** What the wallet sends for a withdrawal that was granted. */
export function paymentOf(granted: Omit<Withdrawal, "id" | "status" | "key" | "place">): Call<"withdraw"> {
  const { provider: withdrawer, token, amount, authorizationId: id, expiresAt, signature } = granted;
  const signed = { withdrawer, token, amount, id, expiresAt };
  return { kind: "withdraw", sender: withdrawer, token, amount, id, expiresAt, signature, signed };
}
