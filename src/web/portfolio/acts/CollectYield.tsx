/** Makes what a position has earned its free capital. */
import { useState } from "react";
import { readableAmount } from "../../amounts/typing";
import { Problem } from "../../refusals/Problem";
import { Busy } from "../../ui/Busy";
import { useToast } from "../../ui/Toasts";
import { type Position, positionName } from "../portfolioData";
import { useAct } from "./useAct";
import type { Acts } from "./useActs";

interface CollectYieldProps {
  position: Pick<Position, "tier" | "token" | "accruedYield">;
  acts: Pick<Acts, "collect">;
  hindrance: string | null;
}

export function CollectYield({ position, acts, hindrance }: CollectYieldProps) {
  const { tier, token, accruedYield } = position;
  const [idempotencyKey, setKey] = useState(() => crypto.randomUUID());
  const act = useAct();
  const tell = useToast();
  const collect = () =>
    act.run(async () => {
      const amount = await acts.collect({ tier, token, idempotencyKey });
      setKey(crypto.randomUUID());
      tell(`${readableAmount(amount, token)} ${token} collected: it is available in ${positionName(position)}.`);
    });
  return (
    <>
      <button
        type="button"
        className="quiet"
        disabled={act.isBusy || hindrance !== null}
        title={hindrance ?? undefined}
        onClick={() => void collect()}
      >
        <Busy isBusy={act.isBusy} words="Collecting …">
          Collect {readableAmount(accruedYield, token)} {token}
        </Busy>
      </button>
      <Problem explanation={act.problem} />
    </>
  );
}
