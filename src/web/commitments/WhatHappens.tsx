/** What a deposit will do, step by step, before anything is asked for. */
import { COMMITMENT_SECONDS } from "../../domain/commitments";
import { readableAmount } from "../amounts/typing";
import { readableDuration } from "../amounts/words";
import type { TierView } from "../tiers/useTiers";
import styles from "./deposit.module.css";

interface WhatHappensProps {
  view: TierView;
  /** Null: not typed yet. */
  amount: bigint | null;
  isOwn: boolean;
}

export function WhatHappens({ view, amount, isOwn }: WhatHappensProps) {
  const { tier, token, terms } = view;
  const shown = amount === null ? "the amount" : `${readableAmount(amount, token)} ${token}`;
  const hold = terms.minimumHoldSeconds;
  return (
    <section className={styles.happens} aria-labelledby="what-happens">
      <h3 id="what-happens">What will happen</h3>
      <ol>
        <li>
          {tier} keeps room for {shown} for {readableDuration(COMMITMENT_SECONDS)}. You can cancel that.
        </li>
        <li>
          {isOwn ? "Your wallet signs" : "The sender signs"} one call, <code>deposit-funds</code> of exactly {shown} to
          the vault, and nothing else. Until a block has it, nothing has left {isOwn ? "you" : "the sender"}.
        </li>
        <li>Once the block is final it counts: it is available in your {tier} position, and may back policies.</li>
        <li>
          {hold === 0
            ? "What backs no policy can leave at any time."
            : `It stays in ${tier} for ${readableDuration(hold)} from then on, even for a move to another tier.`}
        </li>
      </ol>
    </section>
  );
}
