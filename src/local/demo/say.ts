/** How the demo speaks, and how it waits: one that hangs says on what, and what it saw last. */
import type { Token } from "../../domain/tokens";
import { formatAmount } from "../../domain/tokens";

export const say = (line: string) => console.log(line);

export const show = (amount: bigint, token: Token) => `${formatAmount(amount, token)} ${token}`;

/** Micro-dollars as dollars, to the cent or, below ten dollars, to the ten-thousandth. */
export function showUsd(usdMicros: bigint): string {
  const digits = usdMicros < 10_000_000n ? 4 : 2;
  return `$${(Number(usdMicros) / 1_000_000).toFixed(digits)}`;
}

export function showState(state: unknown): string {
  return JSON.stringify(state, (_, value) => (typeof value === "bigint" ? `${value}n` : value)) ?? "nothing";
}

const POLL_MS = 150;
/** A watchdog starts a loop that died anew after up to 120 s. */
const GIVE_UP_MS = 240_000;

/** Looks until what it sees is what the story waits for, and gives that back. */
export async function until<T>(what: string, look: () => Promise<T>, holds: (seen: T) => boolean): Promise<T> {
  const deadline = Date.now() + GIVE_UP_MS;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (Date.now() > deadline) {
      throw new Error(`Waited ${GIVE_UP_MS / 1_000} seconds for this: ${what}. The state was: ${showState(seen)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
