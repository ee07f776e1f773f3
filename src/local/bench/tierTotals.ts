/** What is in the tiers of the bench's population: the folds that the product keeps beside its positions and commitments. */
import type { WithoutSystemFields } from "convex/server";
import type { Doc } from "../../../convex/_generated/dataModel";
import { DEFAULT_TERMS, type Tier, utilization } from "../../domain/tiers";
import type { Token } from "../../domain/tokens";

type Key = { tier: Tier; token: Token };

export class TierTotals {
  readonly #metrics = new Map<string, WithoutSystemFields<Doc<"tierMetrics">>>();
  readonly #held = new Map<string, WithoutSystemFields<Doc<"tierCapacity">>>();

  get metrics() {
    return this.#metrics.values();
  }

  get held() {
    return this.#held.values();
  }

  /** A position more; what is locked of it stands behind one policy. */
  addPosition({ tier, token }: Key, amounts: { capital: bigint; locked: bigint }) {
    const key = `${tier}/${token}`;
    const before = this.#metrics.get(key);
    const capital = (before?.totalCapital_virtual ?? 0n) + amounts.capital;
    const locked = (before?.totalLocked_virtual ?? 0n) + amounts.locked;
    this.#metrics.set(key, {
      tierName: tier,
      token,
      totalCapital_virtual: capital,
      totalLocked_virtual: locked,
      utilization_estimate: utilization(locked, capital),
      providerCount: (before?.providerCount ?? 0) + 1,
      activePolicyCount: (before?.activePolicyCount ?? 0) + (amounts.locked > 0n ? 1 : 0),
      totalYieldAccrued_virtual: 0n,
      capacityLimit: DEFAULT_TERMS[tier][token].capacityLimit,
    });
  }

  /** Capacity that an open commitment holds. */
  hold({ tier, token }: Key, amount: bigint) {
    const key = `${tier}/${token}`;
    this.#held.set(key, { tier, token, held: (this.#held.get(key)?.held ?? 0n) + amount });
  }
}
