/** The vault's numbers against each other, and the backend's proof against them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TOKENS, type Token } from "../../src/domain/tokens";
import type { Observation, ObservedAccount } from "../../src/stacks/observe";
import {
  type BackendProof,
  beginningAt,
  completed,
  followed,
  type History,
  judgeAccounts,
  judgeHolding,
  judgeProof,
  rewound,
} from "../../src/watcher/counters";
import { type Happening, HonestWorld, happenings } from "./honestWorld";

function observationOf(world: HonestWorld, change: Partial<ObservedAccount> = {}): Observation {
  const accounts = TOKENS.map((token) => ({
    ...{ token, held: world.balances[token], balance: world.balances[token], locked: world.locked[token] },
    ...{ withdrawalCap: 0n, usedByWindow: 0n, drainedAt: 0n, settlementCap: 0n },
    ...(token === "STX" && change),
  }));
  const tip = { height: 1, hash: "0xb", burnHeight: 1, time: 1 };
  const sequence = BigInt(world.events.length);
  return { tip, final: tip, sequence, paused: false, accounts, after: 0n, events: world.events };
}

const read = (world: HonestWorld) => followed(beginningAt(0n), world.events);
const DEPOSIT: Happening = { kind: "deposit", who: 0, token: "STX", size: 500 };
const deposits = HonestWorld.of([DEPOSIT, DEPOSIT, { ...DEPOSIT, kind: "buy", size: 300 }]);

describe("the vault's counters", () => {
  test("follow from its events, whatever honest people do, read in whatever parts", () => {
    fc.assert(
      fc.property(happenings, fc.nat({ max: 60 }), (all, cut) => {
        const world = HonestWorld.of(all);
        const first = followed(beginningAt(0n), world.events.slice(0, cut));
        const second = followed(first.history, world.events.slice(cut));
        expect([...first.findings, ...second.findings]).toEqual([]);
        const observation = observationOf(world);
        expect(judgeAccounts(second.history, observation)).toEqual([]);
        // Begun in the middle, nothing is known of what was before, and so nothing is found.
        const late = followed(beginningAt(BigInt(cut)), world.events.slice(cut));
        expect([...late.findings, ...judgeAccounts(late.history, observation)]).toEqual([]);
        const { STX, sBTC } = completed(late.history, observation).at(-1) ?? {};
        if (cut <= world.events.length) {
          const counted = (token: Token) => ({ balance: world.balances[token], locked: world.locked[token] });
          expect({ STX, sBTC }).toEqual({ STX: counted("STX"), sBTC: counted("sBTC") });
        }
      }),
    );
  });

  test.each(["balance", "locked"] as const)("that do not follow pause: %s", (field) => {
    for (const by of [1n, -1n]) {
      const events = deposits.events.map((one) => ({ ...one, event: { ...one.event } }));
      const forged = events[1]?.event as unknown as Record<string, bigint>;
      forged[field] = (forged[field] as bigint) + by;
      const { findings } = followed(beginningAt(0n), events);
      expect(findings[0]).toMatchObject({ kind: "vault.counters", pauses: true, facts: { sequence: 2n } });
    }
  });

  test.each(["balance", "locked"] as const)("at the tip that are not those of the last event pause: %s", (field) => {
    const { history } = read(deposits);
    const { STX } = history.at(-1) ?? {};
    const observation = observationOf(deposits, { held: 10_000n, [field]: (STX?.[field] as bigint) + 1n });
    expect(judgeAccounts(history, observation)).toMatchObject([{ kind: "vault.counters", pauses: true }]);
    // As long as not everything is read, they may well be others.
    expect(judgeAccounts(history.slice(0, -1), observation)).toEqual([]);
  });

  test("beyond what the address holds are a deficit; a surplus is none", () => {
    const { history } = read(deposits);
    const held = (by: bigint) => judgeAccounts(history, observationOf(deposits, { held: deposits.balances.STX + by }));
    expect([held(0n), held(1n)]).toEqual([[], []]);
    expect(held(-1n)).toMatchObject([{ kind: "vault.deficit", pauses: true, facts: { token: "STX", missing: 1n } }]);
    // A larger one is another cause.
    expect(held(-2n)[0]?.key).not.toBe(held(-1n)[0]?.key);
  });
});

describe("the backend's proof", () => {
  const history: History = read(deposits).history;
  const proof = (token: Token, sequence: bigint, change: Partial<BackendProof> = {}): BackendProof => {
    const known = history.findLast((standing) => standing.sequence <= sequence)?.[token];
    const [counted, locked] = [known?.balance ?? 0n, known?.locked ?? 0n];
    const locks = { counted: locked, booked: locked, pending: 0n };
    return {
      ...{ token, holds: true, counted, booked: counted, pending: 0n, locks, sequence, blockHeight: 1, asOf: 1_000 },
      ...change,
    };
  };

  test("is that of the chain, at any sequence that was read", () => {
    for (const sequence of [1n, 2n, 3n]) expect(judgeProof(history, proof("STX", sequence))).toEqual([]);
  });

  test.each<[string, (honest: BackendProof) => Partial<BackendProof>]>([
    ["counted", ({ counted }) => ({ counted: counted - 1n })],
    ["booked", ({ booked }) => ({ booked: booked + 1n })],
    ["pending", () => ({ pending: 1n })],
    ["locks that it counted", ({ locks }) => ({ locks: { ...locks, counted: locks.counted + 1n } })],
    ["locks in its books", ({ locks }) => ({ locks: { ...locks, booked: locks.booked - 1n } })],
  ])("that differs in what it says of %s pauses", (_name, change) => {
    const honest = proof("STX", 3n);
    const found = judgeProof(history, { ...honest, ...change(honest) });
    expect(found).toMatchObject([{ kind: "proof.differs", pauses: true }]);
  });

  test("of a sequence that was not read, or of a token that nothing is known of, is nothing", () => {
    const wrong = { counted: 12_345n };
    expect(judgeProof(history, proof("STX", 4n, wrong))).toEqual([]);
    expect(judgeProof(rewound(history, 2n), proof("STX", 3n, wrong))).toEqual([]);
    expect(judgeProof(history.slice(2), proof("STX", 1n, wrong))).toEqual([]);
    expect(judgeProof(history, proof("sBTC", 3n, wrong))).toEqual([]);
  });

  test("that fails by its own word is told, and left to the backend's breakers", () => {
    expect(judgeHolding([proof("STX", 3n)])).toEqual([]);
    const found = judgeHolding([proof("STX", 3n, { holds: false }), proof("sBTC", 3n)]);
    expect(found).toMatchObject([{ kind: "proof.fails", pauses: false, facts: { token: "STX" } }]);
  });
});

test("a reorganisation takes back what was counted above it, and begins anew below all that is remembered", () => {
  const { history } = read(deposits);
  expect(rewound(history, 2n)).toEqual(history.slice(0, 3));
  expect(rewound(history, 3n)).toEqual(history);
  expect(rewound(history.slice(2), 1n)).toEqual(beginningAt(1n));
  const again = followed(rewound(history, 2n), deposits.events.slice(2));
  expect(again).toEqual({ history, findings: [] });
});
