/** Whether new policies may be put behind a position: its owner's switch. */
import { Switch } from "@base-ui/react/switch";
import { Problem } from "../../refusals/Problem";
import { Meaning } from "../explanations";
import { type Position, positionName } from "../portfolioData";
import styles from "./acts.module.css";
import { useAct } from "./useAct";
import type { Acts } from "./useActs";

interface AcceptPoliciesProps {
  position: Pick<Position, "tier" | "token" | "acceptingPolicies">;
  acts: Pick<Acts, "setAccepting">;
  hindrance: string | null;
}

export function AcceptPolicies({ position, acts, hindrance }: AcceptPoliciesProps) {
  const { acceptingPolicies } = position;
  const act = useAct();
  return (
    <div>
      <div className={styles.accepting}>
        <Switch.Root
          className={styles.switch}
          aria-label={`${positionName(position)} accepts new policies`}
          checked={acceptingPolicies}
          disabled={act.isBusy || hindrance !== null}
          onCheckedChange={(accepting) => void act.run(() => acts.setAccepting(position, accepting))}
        >
          <Switch.Thumb className={styles.thumb} />
        </Switch.Root>
        <span aria-hidden>{acceptingPolicies ? "Accepts new policies" : "Takes no new policies"}</span>
        <Meaning of="New policies" />
      </div>
      <Problem explanation={act.problem} />
    </div>
  );
}
