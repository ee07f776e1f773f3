/** What tests of health do again and again: providers of one tier, a policy behind them, and a market that falls. */
import { internal } from "../../convex/_generated/api";
import type { Id } from "../../convex/_generated/dataModel";
import { UNDERLYING_OF, type Underlying } from "../../src/domain/policies";
import type { Tier } from "../../src/domain/tiers";
import { DAY, Desk, PRICE, type Wanted } from "./policyDesk";

export const CAROL = "ST2JHG361ZXG51QTKY2NQCVBPPRRE2KZB1HR05NNC";
export const DAVE = "ST2NEB84ASENDXKYGJPQW86YXQCEFEX2ZQPG87ND";

/** Blocks of the vault on paper within an hour. */
export const HOUR = DAY / 24;

export class Market {
  readonly #ran = new Set<Id<"_scheduled_functions">>();

  private constructor(
    readonly desk: Desk,
    readonly tier: Tier,
    readonly underlying: Underlying,
  ) {}

  static async open(tier: Tier = "Aggressive", underlying: Underlying = "BTC"): Promise<Market> {
    return new Market(await Desk.open(), tier, underlying);
  }

  get token() {
    return this.underlying === "BTC" ? ("sBTC" as const) : ("STX" as const);
  }

  deposited(who: string, amount: bigint) {
    return this.desk.scene.deposited(who, amount, { token: this.token, tier: this.tier });
  }

  /** At the market's price before it falls, for ten days. */
  wanted(more: Partial<Wanted> = {}): Wanted {
    return this.desk.wanted(this.underlying, this.tier, more);
  }

  async bought(more: Partial<Wanted> = {}): Promise<bigint> {
    await this.desk.price(this.underlying);
    return this.desk.bought(this.wanted(more));
  }

  /** A price of so many per mille of what it was, and all that follows from it. */
  async falls(perMille: number): Promise<bigint> {
    const price = (PRICE[this.underlying] * BigInt(perMille)) / 1_000n;
    await this.moves(price);
    return price;
  }

  async moves(price: bigint) {
    await this.desk.price(this.underlying, price);
    await this.settle();
  }

  /** Runs what health has scheduled, and what that schedules; nothing else. */
  async settle() {
    for (let runs = 0; runs < 500; runs++) {
      const waiting = await this.#waiting();
      if (!waiting) return;
      this.#ran.add(waiting._id);
      const args = waiting.args[0];
      if (waiting.name.includes("transfers")) await this.desk.backend.mutation(internal.health.transfers.next, args);
      else await this.desk.backend.mutation(internal.health.monitor.run, args);
    }
    throw new Error("What health schedules does not end");
  }

  async #waiting() {
    const jobs = await this.desk.backend.run((ctx) => ctx.db.system.query("_scheduled_functions").collect());
    return jobs.find(({ _id, name }) => /health\/(monitor|transfers)/.test(name) && !this.#ran.has(_id));
  }

  /** By the clock, without a new price. */
  async watch() {
    await this.desk.backend.mutation(internal.health.monitor.watch, {});
    await this.settle();
  }

  /** So many seconds of block time, with a price that stays. */
  async passes(seconds: number, price: bigint) {
    this.desk.vault.mine(Math.ceil(seconds / 10) - 1);
    await this.moves(price);
  }

  position(who: string) {
    return this.desk.position(who, { underlying: this.underlying, tier: this.tier });
  }

  /** The row of health of a provider's position; null where it backs nothing. */
  row(who: string) {
    return this.desk.backend.run(async (ctx) => {
      for await (const row of ctx.db.query("health")) {
        const position = await ctx.db.get("positions", row.positionId);
        if (position?.provider === who && UNDERLYING_OF[row.token] === this.underlying) return row;
      }
      return null;
    });
  }

  changes() {
    return this.desk.backend.run(async (ctx) =>
      (await ctx.db.query("healthChanges").take(100)).map(({ from, to }) => `${from} -> ${to}`),
    );
  }

  /** Of its health, the oldest first. */
  told(who: string) {
    return this.desk.backend.run(async (ctx) => {
      const rows = await ctx.db
        .query("notifications")
        .withIndex("by_provider", (q) => q.eq("provider", who))
        .take(100);
      return rows.map(({ kind }) => kind).filter((kind) => kind.startsWith("health."));
    });
  }
}
