/** Answers of a deployment where nothing is wrong, for tests to spoil. */

import type { Operator } from "../../../src/web/operations/acts/operator";
import type { HealthRow, OutboxNow, PriceStanding, Proofs, SyncStanding } from "../../../src/web/operations/answers";
import type { PolledRows } from "../../../src/web/operations/asking/useAsked";
import type { Polled } from "../../../src/web/operations/asking/usePolled";

export const NOW = Date.UTC(2026, 10, 22, 12);
export const DEPLOYER = "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM";
export const THIEF = "ST1SJ3DTE5DN7X54YDH5D64R3BCB6A2AG2ZQ8YPD5";
export const VAULT = `${DEPLOYER}.pool`;

export const SYNC: SyncStanding = {
  ...{ halted: null, failures: 0, lastError: null, nextLookAt: NOW + 1_000, behindSince: null, doubts: 0 },
  ...{
    tip: null,
    final: null,
    watermark: 2n,
    seen: 2n,
    pending: 0n,
    complete: true,
    paused: false,
    guardian: DEPLOYER,
  },
};
const proof = {
  ...{ holds: true, held: 5n, counted: 5n, booked: 5n, pending: 0n, surplus: 0n, sequence: 2n, blockHeight: 9 },
  ...{ locks: { counted: 0n, booked: 0n, pending: 0n }, asOf: NOW },
};
export const PROOFS: Proofs = [
  { token: "STX", ...proof },
  { token: "sBTC", ...proof },
];
export const OUTBOX: OutboxNow = {
  ...{ sender: DEPLOYER, nextNonce: 3, paused: null, alarm: null, failures: 0, lastError: null },
  ...{ transactions: [], waiting: [], failed: [] },
};
const accepted = { priceUsdMicros: 98_000_000_000n, publishedAtMs: NOW };
export const PRICES: PriceStanding = {
  prices: [
    { underlying: "BTC", accepted, isGood: true, refusal: null },
    { underlying: "STX", accepted, isGood: true, refusal: null },
  ],
  ...{ troubles: [], failures: 0, dueAt: NOW + 1_000 },
};
export const HEALTH_ROW: HealthRow = {
  ...{ provider: THIEF, tier: "Balanced", token: "STX", status: "Liquidating", ratio: 900_000, isStuck: false },
  ...{ worseAtUsdMicros: 1n, betterAtUsdMicros: 2n, lockAtUsdMicros: 3n, dueAt: NOW, policies: 1 },
  ...{ available: 0n, locked: 5_000_000n, asOf: NOW },
};

export function polled<Data>(data: Data): Polled<Data> & { asks: number } {
  const state = {
    asked: { kind: "known" as const, data, at: Date.now() },
    isAsking: false,
    asks: 0,
    askAgain: () => {
      state.asks += 1;
    },
  };
  return state;
}

export function listOf<Row>(...rows: Row[]): PolledRows<Row> {
  return { polled: polled({ rows, isDone: true }), more: () => {} };
}

/** Whoever acts in a test; what was done is kept in `done`. */
export function operator(changes: Partial<Operator> & { answer?: unknown } = {}) {
  const done: [string, unknown][] = [];
  const { answer = null, ...given } = changes;
  const self: Operator = {
    address: DEPLOYER,
    roles: ["operator", "guardian", "admin"],
    hindrance: null,
    async perform(act, args) {
      done.push([act, args]);
      return answer as never;
    },
    newest: async (act) => ({
      ...{ _id: "x" as never, _creationTime: 0, at: NOW, act, actor: DEPLOYER, reason: "as typed", facts: {} },
    }),
    ...given,
  };
  return { self, done };
}
