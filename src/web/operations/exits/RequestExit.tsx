/** The dialog that asks for a payment out of insurance or fees. */
import { useState } from "react";
import { TOKENS, type Token } from "../../../domain/tokens";
import { TREASURY_ACCOUNTS, type TreasuryAccount } from "../../../domain/treasury";
import { readableTime } from "../../amounts/words";
import { Segments } from "../../ui/Segments";
import { ActDialog } from "../acts/ActDialog";
import { useOperator } from "../acts/operator";
import { TypedField } from "../acts/TypedField";
import { problemOf, typedAmount } from "../acts/typedAmount";
import style from "../operations.module.css";

export function RequestExit({ close, onDone }: { close(): void; onDone(): void }) {
  const { perform } = useOperator();
  const [account, setAccount] = useState<TreasuryAccount>("fees");
  const [token, setToken] = useState<Token>("STX");
  const [text, setText] = useState("");
  const amount = typedAmount(text, token);
  return (
    <ActDialog
      act="requestExit"
      title="Request an exit"
      button="Request it"
      missing={amount.kind === "wrong" ? amount.problem : null}
      onClose={close}
      onDone={onDone}
      perform={async (reason) => {
        if (amount.kind === "wrong") throw new Error(amount.problem);
        const asked = { account, token, amount: amount.value, reason };
        const { message, expiresAt } = await perform("requestExit", asked);
        return (
          <>
            <p>
              It waits for the guardian until {readableTime(expiresAt * 1_000)} of block time, who signs this message:
            </p>
            <pre className={style.message}>{message}</pre>
          </>
        );
      }}
    >
      <Segments legend="From" options={TREASURY_ACCOUNTS} value={account} onChange={setAccount} />
      <Segments legend="Token" options={TOKENS} value={token} onChange={setToken} />
      <TypedField
        label="Amount"
        unit={token}
        text={text}
        hint="What stands behind policies is not free; asking for too much tells how much is."
        problem={problemOf(amount, text)}
        onText={setText}
      />
    </ActDialog>
  );
}
