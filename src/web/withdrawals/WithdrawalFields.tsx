/** The amount of a withdrawal, judged by what can leave: as it is typed, and anew with each answer. */
import type { ReactNode } from "react";
import type { Tier } from "../../domain/tiers";
import { formatAmount, type Token } from "../../domain/tokens";
import { AmountField } from "../amounts/AmountField";
import { readableAmount } from "../amounts/typing";
import { Busy } from "../ui/Busy";
import { checkWithdrawalDraft, type Quote } from "./withdrawalDraft";
import styles from "./withdrawals.module.css";

export interface WithdrawalFieldsProps {
  position: { tier: Tier; token: Token };
  amountText: string;
  /** Null: not known now. */
  quote: Quote | null;
  hindrance: string | null;
  isBusy: boolean;
  problem: ReactNode;
  onText(text: string): void;
  onSubmit(amount: bigint): void;
}

function hintOf({ max, total, minimumPosition }: Quote, token: Token): string {
  const most = `At most ${readableAmount(max, token)} ${token}.`;
  if (max === 0n) return "Nothing can leave now.";
  return total <= minimumPosition
    ? most
    : `${most} Leave nothing, or at least ${readableAmount(minimumPosition, token)} ${token}.`;
}

export function WithdrawalFields(props: WithdrawalFieldsProps) {
  const { position, amountText, quote, hindrance, isBusy, problem, onText, onSubmit } = props;
  const { tier, token } = position;
  const checked = quote && checkWithdrawalDraft(amountText, token, quote);
  return (
    <form
      className={styles.fields}
      onSubmit={(event) => {
        event.preventDefault();
        if (checked?.ok && !hindrance && !isBusy) onSubmit(checked.value);
      }}
    >
      <AmountField
        text={amountText}
        token={token}
        refusal={checked && !checked.ok ? checked.refusal : null}
        hint={quote ? hintOf(quote, token) : ""}
        onText={onText}
        onMaximum={quote && quote.max > 0n ? () => onText(formatAmount(quote.max, token)) : undefined}
      />
      <p className="hint">
        The amount is reserved and signed for you. Your wallet then sends one call, <code>withdraw-funds</code>, which
        pays you and nobody else, once, within the hour. Unsent, it returns to {tier}.
      </p>
      {problem}
      <button type="submit" disabled={!checked?.ok || hindrance !== null || isBusy}>
        <Busy isBusy={isBusy} words="Preparing …">
          {hindrance ?? "Review withdrawal"}
        </Busy>
      </button>
    </form>
  );
}
