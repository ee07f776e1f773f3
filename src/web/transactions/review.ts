/**
 * Reads an unsigned call the way the chain will, before anyone signs it: that it does what was asked for and nothing
 * else, and what it costs. Needs @stacks/transactions, so it is loaded with the first call to sign.
 */
import {
  ClarityType,
  type ClarityValue,
  deserializePostConditionWire,
  hexToCV,
  makeUnsignedContractCall,
  type PostCondition,
  wireToPostCondition,
} from "@stacks/transactions";
import { accept, type Outcome, refuse } from "../../domain/refusal";
import type { Tier } from "../../domain/tiers";
import type { Token } from "../../domain/tokens";
import type { WebConfig } from "../config";
import type { UnsignedCall, Wallet } from "../wallets/wallet";

/** What the person asked for. */
export interface Intent {
  action: "deposit" | "withdrawal";
  token: Token;
  tier: Tier;
  amount: bigint;
}

/** What leaves whom if the transaction succeeds; the chain enforces it. */
export interface Movement {
  from: string;
  to: string;
}

const FUNCTION = { deposit: "deposit-funds", withdrawal: "withdraw-funds" };

function namesToken(value: ClarityValue | undefined, token: Token, sbtcContract: string): boolean {
  if (token === "STX") return value?.type === ClarityType.OptionalNone;
  return (
    value?.type === ClarityType.OptionalSome &&
    value.value.type === ClarityType.PrincipalContract &&
    value.value.value === sbtcContract
  );
}

function guards(condition: PostCondition | undefined, intent: Intent, from: string, sbtcContract: string): boolean {
  if (condition?.type !== "stx-postcondition" && condition?.type !== "ft-postcondition") return false;
  const isToken =
    condition.type === "stx-postcondition"
      ? intent.token === "STX"
      : intent.token === "sBTC" && condition.asset.startsWith(`${sbtcContract}::`);
  const isExact = condition.condition === "eq" && BigInt(condition.amount) === intent.amount;
  return isToken && isExact && condition.address === from;
}

/** Refuses a call that is not exactly the intent, whoever returned it. */
export function checkCall(call: UnsignedCall, intent: Intent, owner: string, config: WebConfig): Outcome<Movement> {
  const { vaultContract, sbtcContract, network } = config;
  const [from, to] = intent.action === "deposit" ? [owner, vaultContract] : [vaultContract, owner];
  const [amount, token] = call.functionArgs.map((hex) => hexToCV(hex));
  const conditions = call.postConditions.map((hex) => wireToPostCondition(deserializePostConditionWire(hex)));
  const isAsAsked =
    call.network === network &&
    call.contractId === vaultContract &&
    call.functionName === FUNCTION[intent.action] &&
    call.postConditionMode === "deny" &&
    amount?.type === ClarityType.UInt &&
    BigInt(amount.value) === intent.amount &&
    namesToken(token, intent.token, sbtcContract) &&
    conditions.length === 1 &&
    guards(conditions[0], intent, from, sbtcContract);
  if (isAsAsked) return accept({ from, to });
  return refuse(
    "CALL_NOT_AS_ASKED",
    "The service returned a transaction that does not do exactly what you asked for. It was not signed; tell the operator.",
  );
}

/** The network's estimate for this very call, in micro-STX. */
export async function estimateFee(call: UnsignedCall, wallet: Wallet, stacksApiUrl: string): Promise<bigint> {
  const [contractAddress = "", contractName = ""] = call.contractId.split(".");
  const { functionName, postConditions, network } = call;
  const functionArgs = call.functionArgs.map((hex) => hexToCV(hex));
  const { auth } = await makeUnsignedContractCall({
    ...{ contractAddress, contractName, functionName, functionArgs, postConditions, network },
    publicKey: wallet.publicKey,
    client: { baseUrl: stacksApiUrl },
    // Only the fee is wanted: the nonce is the wallet's to choose when it signs.
    nonce: 0,
  });
  return BigInt(auth.spendingCondition.fee);
}
