/** A buyer's program: quote, request, pay the premium, exercise; and what becomes of a policy. */
import { api } from "../../../convex/_generated/api";
import { TOKEN_OF, type Underlying } from "../../domain/policies";
import type { Tier } from "../../domain/tiers";
import type { Person } from "./people";
import { say, show, showUsd, until } from "./say";

export interface Wish {
  underlying: Underlying;
  tier: Tier;
  strikeUsdMicros: bigint;
  /** Base units of the underlying's token. */
  quantity: bigint;
  /** Block time, ms. */
  expiresAt: number;
}

export class Bought {
  private constructor(
    readonly buyer: Person,
    readonly policyId: bigint,
    readonly wish: Wish,
  ) {}

  /** Asks for a quote, takes it, pays, and waits until the cover stands. */
  static async by(buyer: Person, wish: Wish): Promise<Bought> {
    const quote = await buyer.convex.query(api.policies.quotePolicy, { ...wish });
    const { policyId, premium, lock, coverage, transaction } = await buyer.convex.action(api.policies.requestPolicy, {
      ...wish,
      maxPremium: quote.premium,
    });
    await buyer.send(transaction);
    const bought = new Bought(buyer, policyId, wish);
    await bought.reaches("active");
    const token = TOKEN_OF[wish.underlying];
    const put = `${show(wish.quantity, token)} at ${showUsd(wish.strikeUsdMicros)} a ${wish.underlying}`;
    say(
      `  ${buyer.name} protects ${put} in ${wish.tier}: pays ${show(premium, token)}, ${show(lock, token)} of at most`,
    );
    say(`    ${show(coverage, token)} are locked on-chain for it.`);
    return bought;
  }

  policy() {
    return this.buyer.convex.query(api.policies.getPolicy, { policyId: this.policyId });
  }

  /** Waits until the policy has come to a status. */
  reaches(status: string) {
    return until(
      `the policy of ${this.buyer.name} is ${status}`,
      () => this.policy(),
      (policy) => policy.status === status,
    );
  }

  /** Waits until the payout is final on-chain, and says at which price and how much it was. */
  async settlesAt(): Promise<{ price: string; paid: string }> {
    const { outcome } = await this.reaches("settled");
    if (!outcome) throw new Error(`The settled policy of ${this.buyer.name} has no outcome.`);
    const { payout, missing, priceUsdMicros } = outcome;
    const token = TOKEN_OF[this.wish.underlying];
    const short = missing > 0n ? ` (${show(missing, token)} are missing)` : "";
    return { price: showUsd(priceUsdMicros), paid: `${show(payout - missing, token)}${short}` };
  }

  exercise() {
    return this.buyer.convex.action(api.policies.exercise, { policyId: this.policyId });
  }
}
