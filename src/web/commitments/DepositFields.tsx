/** The form of a deposit. What is typed is judged with every key and with every change of the facts: nothing is kept of it. */
import { type ReactNode, useId } from "react";
import { formatAmount } from "../../domain/tokens";
import { AmountField } from "../amounts/AmountField";
import type { WebConfig } from "../config";
import type { TierView } from "../tiers/useTiers";
import { Busy } from "../ui/Busy";
import { Notice } from "../ui/Notice";
import styles from "./deposit.module.css";
import {
  checkDeposit,
  type DepositDraft,
  type DepositFacts,
  depositDeadEnd,
  depositHint,
  depositLimit,
} from "./depositDraft";
import { checkDepositor } from "./depositor";
import { WhatHappens } from "./WhatHappens";

interface DepositorFieldProps {
  text: string;
  wrong: string | null;
  onText(text: string): void;
}

function DepositorField({ text, wrong, onText }: DepositorFieldProps) {
  const id = useId();
  return (
    <details className={styles.advanced} open={text !== "" || undefined}>
      <summary>Sent by another address</summary>
      <div className="field">
        <label htmlFor={id}>Address or contract that sends it</label>
        <input
          id={id}
          className={styles.text}
          autoComplete="off"
          spellCheck={false}
          placeholder="Yours, if left empty"
          value={text}
          aria-invalid={wrong !== null}
          aria-describedby={`${id}-hint`}
          onChange={(event) => onText(event.target.value)}
        />
        <p id={`${id}-hint`} className={wrong ? "hint wrong" : "hint"} aria-live="polite">
          {wrong ??
            "For an exchange, a contract or several signers. You get a reference that its call of deposit-funds has to carry; the capital counts as yours."}
        </p>
      </div>
    </details>
  );
}

export interface DepositFieldsProps {
  draft: DepositDraft;
  facts: DepositFacts;
  view: TierView;
  network: WebConfig["network"];
  /** Why nothing can be sent now, for the button's face; null if it can. */
  hindrance: string | null;
  isBusy: boolean;
  /** What went wrong with the last try. */
  problem: ReactNode;
  onTyped(typed: Partial<Pick<DepositDraft, "amountText" | "depositorText">>): void;
  onSubmit(amount: bigint, depositor: string | null): void;
}

export function DepositFields(props: DepositFieldsProps) {
  const { draft, facts, view, network, hindrance, isBusy, problem, onTyped, onSubmit } = props;
  const amount = checkDeposit(draft, facts);
  const depositor = checkDepositor(draft.depositorText, network);
  const limit = depositLimit(draft, facts);
  const deadEnd = depositDeadEnd(draft, facts);
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (amount.ok && depositor.ok && !hindrance && !isBusy) onSubmit(amount.value, depositor.value);
      }}
    >
      <div className={styles.fields}>
        {deadEnd && <Notice tone="warning" title={deadEnd} />}
        <AmountField
          text={draft.amountText}
          token={draft.token}
          refusal={amount.ok ? null : amount.refusal}
          hint={deadEnd ? "" : depositHint(draft, facts)}
          onText={(amountText) => onTyped({ amountText })}
          onMaximum={
            limit && !deadEnd ? () => onTyped({ amountText: formatAmount(limit.max, draft.token) }) : undefined
          }
        />
        <DepositorField
          text={draft.depositorText}
          wrong={depositor.ok ? null : depositor.refusal.message}
          onText={(depositorText) => onTyped({ depositorText })}
        />
        {problem}
        <button type="submit" disabled={!amount.ok || !depositor.ok || hindrance !== null || isBusy}>
          <Busy isBusy={isBusy} words="Preparing …">
            {hindrance ?? (depositor.ok && depositor.value !== null ? "Get the reference" : "Review deposit")}
          </Busy>
        </button>
      </div>
      <WhatHappens
        view={view}
        amount={amount.ok ? amount.value : null}
        isOwn={depositor.ok && depositor.value === null}
      />
    </form>
  );
}
