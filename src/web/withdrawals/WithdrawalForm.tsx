/** Taking capital out of a position. */
import { useAction } from "convex/react";
import { useId, useState } from "react";
import { api } from "../../../convex/_generated/api";
import { formatAmount } from "../../domain/tokens";
import { useAccount } from "../account/AccountProvider";
import { AmountField } from "../amounts/AmountField";
import { readableAmount } from "../amounts/typing";
import type { Position } from "../portfolio/Portfolio";
import { Problem } from "../refusals/Problem";
import { ReviewDialog } from "../transactions/ReviewDialog";
import { useSubmission } from "../transactions/useSubmission";
import { checkWithdrawalDraft, maximumWithdrawal } from "./withdrawalDraft";

function keyOf({ tier, token }: Position): string {
  return `${tier} ${token}`;
}

function hintOf({ available, reserved, token }: Position): string {
  const free = `${readableAmount(available, token)} ${token} is free to withdraw.`;
  if (reserved === 0n) return free;
  return `${free} ${readableAmount(reserved, token)} ${token} is reserved for a withdrawal that you requested: ask for that amount again to finish it.`;
}

export function WithdrawalForm({ positions }: { positions: Position[] }) {
  const { hindrance } = useAccount();
  const id = useId();
  const [chosen, setChosen] = useState<string | null>(null);
  const [amountText, setAmountText] = useState("");
  const submission = useSubmission(() => setAmountText(""));
  const requestWithdrawal = useAction(api.liquidity.requestWithdrawal);

  const position = positions.find((known) => keyOf(known) === chosen) ?? positions[0];
  const checked = position ? checkWithdrawalDraft(amountText, position) : null;
  const { state } = submission;
  // What is typed belongs to this position, even if another one comes to stand before it.
  const type = (text: string) => {
    if (position) setChosen(keyOf(position));
    setAmountText(text);
    submission.close();
  };

  return (
    <section className="card" aria-labelledby="withdraw">
      <h2 id="withdraw">Withdraw</h2>
      {!position && <p className="empty">There is nothing to withdraw yet.</p>}
      {position && checked && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (!checked.ok || hindrance) return;
            const { tier, token } = position;
            const request = { token, tier, amount: checked.value };
            void submission.begin({ action: "withdrawal", ...request }, async () => {
              const { transaction } = await requestWithdrawal(request);
              return transaction;
            });
          }}
        >
          <div className="field">
            <label htmlFor={id}>Position</label>
            <select id={id} value={keyOf(position)} onChange={(event) => setChosen(event.target.value)}>
              {positions.map((known) => (
                <option key={keyOf(known)} value={keyOf(known)}>
                  {known.tier}, {readableAmount(known.total, known.token)} {known.token}
                </option>
              ))}
            </select>
          </div>
          <AmountField
            text={amountText}
            token={position.token}
            refusal={checked.ok ? null : checked.refusal}
            hint={hintOf(position)}
            onText={type}
            onMaximum={() => type(formatAmount(maximumWithdrawal(position), position.token))}
          />
          <Problem explanation={state.kind === "idle" ? state.problem : null} />
          <button type="submit" disabled={!checked.ok || hindrance !== null || state.kind !== "idle"}>
            {hindrance ?? (state.kind === "requesting" ? "Preparing …" : "Review withdrawal")}
          </button>
        </form>
      )}
      <ReviewDialog submission={submission} />
    </section>
  );
}
