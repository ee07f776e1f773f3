/** Taking capital out of one position: what can leave, how much of it, and the way to a sent transaction. */
import { useAction } from "convex/react";
import { useState } from "react";
import { api } from "../../../convex/_generated/api";
import { useAccount } from "../account/AccountProvider";
import type { PortfolioData, Position } from "../portfolio/portfolioData";
import { useTokenPrices } from "../prices/usePrices";
import { type Explanation, explain } from "../refusals/explain";
import { Problem } from "../refusals/Problem";
import { useHindranceOf } from "../status/useService";
import { ReviewDialog } from "../transactions/ReviewDialog";
import { isSettled, type SentTransaction } from "../transactions/transaction";
import { useSubmission } from "../transactions/useSubmission";
import { OpenWithdrawal } from "./OpenWithdrawal";
import { QuoteFacts } from "./QuoteFacts";
import { useWithdrawalQuote } from "./useWithdrawalQuote";
import { WithdrawalFields } from "./WithdrawalFields";
import styles from "./withdrawals.module.css";

type Open = PortfolioData["openWithdrawals"][number];

interface WithdrawalFormProps {
  position: Position;
  /** Of this position; null: none. */
  open: Open | null;
  amountText: string;
  onText(text: string): void;
}

function useCancel() {
  const cancelWithdrawal = useAction(api.liquidity.cancelWithdrawal);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Explanation | null>(null);
  const cancel = async (withdrawalId: Open["withdrawalId"]) => {
    setBusy(true);
    setProblem(null);
    await cancelWithdrawal({ withdrawalId }).catch((error: unknown) => setProblem(explain(error)));
    setBusy(false);
  };
  return { cancel, isBusy, problem };
}

const isSameMoney = (sent: SentTransaction, { tier, token }: Position, open: Open) =>
  sent.action === "withdrawal" && sent.tier === tier && sent.token === token && sent.amount === open.amount;

export function WithdrawalForm({ position, open, amountText, onText }: WithdrawalFormProps) {
  const { hindrance, transactions } = useAccount();
  const stopped = useHindranceOf("withdraw");
  const prices = useTokenPrices();
  const { tier, token, total, available, reserved, locked, onHold } = position;
  const { state: quoted, lookAgain } = useWithdrawalQuote(
    position,
    [total, available, reserved, locked, onHold, stopped, open?.status].join(),
  );
  const requestWithdrawal = useAction(api.liquidity.requestWithdrawal);
  const cancelling = useCancel();
  const submission = useSubmission(() => onText(""));
  const { state } = submission;
  const begin = (amount: bigint) =>
    void submission.begin({ action: "withdrawal", token, tier, amount }, async () => {
      const { transaction } = await requestWithdrawal({ token, tier, amount });
      return transaction;
    });
  const blocked = hindrance ?? (stopped === null ? null : "Withdrawals are stopped");
  const isOnItsWay = (sent: SentTransaction) => open !== null && !isSettled(sent) && isSameMoney(sent, position, open);
  const problem = <Problem explanation={(state.kind === "idle" && state.problem) || cancelling.problem} />;
  return (
    <>
      {open ? (
        <>
          <OpenWithdrawal
            withdrawal={open}
            isOnItsWay={transactions.some(isOnItsWay)}
            hindrance={blocked}
            isBusy={state.kind === "requesting" || cancelling.isBusy}
            onFinish={() => begin(open.amount)}
            onCancel={() => void cancelling.cancel(open.withdrawalId)}
          />
          {problem}
        </>
      ) : (
        <div className={styles.form}>
          <WithdrawalFields
            position={position}
            amountText={amountText}
            quote={quoted.kind === "known" ? quoted.quote : null}
            hindrance={blocked}
            isBusy={state.kind === "requesting"}
            problem={problem}
            onText={(text) => {
              onText(text);
              submission.close();
            }}
            onSubmit={begin}
          />
          <QuoteFacts position={position} state={quoted} priceUsdMicros={prices[token]} onLook={lookAgain} />
        </div>
      )}
      <ReviewDialog submission={submission} />
    </>
  );
}
