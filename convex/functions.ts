/** What all functions share: the validators of the product's words, and how a refusal reaches the caller. */
import { ConvexError, type Infer, v } from "convex/values";
import type { Outcome, Refusal } from "../src/domain/refusal";
import { parseBaseUnits } from "../src/domain/tokens";

export const tokenValidator = v.union(v.literal("STX"), v.literal("sBTC"));
export const tierValidator = v.union(v.literal("Conservative"), v.literal("Balanced"), v.literal("Aggressive"));
export const underlyingValidator = v.union(v.literal("BTC"), v.literal("STX"));
/** A position against what its policies need (src/domain/health). */
export const healthStatusValidator = v.union(
  v.literal("Healthy"),
  v.literal("Warning"),
  v.literal("MarginCall"),
  v.literal("Liquidating"),
);

/** A contract call for the caller's wallet to sign: see `UnsignedCall`. */
export const unsignedCallValidator = v.object({
  network: v.union(v.literal("mainnet"), v.literal("testnet"), v.literal("devnet")),
  contractId: v.string(),
  functionName: v.string(),
  functionArgs: v.array(v.string()),
  postConditions: v.array(v.string()),
  postConditionMode: v.literal("deny"),
});
export type UnsignedCallValue = Infer<typeof unsignedCallValidator>;

/** Ends the function with a refusal that clients can read: `error.data` is {code, message, …facts}. */
export function refuseWith(refusal: Refusal): never {
  throw new ConvexError(refusal);
}

export function accepted<T>(outcome: Outcome<T>): T {
  return outcome.ok ? outcome.value : refuseWith(outcome.refusal);
}

/** Base units; in digits too, as the command line can't write an int64. */
export const typedAmount = v.union(v.int64(), v.string());

/** Refuses AMOUNT_NOT_A_NUMBER. */
export const baseUnits = (given: bigint | string) =>
  typeof given === "bigint" ? given : accepted(parseBaseUnits(given));

/** 63 random bits, never 0: an id that nobody can guess and no two requests share. */
export function randomId(): bigint {
  const [id = 0n] = crypto.getRandomValues(new BigUint64Array(1));
  return id & (2n ** 63n - 1n) || 1n;
}
