/** The signed-in provider's capital: sums, positions, what waits, and what no commitment claims. */
import { useState } from "react";
import { Link } from "wouter";
import { useAccount } from "../account/AccountProvider";
import type { TierView } from "../tiers/useTiers";
import { ReviewDialog } from "../transactions/ReviewDialog";
import { Card } from "../ui/Card";
import { Modal } from "../ui/Modal";
import { MoveCapital } from "./acts/MoveCapital";
import type { MoveSource } from "./acts/moveDraft";
import { useActs } from "./acts/useActs";
import { WithdrawSuspense } from "./acts/WithdrawSuspense";
import { Newcomer } from "./Newcomer";
import { OnItsWay } from "./OnItsWay";
import { PositionCard } from "./PositionCard";
import { PositionTable } from "./PositionTable";
import styles from "./portfolio.module.css";
import {
  isEmpty,
  isNewcomer,
  type PortfolioData,
  type PositionKey,
  positionName,
  type SuspenseRow,
} from "./portfolioData";
import { Summary } from "./Summary";
import { Suspense } from "./Suspense";
import type { TokenStandings } from "./sums";
import { useWithdrawals } from "./useWithdrawals";

type Open = { kind: "nothing" } | { kind: "move"; of: PositionKey } | { kind: "assign" | "withdraw"; of: SuspenseRow };

/** What the open form takes from, as the portfolio has it now; null where that is gone. */
function sourceOf(open: Open, { positions, suspense }: PortfolioData): MoveSource | null {
  if (open.kind === "nothing") return null;
  const { token } = open.of;
  if (open.kind === "move") {
    const position = positions.find((known) => known.tier === open.of.tier && known.token === token);
    return position ? { ...position, from: position.tier } : null;
  }
  const row = suspense.find((known) => known.token === token);
  return row ? { from: "suspense", token, available: row.amount, reserved: 0n, locked: 0n } : null;
}

interface PortfolioProps {
  portfolio: PortfolioData;
  /** Null while they are not known. */
  tiers: TierView[] | null;
  standings: TokenStandings;
}

export function Portfolio({ portfolio, tiers, standings }: PortfolioProps) {
  const { hindrance, transactions } = useAccount();
  const acts = useActs();
  const [open, setOpen] = useState<Open>({ kind: "nothing" });
  const close = () => setOpen({ kind: "nothing" });
  const withdrawals = useWithdrawals(close);
  const { submission, finish, fromSuspense } = withdrawals;
  const positions = portfolio.positions.filter((position) => !isEmpty(position));
  const source = sourceOf(open, portfolio);
  const isReviewing = submission.state.kind === "reviewing" || submission.state.kind === "sending";
  const problem = submission.state.kind === "idle" ? submission.state.problem : null;
  return (
    <>
      <Card title="Your capital" aside={<Link href="/history">History and statement</Link>}>
        {isNewcomer(portfolio) && <Newcomer />}
        {!isNewcomer(portfolio) && positions.length === 0 && (
          <p className="empty">No position yet: what is below is not in a tier.</p>
        )}
        {positions.length > 0 && (
          <>
            <Summary positions={positions} standings={standings} />
            <PositionTable positions={positions} standings={standings} />
          </>
        )}
      </Card>
      <OnItsWay
        {...{ portfolio, acts, transactions, hindrance }}
        problem={open.kind === "nothing" ? problem : null}
        onFinish={finish}
      />
      <Suspense
        rows={portfolio.suspense}
        standings={standings}
        onAssign={(of) => setOpen({ kind: "assign", of })}
        onWithdraw={(of) => {
          submission.close();
          setOpen({ kind: "withdraw", of });
        }}
      />
      {positions.length > 0 && (
        <div className={styles.positions}>
          {positions.map((position) => (
            <PositionCard
              key={positionName(position)}
              {...{ position, tiers, acts, hindrance }}
              standing={standings[position.token]}
              onMove={() => setOpen({ kind: "move", of: position })}
            />
          ))}
        </div>
      )}
      {(open.kind === "move" || open.kind === "assign") && source && tiers && (
        <MoveCapital key={`${source.from} ${source.token}`} {...{ source, tiers, acts }} onClose={close} />
      )}
      {open.kind === "withdraw" && source && (
        <Modal title={`Withdraw ${source.token} from suspense`} isOpen={!isReviewing} onClose={close}>
          <WithdrawSuspense
            token={source.token}
            amount={source.available}
            isBusy={submission.state.kind === "requesting"}
            problem={problem}
            hindrance={hindrance}
            onWithdraw={(amount) => fromSuspense(source.token, amount)}
            onCancel={close}
          />
        </Modal>
      )}
      <ReviewDialog submission={submission} />
    </>
  );
}
