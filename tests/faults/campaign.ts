/** A story played twice: once undisturbed, once with faults. Act by act the second ends in the state of the first. */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { expect } from "vitest";
import { internal } from "../../convex/_generated/api";
import { PATIENCE_MS } from "../engines/patience";
import { readTables } from "./books";
import { DISTURBANCES, type Disturbance, disturb, FORKS, OF_WAITING, TOO_DEEP } from "./disturbances";
import {
  allOf,
  BROADCAST_KINDS,
  CHAIN_KINDS,
  EVENT_KINDS,
  type FaultKind,
  LYING_SOURCE,
  NO_PRICE_KINDS,
  PRICE_KINDS,
  someOf,
} from "./kinds";
import { expectSafe } from "./safety";
import { Scene } from "./scene";
import { type Act, type Amounts, actsOf, BUYER, CALM_PRICE, PRICE, PROVIDER } from "./script";
import { type State, stateOf } from "./state";

const LOOK_MS = 200;
/** Far more than any fault needs to be met, however busy the machine is. */
const WAIT_MS = 300_000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What goes wrong in an act. */
export interface Phase {
  kinds: FaultKind[];
  disturbances: Disturbance[];
}

/** All kinds, dealt to so many acts. */
export function deal(acts: number, seed: number): Phase[] {
  const shuffled = <T>(all: readonly T[]) =>
    fc.sample(fc.shuffledSubarray([...all], { minLength: all.length }), { seed, numRuns: 1 })[0] as T[];
  const part = <T>(all: T[], n: number) => all.filter((_, index) => index % acts === n);
  const [reads, events] = [shuffled(CHAIN_KINDS), shuffled(EVENT_KINDS)];
  const [sends, chain] = [shuffled(BROADCAST_KINDS), shuffled(DISTURBANCES)];
  return Array.from({ length: acts }, (_, n) => ({
    // The first that fits a request strikes: those come first that are seldom met.
    kinds: [...part(events, n), ...part(sends, n), ...part(reads, n)],
    disturbances: part(chain, n),
  }));
}

export class Campaign {
  /** By kind of fault, how often it was met. */
  readonly met = new Map<string, number>();
  readonly counts = { looks: 0, states: 0, refusals: 0, orphans: 0 };

  constructor(
    private readonly seed: number,
    private readonly amounts: Amounts,
  ) {}

  async play(base: string): Promise<void> {
    const expected = await this.#undisturbed(base);
    const scene = await Scene.open(base);
    try {
      const acts = actsOf(this.amounts);
      const phases = deal(acts.filter(({ faults }) => faults === "chain").length, this.seed);
      for (const [n, act] of acts.entries()) {
        if (act.faults === "prices") await this.#withoutPrices(scene, act);
        else await this.#disturbed(scene, act, phases.shift() as Phase);
        await scene.atRest();
        await expectSafe(scene);
        expect([act.name, stateOf(scene.stage.stateDir)]).toEqual([act.name, expected[n]]);
        this.counts.states += 1;
      }
      // A price that is wrong for as long as it takes is one fault, however often it was asked for.
      for (const [kind, times] of scene.stage.proxy.met) this.#count(kind, PRICE_KINDS.includes(kind) ? 1 : times);
      const { vaultEvents } = readTables(scene.stage.stateDir, ["vaultEvents"]);
      this.counts.orphans = vaultEvents.filter(({ status }) => status === "orphaned").length;
      await this.#tooDeep(scene);
    } finally {
      await scene.stage.close();
    }
  }

  /** The state after each act. */
  async #undisturbed(base: string): Promise<State[]> {
    const scene = await Scene.open(base);
    const states: State[] = [];
    try {
      for (const act of actsOf(this.amounts)) {
        await act.prepare?.(scene);
        await scene.atRest();
        await act.perform(scene);
        await revoke(scene, act);
        await scene.atRest();
        states.push(stateOf(scene.stage.stateDir));
      }
    } finally {
      await scene.stage.close();
    }
    return states;
  }

  async #disturbed(scene: Scene, act: Act, { kinds, disturbances }: Phase): Promise<void> {
    const { proxy } = scene.stage;
    await act.prepare?.(scene);
    await scene.atRest();
    proxy.setFaults(kinds.map(someOf), this.seed);
    await act.perform(scene);
    const left = new Set(disturbances);
    if (left.has("raced") && (await disturb(scene, "raced"))) this.#done(left, "raced");
    await revoke(scene, act);
    const deadline = performance.now() + WAIT_MS;
    const notMet = () => [...left, ...kinds.filter((kind) => !proxy.met.has(kind))];
    for (let look = 0; notMet().length > 0; look += 1) {
      if (performance.now() > deadline) throw new Error(`Never met in "${act.name}": ${notMet()}`);
      // Now and then no block comes, and what was sent waits.
      if (look % 3 !== 0 && !(await isAwaited(scene, left))) await scene.mine();
      await pause(LOOK_MS);
      const next = OF_WAITING.find((one) => left.has(one)) ?? [...left][0];
      if (next && (await disturb(scene, next))) this.#done(left, next);
      await this.#look(scene);
    }
    proxy.setFaults([]);
  }

  /** Sources fail in every way, one way after the other: no risk is taken, and everything else goes on. */
  async #withoutPrices(scene: Scene, act: Act): Promise<void> {
    const { proxy, admin } = scene.stage;
    const meet = async (kind: FaultKind) => {
      proxy.setFaults([allOf(kind)]);
      const until = (proxy.met.get(kind) ?? 0) + 12;
      const deadline = performance.now() + WAIT_MS;
      while ((proxy.met.get(kind) ?? 0) < until) {
        if (performance.now() > deadline) throw new Error(`Never met in "${act.name}": ${kind}`);
        await pause(LOOK_MS);
      }
    };
    await meet(NO_PRICE_KINDS[0] as FaultKind);
    await act.perform(scene);
    await revoke(scene, act);
    const { sequence } = await scene.vault();
    await scene.booked(sequence + BigInt(act.revocations.length + 1));
    for (const kind of NO_PRICE_KINDS) {
      await meet(kind);
      const expiresAt = (await scene.time()) + 40 * 3_600;
      const quote = scene.quote(BUYER, { policyId: 900n, strikeUsdMicros: PRICE, expiresAt });
      await expect(quote, kind).rejects.toThrow("NO_GOOD_PRICE");
      await expect(scene.authorise(PROVIDER, 1_000_000n, 901n, "position"), kind).rejects.toThrow(
        /WITHDRAWAL_ABOVE_MAXIMUM|NO_GOOD_PRICE/,
      );
      this.counts.refusals += 2;
      await this.#look(scene);
    }
    await meet(LYING_SOURCE);
    const { prices } = await admin.call("query", internal.prices.loop.status, {});
    const believed = prices.find(({ underlying }) => underlying === "STX");
    expect(believed).toMatchObject({ isGood: true, accepted: { priceUsdMicros: CALM_PRICE } });
    proxy.setFaults([]);
  }

  /** What was final is gone: nobody guesses, nothing moves. */
  async #tooDeep(scene: Scene): Promise<void> {
    const { chain, admin, stateDir } = scene.stage;
    const { breakers: _, ...before } = stateOf(stateDir);
    await chain.control("reorganise", { depth: 60, keepTransactions: false, fallenOut: "dropped" });
    await scene.mine();
    const stopped = async () => {
      const { breakers } = await admin.call("query", internal.breakers.control.status, {});
      return breakers.map(({ capability }) => capability).sort();
    };
    await expect.poll(stopped, { timeout: PATIENCE_MS }).toEqual(["commit", "policies", "settle", "sync", "withdraw"]);
    const { breakers: __, ...after } = stateOf(stateDir);
    expect(after).toEqual(before);
    this.#count(TOO_DEEP);
  }

  async #look(scene: Scene): Promise<void> {
    await expectSafe(scene);
    this.counts.looks += 1;
  }

  #done(left: Set<Disturbance>, disturbance: Disturbance): void {
    left.delete(disturbance);
    this.#count(disturbance);
  }

  #count(kind: string, times = 1): void {
    this.met.set(kind, (this.met.get(kind) ?? 0) + times);
  }
}

/** What is to be disturbed is there, or on its way, and a block would take it past that. */
async function isAwaited(scene: Scene, left: Set<Disturbance>): Promise<boolean> {
  if (OF_WAITING.some((one) => left.has(one))) return true;
  return FORKS.some((one) => left.has(one)) && (await scene.isUnbooked());
}

async function revoke({ stage }: Scene, { revocations }: Act): Promise<void> {
  await Promise.all(revocations.map((id) => stage.admin.revoke(id)));
}

/** A stopped stage, from which both ways begin. */
export async function preparedBase(): Promise<string> {
  const scene = await Scene.open();
  await scene.stage.stop();
  const base = mkdtempSync(path.join(tmpdir(), "bithedge-faults-base-"));
  cpSync(scene.stage.stateDir, base, { recursive: true });
  rmSync(scene.stage.stateDir, { recursive: true, force: true });
  return base;
}
