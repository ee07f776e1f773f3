/** What the watcher remembers: how far it has read, what it waits to hear about, and when a pause is due, and over. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { contracts } from "../../src/stacks/bindings";
import { localDeployment } from "../../src/stacks/deployment";
import type { Observation, ObservedEvent } from "../../src/stacks/observe";
import type { VaultEvent } from "../../src/stacks/vaultEvents";
import { pausing } from "../../src/watcher/findings";
import {
  absorbed,
  demanding,
  freshMemory,
  isForgiven,
  knownOf,
  type Memory,
  startedOver,
  toldOf,
} from "../../src/watcher/memory";
import { readState, StateFileProblem, writeState } from "../../src/watcher/stateFile";

const { eventVaultPaused, eventVaultUnpaused } = contracts.liquidityVault.constants;
const THEFT = pausing("withdrawal.unknown", "1", "A theft.");

const control = (name: string) => ({ kind: "control", name }) as const;
const withdrawal = (authorizationId: bigint) =>
  ({
    kind: "withdrawal",
    token: "STX",
    amount: 1n,
    balance: 9n,
    locked: 0n,
    withdrawer: "ST1",
    authorizationId,
  }) as const;
type Unnumbered = ReturnType<typeof control> | ReturnType<typeof withdrawal>;

/** A look: these events stand behind a sequence, a block each, the last `waiting` of them not final. */
function look(after: bigint, events: Unnumbered[], { paused = false, waiting = 0, fork = "" } = {}): Observation {
  const sequence = after + BigInt(events.length);
  const mark = (height: number) => ({ height, hash: `0x${height}${fork}`, burnHeight: height, time: height });
  const observed = events.map((event, n): ObservedEvent => {
    const at = after + BigInt(n + 1);
    const height = Number(at);
    const block = { blockHeight: height, blockHash: `0x${height}${fork}`, blockTime: height };
    return { txId: `0x${at}${fork}`, eventIndex: 0, ...block, event: { ...event, sequence: at } as VaultEvent };
  });
  const final = mark(Number(sequence) - waiting);
  return { tip: mark(Number(sequence)), final, sequence, paused, accounts: [], after, events: observed };
}

const after = (memory: Memory, ...looks: Observation[]) =>
  looks.reduce((now, observation) => absorbed(now, observation, 1_000).memory, memory);

test("what is final is booked, the rest can be stepped back over", async () => {
  const memory = after(freshMemory(0n), look(0n, [withdrawal(1n), withdrawal(2n), withdrawal(3n)], { waiting: 2 }));
  const known = knownOf(memory);
  expect(known).toMatchObject({ booked: 1n, newest: { sequence: 3n, hash: "0x3" }, seenTip: "0x3" });
  const ladder = await known.ladder();
  expect([ladder.rungs.map(({ sequence }) => sequence), ladder.floor]).toEqual([[3n, 2n], 1n]);
});

test("a reorganisation takes back what was seen, and what was to be verified of it", () => {
  const before = after(freshMemory(0n), look(0n, [withdrawal(1n), withdrawal(2n)], { waiting: 1 }));
  expect(before.open.map(({ claim, since }) => [claim.txId, since])).toEqual([
    ["0x1", 1_000],
    ["0x2", 1_000],
  ]);
  const forked = after(before, look(1n, [withdrawal(3n)], { waiting: 1, fork: "f" }));
  expect(forked.open.map(({ claim }) => claim.txId)).toEqual(["0x1", "0x2f"]);
  expect(knownOf(forked).newest).toMatchObject({ hash: "0x2f" });
});

test("a fork below finality has the newest events read anew, and forgets no care", () => {
  const memory = demanding(toldOf(after(freshMemory(0n), look(0n, [withdrawal(1n)])), [THEFT]).memory, [THEFT], 5);
  expect(startedOver(memory, 200n)).toEqual({ ...freshMemory(0n), told: memory.told, demand: memory.demand });
});

test("what has been told is told once", () => {
  const first = toldOf(freshMemory(0n), [THEFT, THEFT]);
  expect(first.fresh).toEqual([THEFT]);
  expect(toldOf(first.memory, [THEFT]).fresh).toEqual([]);
});

const demanded = () => demanding(freshMemory(0n), [THEFT], 5);

test("only what pauses demands a pause", () => {
  expect(demanding(freshMemory(0n), [{ ...THEFT, pauses: false }], 5).demand).toBeNull();
  expect(demanded().demand).toEqual({ keys: [THEFT.key], since: 5, pausedAt: null });
});

test("the demand is met for good once the pause is final, not before", () => {
  const paused = after(demanded(), look(0n, [control(eventVaultPaused)], { paused: true, waiting: 1 }));
  expect(paused.demand).toMatchObject({ pausedAt: 1 });
  expect(after(paused, look(1n, [withdrawal(1n)], { paused: true })).demand).toBeNull();
});

test("a fork that takes the pause back renews the demand", () => {
  const paused = after(demanded(), look(0n, [control(eventVaultPaused)], { paused: true, waiting: 1 }));
  const back = after(paused, look(0n, [withdrawal(1n)], { waiting: 1, fork: "f" }));
  expect(back.demand).toMatchObject({ pausedAt: null });
});

test("the admin's word ends the demand, and forgives what came before the pause and nothing after it", () => {
  const paused = after(demanded(), look(0n, [withdrawal(1n), control(eventVaultPaused)], { paused: true, waiting: 1 }));
  const open = after(paused, look(2n, [control(eventVaultUnpaused), withdrawal(2n)], { waiting: 1 }));
  expect(open.demand).toBeNull();
  expect(open.open.map(({ claim }) => isForgiven(open, claim))).toEqual([true, false]);
  // Taken back by a fork, it is no word any more.
  const forked = after(open, look(2n, [withdrawal(3n)], { waiting: 1, fork: "f" }));
  expect(forked.open.map(({ claim }) => isForgiven(forked, claim))).toEqual([false, false]);
  const again = after(forked, look(3n, [control(eventVaultUnpaused)]));
  expect(again.open.map(({ claim }) => isForgiven(again, claim))).toEqual([true, false]);
});

test("an end of a pause that was none forgives nothing", () => {
  const open = after(demanded(), look(0n, [withdrawal(1n), control(eventVaultUnpaused)]));
  expect(open.demand).not.toBeNull();
  expect(open.open.map(({ claim }) => isForgiven(open, claim))).toEqual([false]);
});

const folder = mkdtempSync(path.join(tmpdir(), "watcher-state-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const deployment = localDeployment("ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM");

/** As it is once a package has taught bigints to turn into text. */
async function withTextualBigints(work: () => Promise<void>): Promise<void> {
  const prototype = BigInt.prototype as { toJSON?: () => string };
  const before = Object.getOwnPropertyDescriptor(prototype, "toJSON");
  prototype.toJSON = function () {
    return String(this);
  };
  await work();
  delete prototype.toJSON;
  if (before) Object.defineProperty(prototype, "toJSON", before);
}

test("the state file gives back exactly what was kept, to its owner alone", async () => {
  const file = path.join(folder, "deep", "state.json");
  expect(await readState(file, deployment)).toBeNull();
  const form = {
    txId: "0x1",
    bytes: "00",
    feeUstx: 2n ** 60n,
    sentAt: 5,
    refusal: null,
    sighting: { kind: "pending" } as const,
  };
  const memory: Memory = {
    ...after(demanded(), look(0n, [withdrawal(2n ** 62n), control(eventVaultPaused)], { waiting: 1 })),
    pause: { nonce: 3, forms: [form] },
  };
  await writeState(file, deployment, memory);
  expect(await readState(file, deployment)).toEqual(memory);
  await withTextualBigints(() => writeState(file, deployment, memory));
  expect(await readState(file, deployment)).toEqual(memory);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("a file that is damaged, or of another vault, is refused in a sentence and left as it is", async () => {
  const file = path.join(folder, "other.json");
  await writeState(file, deployment, freshMemory(7n));
  const text = readFileSync(file, "utf8");
  const elsewhere = { ...deployment, vaultContract: `${deployment.vaultContract}-two` };
  await expect(readState(file, elsewhere)).rejects.toThrow(/belongs to .* Name another one by --state/);
  expect(readFileSync(file, "utf8")).toBe(text);
  for (const damaged of [text.slice(0, 40), "[]", text.replace('"booked"', '"boooked"')]) {
    writeFileSync(file, damaged);
    await expect(readState(file, deployment)).rejects.toThrow(StateFileProblem);
    expect(readFileSync(file, "utf8")).toBe(damaged);
  }
});
