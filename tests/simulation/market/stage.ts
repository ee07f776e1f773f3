/** One episode of a market: a backend, the vault's chain and the prices beside it, and what was told to whom. */
import { ConvexError } from "convex/values";
import { vi } from "vitest";
import { UNDERLYINGS, type Underlying } from "../../../src/domain/policies";
import type { Tier } from "../../../src/domain/tiers";
import type { Token } from "../../../src/domain/tokens";
import { as, type Backend } from "../../convex/backend";
import type { Chain } from "../chain";
import { timeOf } from "../contract";
import { json } from "../json";
import type { Outcome } from "../stage";
import type { SignedTerms } from "../transactions";
import type { Rows } from "./rows";

/** What policies of an underlying are about in these episodes: a first price, and a quantity that is a lot. */
export const SIZE: Record<Underlying, { price: bigint; quantity: bigint }> = {
  BTC: { price: 40_000_000_000n, quantity: 100_000_000n },
  STX: { price: 800_000n, quantity: 1_000_000_000n },
};

/** As much as would pay a few of the largest policies at once. */
export const CAP = 4_000_000_000n;

/** A policy as its buyer was told it. */
export interface Told extends SignedTerms {
  /** The authoriser's, over these terms. */
  signature: string;
  underlying: Underlying;
  tier: Tier;
  strikeUsdMicros: bigint;
  quantity: bigint;
  /** The last accepted price when it was sold. */
  quotedAtUsdMicros: bigint;
  endsAt: number;
  exercisedAtMs: number | null;
}

/** A withdrawal as its provider was told it. */
export interface Granted {
  withdrawalId: string;
  provider: string;
  token: Token;
  amount: bigint;
  authorizationId: bigint;
  expiresAt: bigint;
  signature: string;
}

export interface Accepted {
  priceUsdMicros: bigint;
  publishedAtMs: number;
}

export class MarketStage {
  readonly story: string[] = [];
  /** What was asked, with "ok" or the refusal's code; and what else was seen to happen. */
  readonly met = new Set<string>();
  readonly sold: Told[] = [];
  readonly commitments: { commitmentId: string; provider: string; reference: bigint }[] = [];
  readonly withdrawn: Granted[] = [];
  /** By underlying, what two good sources agreed on, oldest first. */
  readonly prices: Record<Underlying, Accepted[]> = { BTC: [], STX: [] };
  /** Whether the sources agreed at the last look that told something. */
  readonly isTrusted: Record<Underlying, boolean> = { BTC: false, STX: false };
  /** The newest block that was final at a look that saw everything, and the tip then. */
  final = 0;
  tip = 0;
  /** Jobs that were run. */
  readonly done = new Set<string>();
  /** All rows after the last step. */
  before: Rows | null = null;
  /** Backings that were there before this step. */
  readonly backers = new Set<string>();
  /** By position in a margin call, the block time at which it was first seen in it. */
  private readonly called = new Map<string, number>();

  constructor(
    readonly backend: Backend,
    readonly chain: Chain,
  ) {}

  tell(line: string, facts: unknown) {
    this.story.push(`${line} ${json(facts)}`);
  }

  /** The clocks of the server and the chain go alike. */
  setClock() {
    vi.setSystemTime(timeOf(this.chain.height) * 1_000);
  }

  calledSince({ positions }: Rows): Map<string, number> {
    for (const { _id, healthStatus } of positions) {
      if (healthStatus !== "MarginCall") this.called.delete(_id);
      else if (!this.called.has(_id)) this.called.set(_id, timeOf(this.tip));
    }
    return this.called;
  }

  lastPrice(underlying: Underlying): Accepted | undefined {
    return this.prices[underlying].at(-1);
  }

  /** Asks a public function in somebody's name; null: in nobody's. */
  async ask<Value>(
    who: string | null,
    kind: "query" | "action",
    called: unknown,
    args: object,
  ): Promise<Outcome<Value>> {
    const caller = who === null ? this.backend : as(this.backend, who);
    return this.attempt(() => (caller[kind] as (called: unknown, args: object) => Promise<Value>)(called, args));
  }

  /** A refusal is an outcome, anything else a failure. */
  async attempt<Value>(run: () => Promise<Value>): Promise<Outcome<Value>> {
    try {
      return { ok: true, value: await run() };
    } catch (error) {
      if (!(error instanceof ConvexError)) throw error;
      return { ok: false, data: error.data };
    }
  }

  note(what: string, outcome: Outcome<unknown>) {
    this.met.add(`${what} ${outcome.ok ? "ok" : outcome.data.code}`);
  }
}

export function tokenOf(underlying: Underlying): Token {
  return underlying === "BTC" ? "sBTC" : "STX";
}

export { UNDERLYINGS };
