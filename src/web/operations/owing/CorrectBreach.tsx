/** The dialog that takes a breach off what its taker has. */
import { useState } from "react";
import { TIERS, type Tier } from "../../../domain/tiers";
import { formatAmount } from "../../../domain/tokens";
import { Amount } from "../../amounts/Amount";
import { Segments } from "../../ui/Segments";
import { ActDialog } from "../acts/ActDialog";
import { useOperator } from "../acts/operator";
import { TypedField } from "../acts/TypedField";
import { problemOf, typedAmount } from "../acts/typedAmount";
import type { PrincipalAmount } from "../answers";
import style from "../operations.module.css";

const SUSPENSE = "Its suspense";
const SOURCES = [...TIERS, SUSPENSE] as const;

interface CorrectBreachProps {
  breach: PrincipalAmount;
  close(): void;
  onDone(): void;
}

export function CorrectBreach({ breach, close, onDone }: CorrectBreachProps) {
  const { principal, token, amount: owed } = breach;
  const { perform } = useOperator();
  const [source, setSource] = useState<Tier | typeof SUSPENSE>("Balanced");
  const [text, setText] = useState(formatAmount(owed, token));
  // One dialog is one correction, however often its answer is lost on the way.
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const amount = typedAmount(text, token, { max: owed, whose: "It owes" });
  return (
    <ActDialog
      act="correctBreach"
      title="Correct a breach"
      button="Take it off"
      word={principal.slice(-5)}
      missing={amount.kind === "wrong" ? amount.problem : null}
      onClose={close}
      onDone={onDone}
      perform={async (reason) => {
        if (amount.kind === "wrong") throw new Error(amount.problem);
        const from = source === SUSPENSE ? {} : { tier: source };
        const asked = { principal, token, amount: amount.value, reason, idempotencyKey, ...from };
        const { breach: left } = await perform("correctBreach", asked);
        return (
          <>
            {principal} owes <Amount of={left} token={token} /> now.
          </>
        );
      }}
    >
      <dl className={style.facts}>
        <dt>Address</dt>
        <dd>
          <code>{principal}</code>
        </dd>
        <dt>Owes</dt>
        <dd>
          <Amount of={owed} token={token} />
        </dd>
      </dl>
      <Segments legend="Take it from" options={SOURCES} value={source} onChange={setSource} />
      <TypedField
        label="Amount"
        unit={token}
        text={text}
        hint={`At most ${formatAmount(owed, token)} ${token}, and what is free there.`}
        problem={problemOf(amount, text)}
        onText={setText}
      />
    </ActDialog>
  );
}
