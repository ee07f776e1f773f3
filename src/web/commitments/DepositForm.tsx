/** The signed-in part of a deposit: what the wallet and the tier allow, and the way to a sent transaction. */
import { useAction, useQuery } from "convex/react";
import { useState } from "react";
import { api } from "../../../convex/_generated/api";
import { useAccount } from "../account/AccountProvider";
import { type Explanation, explain } from "../refusals/explain";
import { Problem } from "../refusals/Problem";
import { useHindranceOf } from "../status/useService";
import type { TierView } from "../tiers/useTiers";
import { ReviewDialog } from "../transactions/ReviewDialog";
import { useSubmission } from "../transactions/useSubmission";
import { DepositFields } from "./DepositFields";
import type { DepositDraft } from "./depositDraft";
import { type ForeignCommitment, ForeignDeposit } from "./ForeignDeposit";

interface DepositFormProps {
  draft: DepositDraft;
  onEdit(part: Partial<DepositDraft>): void;
  view: TierView;
}

/** A commitment for somebody else's deposit: nothing is signed here. */
function useForeignCommitment() {
  const requestCommitCapital = useAction(api.liquidity.requestCommitCapital);
  const [commitment, setCommitment] = useState<ForeignCommitment | null>(null);
  const [problem, setProblem] = useState<Explanation | null>(null);
  const [isBusy, setBusy] = useState(false);
  const request = async (asked: Omit<ForeignCommitment, "reference" | "expiresAt">, idempotencyKey: string) => {
    setBusy(true);
    setProblem(null);
    await requestCommitCapital({ ...asked, idempotencyKey }).then(
      ({ reference, expiresAt }) => setCommitment({ ...asked, reference, expiresAt }),
      (error: unknown) => setProblem(explain(error)),
    );
    setBusy(false);
  };
  return { commitment, problem, isBusy, request, close: () => setCommitment(null) };
}

export function DepositForm({ draft, onEdit, view }: DepositFormProps) {
  const { config, balances: known, hindrance } = useAccount();
  const stopped = useHindranceOf("commit");
  const requestCommitCapital = useAction(api.liquidity.requestCommitCapital);
  const room = useQuery(api.tiers.getRoom, { tier: draft.tier, token: draft.token });
  const foreign = useForeignCommitment();
  const submission = useSubmission(() => onEdit({ amountText: "" }));
  /** The draft that was tried last: what went wrong with it says nothing of another one. */
  const [tried, setTried] = useState<string | null>(null);

  const { token, tier, idempotencyKey } = draft;
  const balances = known.kind === "loading" ? null : known.balances;
  const facts = {
    minimum: view.terms.minimumPosition,
    balance: balances?.[token] ?? null,
    // What nobody's capital fills is the most until the exact room is known.
    room: view.terms.capacityLimit === null ? null : (room ?? view.capacityLeft),
  };
  const { state } = submission;
  const problem = (state.kind === "idle" && state.problem) || foreign.problem;
  const submit = (amount: bigint, depositor: string | null) => {
    setTried(idempotencyKey);
    if (depositor !== null) return void foreign.request({ token, tier, amount, depositor }, idempotencyKey);
    void submission.begin({ action: "deposit", token, tier, amount }, async () => {
      const { transaction } = await requestCommitCapital({ token, tier, amount, idempotencyKey });
      return transaction;
    });
  };
  return (
    <>
      {foreign.commitment && (
        <ForeignDeposit
          commitment={foreign.commitment}
          vaultContract={config.vaultContract}
          onDone={() => {
            foreign.close();
            onEdit({ amountText: "", depositorText: "" });
          }}
        />
      )}
      <DepositFields
        {...{ draft, facts, view }}
        network={config.network}
        hindrance={hindrance ?? (stopped === null ? null : "Deposits are stopped")}
        isBusy={state.kind === "requesting" || foreign.isBusy}
        problem={<Problem explanation={tried === idempotencyKey ? problem : null} />}
        onTyped={onEdit}
        onSubmit={submit}
      />
      <ReviewDialog submission={submission} />
    </>
  );
}
