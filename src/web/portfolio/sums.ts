/** Sums over positions, and what they are worth by the prices that all of the page shares. */
import { TOKENS, type Token } from "../../domain/tokens";
import { worthOf } from "../amounts/words";
import type { Standing } from "../prices/standing";
import type { Position } from "./portfolioData";

/** What is known of each token's price. */
export type TokenStandings = Record<Token, Standing>;

export type Pocket = "total" | "available" | "reserved" | "locked" | "accruedYield";

/** Base units by token. */
export type TokenAmounts = Record<Token, bigint>;

export function sumOf(positions: Pick<Position, Pocket | "token">[], pocket: Pocket): TokenAmounts {
  const sums: TokenAmounts = { STX: 0n, sBTC: 0n };
  for (const position of positions) sums[position.token] += position[pocket];
  return sums;
}

/** Tokens of which there is some. */
export function held(amounts: TokenAmounts): Token[] {
  return TOKENS.filter((token) => amounts[token] > 0n);
}

/** Micro-dollars, rounded down; by the last known prices, however old. Null where one of them is not known at all. */
export function worthOfAll(amounts: TokenAmounts, standings: TokenStandings): bigint | null {
  let worth = 0n;
  for (const token of held(amounts)) {
    const standing = standings[token];
    if (standing.kind === "none") return null;
    worth += worthOf(amounts[token], token, standing.priceUsdMicros);
  }
  return worth;
}
