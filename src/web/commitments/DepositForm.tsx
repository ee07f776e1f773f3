/** Committing capital: which token, into which tier, how much. */
import { useAction } from "convex/react";
import { useState } from "react";
import { api } from "../../../convex/_generated/api";
import { MINIMUM_POSITION, TIERS } from "../../domain/tiers";
import { formatAmount, TOKENS } from "../../domain/tokens";
import { useAccount } from "../account/AccountProvider";
import { AmountField } from "../amounts/AmountField";
import { readableAmount } from "../amounts/typing";
import { Problem } from "../refusals/Problem";
import { ReviewDialog } from "../transactions/ReviewDialog";
import { useSubmission } from "../transactions/useSubmission";
import { checkDeposit, type DepositDraft, maximumDeposit } from "./depositDraft";

function emptyDraft(): DepositDraft {
  return { token: "STX", tier: "Conservative", amountText: "", idempotencyKey: crypto.randomUUID() };
}

export function DepositForm() {
  const { balances: known, hindrance } = useAccount();
  const balances = known.kind === "loading" ? null : known.balances;
  const [draft, setDraft] = useState(emptyDraft);
  const edit = (part: Partial<DepositDraft>) => {
    setDraft((last) => ({ ...last, ...part, idempotencyKey: crypto.randomUUID() }));
    submission.close();
  };
  const submission = useSubmission(() => edit({ amountText: "" }));
  const requestCommitCapital = useAction(api.liquidity.requestCommitCapital);

  const { token, tier, amountText, idempotencyKey } = draft;
  const balance = balances?.[token] ?? null;
  const checked = checkDeposit(draft, balance);
  const minimum = readableAmount(MINIMUM_POSITION[token], token);
  const inWallet = balance === null ? "" : ` Your wallet holds ${readableAmount(balance, token)} ${token}.`;
  const { state } = submission;

  return (
    <section className="card" aria-labelledby="deposit">
      <h2 id="deposit">Deposit</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!checked.ok || hindrance) return;
          const request = { token, tier, amount: checked.value, idempotencyKey };
          void submission.begin({ action: "deposit", token, tier, amount: checked.value }, async () => {
            const { transaction } = await requestCommitCapital(request);
            return transaction;
          });
        }}
      >
        <fieldset className="segments">
          <legend>Token</legend>
          {TOKENS.map((name) => (
            <label key={name}>
              <input type="radio" name="token" checked={name === token} onChange={() => edit({ token: name })} />
              <span>{name}</span>
            </label>
          ))}
        </fieldset>
        <fieldset className="segments">
          <legend>Tier</legend>
          {TIERS.map((name) => (
            <label key={name}>
              <input type="radio" name="tier" checked={name === tier} onChange={() => edit({ tier: name })} />
              <span>{name}</span>
            </label>
          ))}
        </fieldset>
        <AmountField
          text={amountText}
          token={token}
          refusal={checked.ok ? null : checked.refusal}
          hint={`At least ${minimum} ${token}.${inWallet}`}
          onText={(text) => edit({ amountText: text })}
          onMaximum={
            balance === null
              ? undefined
              : () => edit({ amountText: formatAmount(maximumDeposit(token, balance), token) })
          }
        />
        <Problem explanation={state.kind === "idle" ? state.problem : null} />
        <button type="submit" disabled={!checked.ok || hindrance !== null || state.kind !== "idle"}>
          {hindrance ?? (state.kind === "requesting" ? "Preparing …" : "Review deposit")}
        </button>
      </form>
      <ReviewDialog submission={submission} />
    </section>
  );
}
