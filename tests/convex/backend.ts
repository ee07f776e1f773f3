/** The backend's functions on the engine of this run, with a vault whose events a test writes itself. */
import migrations from "@convex-dev/migrations/test";
import rateLimiter from "@convex-dev/rate-limiter/test";
import { inject } from "vitest";
import { internal } from "../../convex/_generated/api";
import type { DataModel } from "../../convex/_generated/dataModel";
import schema from "../../convex/schema";
import type { Token } from "../../src/domain/tokens";
import type { Observation, ObservedEvent } from "../../src/stacks/observe";
import { balanceChange, lockChange, type VaultEvent } from "../../src/stacks/vaultEvents";
import { openConvexTest } from "../engines/convexTest";
import { LoadedDeployment } from "../engines/localHost";
import { pushedDeployment } from "../engines/pushed";
import type { TestBackend } from "../engines/testBackend";
import { DEPLOYER, testEnvironment } from "./environment";

export { DEPLOYER };
export const ALICE = "ST1SJ3DTE5DN7X54YDH5D64R3BCB6A2AG2ZQ8YPD5";
export const BOB = "ST2CY5V39NHDPWSXMW9QDT3HC3GD6Q6XX4CFRK9AG";

export type Backend = TestBackend<DataModel>;

let pushed: Promise<LoadedDeployment> | undefined;

/** `vitest.config.ts` runs every test of this folder once on each engine. */
export async function openBackend(environment: Record<string, string> = testEnvironment): Promise<Backend> {
  if (inject("engine") === "local host") {
    pushed ??= LoadedDeployment.load(pushedDeployment());
    return (await pushed).open(environment);
  }
  Object.assign(process.env, environment);
  return openConvexTest<DataModel>({
    schema,
    modules: import.meta.glob("../../convex/**/*.{ts,js}"),
    register: (backend) => {
      const mock = backend as unknown as Parameters<typeof rateLimiter.register>[0];
      rateLimiter.register(mock);
      migrations.register(mock);
    },
  });
}

const CAP = 10n ** 15n;

/** A vault on paper: what a test lets happen to it, and how sync would see that. */
export class PaperVault {
  readonly events: ObservedEvent[] = [];
  height = 10;
  finality = 1;
  cap = CAP;
  settlementCap = CAP;
  paused = false;
  guardian: string | undefined = DEPLOYER;
  /** Held beside the counter: plain transfers to the vault. Negative: stolen. */
  surplus: Record<Token, bigint> = { STX: 0n, sBTC: 0n };
  private balances: Record<Token, bigint> = { STX: 0n, sBTC: 0n };
  private locks: Record<Token, bigint> = { STX: 0n, sBTC: 0n };

  mine(blocks = 1) {
    this.height += blocks;
  }

  timeOf(height: number): number {
    return 1_800_000_000 + height * 10;
  }

  /** The counters of a token after an amount came in, or left. */
  move(token: Token, amount: bigint) {
    this.balances[token] += amount;
    return { token, balance: this.balances[token], locked: 0n, sequence: BigInt(this.events.length + 1) };
  }

  deposit(depositor: string, token: Token, amount: bigint, reference: bigint) {
    this.add({ kind: "deposit", depositor, reference, amount, ...this.move(token, amount) });
  }

  withdraw(withdrawer: string, token: Token, amount: bigint, authorizationId: bigint) {
    this.add({ kind: "withdrawal", withdrawer, authorizationId, amount, ...this.move(token, -amount) });
  }

  revoke(authorizationId: bigint) {
    this.add({ kind: "revocation", authorizationId, sequence: BigInt(this.events.length + 1) });
  }

  /** An event that a test writes out itself; `amount` moves the balance as its kind says. Its locks are counted here. */
  add(event: VaultEvent) {
    if ("token" in event) {
      this.locks[event.token] += lockChange(event);
      event.locked = this.locks[event.token];
    }
    const n = this.events.length + 1;
    this.events.push({
      txId: `0x${n.toString(16).padStart(64, "0")}`,
      eventIndex: 1,
      blockHeight: this.height,
      blockHash: `0xb${this.height}`,
      blockTime: this.timeOf(this.height),
      event,
    });
  }

  control(name: string) {
    this.add({ kind: "control", name, sequence: BigInt(this.events.length + 1) });
  }

  /** Takes the last n events back, as a reorganisation does. */
  orphan(n: number) {
    for (const { event } of this.events.splice(-n)) {
      if (!("token" in event)) continue;
      this.balances[event.token] -= balanceChange(event);
      this.locks[event.token] -= lockChange(event);
    }
  }

  private mark(height: number) {
    return { height, hash: `0xb${height}`, burnHeight: height, time: this.timeOf(height) };
  }

  /** The hash of the block that holds an event of this chain. */
  blockOf(sequence: bigint): string | undefined {
    return this.events[Number(sequence) - 1]?.blockHash;
  }

  /** A look at the events behind a sequence; as the real one, it brings at most a hundred. */
  observation(after: bigint): Observation {
    const accounts = (["STX", "sBTC"] as const).map((token) => ({
      token,
      held: this.balances[token] + this.surplus[token],
      balance: this.balances[token],
      locked: this.locks[token],
      withdrawalCap: this.cap,
      settlementCap: this.settlementCap,
      usedByWindow: 0n,
      drainedAt: 0n,
    }));
    return {
      tip: this.mark(this.height),
      final: this.mark(this.height - this.finality),
      sequence: BigInt(this.events.length),
      paused: this.paused,
      guardian: this.guardian,
      accounts,
      after,
      events: this.events.filter(({ event }) => event.sequence > after).slice(0, 100),
    };
  }
}

/** Cycles of the sync loop over what the paper vault shows now, until nothing is left to do at once. */
export async function sync(backend: Backend, vault: PaperVault) {
  const lease = await leaseOf(backend);
  for (let isDone = false; !isDone; ) {
    const from = await backend.query(internal.sync.loop.start, { lease });
    if (from.kind === "halted") return;
    const observation = from.kind === "look" ? await look(backend, vault, from) : null;
    ({ isDone } = await backend.mutation(internal.sync.loop.finishCycle, { lease, observation }));
  }
}

/** Starts behind what was seen and still stands on the paper, found as a look finds it on a chain. */
async function look(
  backend: Backend,
  vault: PaperVault,
  { newest, booked }: { newest: { sequence: bigint; hash: string } | null; booked: bigint },
): Promise<Observation> {
  const stands = (rung: { sequence: bigint; hash: string }) => vault.blockOf(rung.sequence) === rung.hash;
  if (!newest) return vault.observation(booked);
  if (stands(newest)) return vault.observation(newest.sequence);
  const { rungs, floor } = await backend.query(internal.sync.loop.ladder, {});
  const standing = rungs.find(stands);
  if (standing || floor <= booked) return vault.observation(standing?.sequence ?? floor);
  return { ...vault.observation(floor), events: [], isStepBack: true };
}

/** The lease of the sync loop, which a test may start by this. */
export function leaseOf(backend: Backend): Promise<string> {
  return backend.run(async (ctx) => {
    const row = await ctx.db.query("syncLoop").unique();
    if (row) return row.lease;
    const idle = { dueAt: 0, failures: 0, lastError: null, isWoken: false, behindSince: null, doubts: 0 };
    await ctx.db.insert("syncLoop", { lease: "test", ...idle });
    return "test";
  });
}

export async function apply(backend: Backend, observation: Observation) {
  const lease = await leaseOf(backend);
  await backend.mutation(internal.sync.loop.finishCycle, { lease, observation });
}

/** Mines until everything so far is final, and applies it. */
export async function settle(backend: Backend, vault: PaperVault) {
  vault.mine(vault.finality);
  await sync(backend, vault);
}

export function as(backend: Backend, address: string) {
  return backend.withIdentity({ subject: address, issuer: testEnvironment.AUTH_ISSUER });
}
