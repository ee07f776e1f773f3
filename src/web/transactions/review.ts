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
import type { Token } from "../../domain/tokens";
import type { WebConfig } from "../config";
import type { UnsignedCall } from "../wallets/wallet";
import { FUNCTION_OF, type Intent, isPaidByOwner } from "./intent";

/** What leaves whom if the transaction succeeds, as the chain enforces it, and what else the call says of itself. */
export interface Movement {
  from: string;
  to: string;
  /** Block time from which the vault refuses it, ms; null: a deposit is taken at any time. */
  expiresAt: number | null;
  /** Of a policy: what is locked with the payment, the most that it pays, and when its lock may go (block time, ms). */
  terms: { lock: bigint; coverage: bigint; releaseAfter: number } | null;
  /** Serialised, the argument that no other call has: its reference or id. By it the call is found again on the chain. */
  mark: string;
}

function uintOf(value: ClarityValue | undefined): bigint | null {
  return value?.type === ClarityType.UInt ? BigInt(value.value) : null;
}

/** The numbers of a tuple that has these fields and no others; null: it is another one. */
function uintsOf<Name extends string>(value: ClarityValue | undefined, names: Name[]): Record<Name, bigint> | null {
  if (value?.type !== ClarityType.Tuple || Object.keys(value.value).length !== names.length) return null;
  const read = names.map((name) => [name, uintOf(value.value[name])] as const);
  return read.every(([, number]) => number !== null) ? (Object.fromEntries(read) as Record<Name, bigint>) : null;
}

function isSignature(value: ClarityValue | undefined): boolean {
  return value?.type === ClarityType.Buffer && value.value.length === 130;
}

function namesToken(value: ClarityValue | undefined, token: Token, sbtcContract: string): boolean {
  if (token === "STX") return value?.type === ClarityType.OptionalNone;
  return (
    value?.type === ClarityType.OptionalSome &&
    value.value.type === ClarityType.PrincipalContract &&
    value.value.value === sbtcContract
  );
}

/** Exactly the amount, of exactly the token, from whoever is to pay. */
function guards(condition: PostCondition | undefined, intent: Intent, from: string, sbtcContract: string): boolean {
  if (condition?.type !== "stx-postcondition" && condition?.type !== "ft-postcondition") return false;
  const isToken =
    condition.type === "stx-postcondition"
      ? intent.token === "STX"
      : intent.token === "sBTC" && condition.asset.startsWith(`${sbtcContract}::`);
  const isExact = condition.condition === "eq" && BigInt(condition.amount) === intent.amount;
  return isToken && isExact && condition.address === from;
}

type Told = Omit<Movement, "from" | "to" | "mark"> & { amount: bigint | null; token: ClarityValue | undefined };

/** @param seconds of block time */
const ms = (seconds: bigint) => Number(seconds) * 1_000;

function readDeposit([amount, token, reference, ...more]: ClarityValue[]): Told | null {
  if (uintOf(reference) === null || more.length > 0) return null;
  return { amount: uintOf(amount), token, expiresAt: null, terms: null };
}

function readWithdrawal([amount, token, authorization, signature, ...more]: ClarityValue[]): Told | null {
  const told = uintsOf(authorization, ["id", "expires-at"]);
  if (!told || !isSignature(signature) || more.length > 0) return null;
  return { amount: uintOf(amount), token, expiresAt: ms(told["expires-at"]), terms: null };
}

function readPremium(args: ClarityValue[], intent: Extract<Intent, { action: "premium" }>): Told | null {
  const [policyId, amount, token, terms, signature, ...more] = args;
  const told = uintsOf(terms, ["lock", "coverage", "release-after", "expires-at"]);
  if (!told || uintOf(policyId) !== intent.policyId || !isSignature(signature) || more.length > 0) return null;
  const { lock, coverage } = told;
  if (lock !== (intent.lock ?? lock) || coverage !== (intent.coverage ?? coverage)) return null;
  const releaseAfter = ms(told["release-after"]);
  return { amount: uintOf(amount), token, expiresAt: ms(told["expires-at"]), terms: { lock, coverage, releaseAfter } };
}

function readArguments(args: ClarityValue[], intent: Intent): Told | null {
  switch (intent.action) {
    case "deposit":
      return readDeposit(args);
    case "premium":
      return readPremium(args, intent);
    default:
      return readWithdrawal(args);
  }
}

/** Which argument holds the number that is the call's alone. */
const MARK_AT = { "deposit-funds": 2, "withdraw-funds": 2, "pay-premium": 0 } as const;

const notAsAsked = refuse(
  "CALL_NOT_AS_ASKED",
  "The service returned a transaction that does not do exactly what you asked for. It was not signed; tell the operator.",
);

/** What can't even be read is refused like what reads differently. */
function decoded(call: UnsignedCall) {
  try {
    return {
      args: call.functionArgs.map((hex) => hexToCV(hex)),
      conditions: call.postConditions.map((hex) => wireToPostCondition(deserializePostConditionWire(hex))),
    };
  } catch {
    return null;
  }
}

/** Refuses a call that is not exactly the intent, whoever returned it. */
export function checkCall(call: UnsignedCall, intent: Intent, owner: string, config: WebConfig): Outcome<Movement> {
  const { vaultContract, sbtcContract, network } = config;
  const [from, to] = isPaidByOwner(intent) ? [owner, vaultContract] : [vaultContract, owner];
  const functionName = FUNCTION_OF[intent.action];
  const isOurs =
    call.network === network &&
    call.contractId === vaultContract &&
    call.functionName === functionName &&
    call.postConditionMode === "deny";
  const read = isOurs ? decoded(call) : null;
  const told = read && readArguments(read.args, intent);
  if (!read || !told) return notAsAsked;
  const isAsAsked =
    told.amount === intent.amount &&
    namesToken(told.token, intent.token, sbtcContract) &&
    read.conditions.length === 1 &&
    guards(read.conditions[0], intent, from, sbtcContract);
  if (!isAsAsked) return notAsAsked;
  const { expiresAt, terms } = told;
  return accept({ from, to, expiresAt, terms, mark: call.functionArgs[MARK_AT[functionName]] ?? "" });
}

/** Any key will do: a fee depends on what is called, and not on who signs. */
const ANY_KEY = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

/** The network's estimate for this very call, in micro-STX. */
export async function estimateFee(call: UnsignedCall, stacksApiUrl: string): Promise<bigint> {
  const [contractAddress = "", contractName = ""] = call.contractId.split(".");
  const { functionName, postConditions, network } = call;
  const functionArgs = call.functionArgs.map((hex) => hexToCV(hex));
  const { auth } = await makeUnsignedContractCall({
    ...{ contractAddress, contractName, functionName, functionArgs, postConditions, network },
    publicKey: ANY_KEY,
    client: { baseUrl: stacksApiUrl },
    // Only the fee is wanted: the nonce is the wallet's to choose when it signs.
    nonce: 0,
  });
  return BigInt(auth.spendingCondition.fee);
}
