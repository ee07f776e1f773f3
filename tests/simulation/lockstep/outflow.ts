/** What left the vault in an episode, told by its events alone: in no window more than the cap, and nothing while paused. */
import assert from "node:assert/strict";
import { TOKENS, type Token } from "../../../src/domain/tokens";
import { contracts } from "../../../src/stacks/bindings";
import type { ObservedEvent } from "../../../src/stacks/observe";

const { eventVaultPaused, eventVaultUnpaused } = contracts.liquidityVault.constants;
const WINDOW = 144;

interface Outflow {
  kind: "withdrawal" | "settlement";
  token: Token;
  amount: bigint;
  height: number;
}

/** @param cap the highest that either way had in the episode */
export function requireBoundedOutflow(events: ObservedEvent[], cap: bigint) {
  let isPaused = false;
  const left: Outflow[] = [];
  for (const { event, blockHeight: height } of events) {
    if (event.kind === "control" && event.name === eventVaultPaused) isPaused = true;
    if (event.kind === "control" && event.name === eventVaultUnpaused) isPaused = false;
    if (event.kind !== "withdrawal" && event.kind !== "settlement") continue;
    if (isPaused) assert.fail(`While the vault is paused, ${event.amount} ${event.token} leave it`);
    left.push({ kind: event.kind, token: event.token, amount: event.amount, height });
  }
  for (const token of TOKENS) {
    for (const kind of ["withdrawal", "settlement"] as const) {
      requireWindows(
        left.filter((one) => one.token === token && one.kind === kind),
        cap,
      );
    }
  }
}

function requireWindows(left: Outflow[], cap: bigint) {
  for (const { height: end, kind, token } of left) {
    const within = left.filter(({ height }) => height > end - WINDOW && height <= end);
    const sum = within.reduce((all, { amount }) => all + amount, 0n);
    if (sum > cap) assert.fail(`By ${kind}s ${sum} ${token} left in one window, above the cap of ${cap}`);
  }
}
