/** The dialog that puts surplus into insurance. */
import { useState } from "react";
import { formatAmount, type Token } from "../../../domain/tokens";
import { Amount } from "../../amounts/Amount";
import { ActDialog } from "../acts/ActDialog";
import { useOperator } from "../acts/operator";
import { TypedField } from "../acts/TypedField";
import { problemOf, typedAmount } from "../acts/typedAmount";

interface AssignSurplusProps {
  max: bigint;
  token: Token;
  close(): void;
  onDone(): void;
}

export function AssignSurplus({ max, token, close, onDone }: AssignSurplusProps) {
  const { perform } = useOperator();
  const [text, setText] = useState(formatAmount(max, token));
  const amount = typedAmount(text, token, { max, whose: "The vault has counted" });
  return (
    <ActDialog
      act="assignSurplus"
      title="Assign surplus to insurance"
      button="Assign it"
      missing={amount.kind === "wrong" ? amount.problem : null}
      onClose={close}
      onDone={onDone}
      perform={async (reason) => {
        if (amount.kind === "wrong") throw new Error(amount.problem);
        await perform("assignSurplus", { token, amount: amount.value, reason });
        return (
          <>
            <Amount of={amount.value} token={token} /> belong to insurance.
          </>
        );
      }}
    >
      <TypedField
        label="Amount"
        unit={token}
        text={text}
        hint={`At most ${formatAmount(max, token)} ${token}.`}
        problem={problemOf(amount, text)}
        onText={setText}
      />
    </ActDialog>
  );
}
