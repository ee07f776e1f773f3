/** The dialog in which what no commitment claims is taken out again. */
import { useForm, useWatch } from "react-hook-form";
import { formatAmount, type Token } from "../../../domain/tokens";
import { AmountField } from "../../amounts/AmountField";
import { amountResolver } from "../../amounts/amountResolver";
import { readableAmount } from "../../amounts/typing";
import type { Explanation } from "../../refusals/explain";
import { Problem } from "../../refusals/Problem";
import { Busy } from "../../ui/Busy";
import { checkSuspenseWithdrawal } from "./suspenseDraft";

interface WithdrawSuspenseProps {
  token: Token;
  /** What is not reserved, base units. */
  amount: bigint;
  isBusy: boolean;
  problem: Explanation | null;
  hindrance: string | null;
  onWithdraw(amount: bigint): void;
  onCancel(): void;
}

interface Draft {
  amountText: string;
}

export function WithdrawSuspense(props: WithdrawSuspenseProps) {
  const { token, amount, isBusy, problem, hindrance, onWithdraw, onCancel } = props;
  const all = formatAmount(amount, token);
  const check = ({ amountText }: Draft) => checkSuspenseWithdrawal(amountText, token, amount);
  const { control, formState, handleSubmit, setValue } = useForm<Draft>({
    ...{ defaultValues: { amountText: all }, mode: "onChange", resolver: amountResolver(check) },
  });
  const { amountText = "" } = useWatch({ control });
  const checked = check({ amountText });
  const error = formState.errors.amountText;
  const type = (text: string) => setValue("amountText", text, { shouldValidate: true });
  const submit = handleSubmit((values) => {
    const wanted = check(values);
    if (wanted.ok && hindrance === null) onWithdraw(wanted.value);
  });
  return (
    <form onSubmit={(event) => void submit(event)} aria-label="Withdraw from suspense" noValidate>
      <AmountField
        text={amountText}
        token={token}
        refusal={error ? { message: error.message ?? "" } : null}
        hint={`${readableAmount(amount, token)} ${token} is in suspense. No tier's terms apply to it.`}
        onText={type}
        onMaximum={() => type(all)}
      />
      <Problem explanation={problem} />
      <div className="actions">
        <button type="button" className="quiet" onClick={onCancel}>
          Close
        </button>
        <button type="submit" disabled={!checked.ok || hindrance !== null || isBusy}>
          <Busy isBusy={isBusy} words="Preparing …">
            {hindrance ?? "Review withdrawal"}
          </Busy>
        </button>
      </div>
    </form>
  );
}
