/** What all functions share: the validators of the product's words, how a refusal reaches the caller, and how lists are paged. */
import type { PaginationOptions, PaginationResult } from "convex/server";
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

/** Rows of a page. */
const LARGEST_PAGE = 100;

/**
 * A page of a list, of `largest` rows at most however many are asked for. Of what the caller says count only where the page
 * begins, how long it is and, for a live one that is split, where it ends.
 * Refuses PAGE_SIZE_OUT_OF_RANGE {min, max}, BAD_CURSOR.
 */
export async function paged<Row>(
  list: { paginate(options: PaginationOptions): Promise<PaginationResult<Row>> },
  { numItems: asked, cursor, endCursor = null }: PaginationOptions,
  largest = LARGEST_PAGE,
): Promise<PaginationResult<Row>> {
  const numItems = Math.min(asked, largest);
  if (!(Number.isInteger(numItems) && numItems > 0)) {
    const message = `A page has 1 to ${largest} rows: ask with a whole \`numItems\`.`;
    refuseWith({ code: "PAGE_SIZE_OUT_OF_RANGE", message, min: 1, max: largest });
  }
  try {
    return await list.paginate({ numItems, cursor, endCursor });
  } catch (error) {
    if (!String(error).includes("InvalidCursor")) throw error;
    // With Convex's own word, by which its client knows that it has to begin anew.
    const message = "This cursor is none of this list (InvalidCursor). Ask for its first page again.";
    return refuseWith({ code: "BAD_CURSOR", message });
  }
}

/** 63 random bits, never 0: an id that nobody can guess and no two requests share. */
export function randomId(): bigint {
  const [id = 0n] = crypto.getRandomValues(new BigUint64Array(1));
  return id & (2n ** 63n - 1n) || 1n;
}
