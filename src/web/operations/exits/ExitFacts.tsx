/** One exit, as it is read before it is decided. */
import { Amount } from "../../amounts/Amount";
import type { Exit } from "../answers";
import style from "../operations.module.css";

export function ExitFacts({ exit: { account, amount, token, recipient, reason } }: { exit: Exit }) {
  return (
    <dl className={style.facts}>
      <dt>From</dt>
      <dd>{account}</dd>
      <dt>Amount</dt>
      <dd>
        <Amount of={amount} token={token} />
      </dd>
      <dt>To</dt>
      <dd>
        <code>{recipient}</code>
      </dd>
      <dt>Asked for because</dt>
      <dd>{reason}</dd>
    </dl>
  );
}
