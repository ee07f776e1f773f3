/** Committing capital: the tiers compared, what a crash would do, and, for whoever is signed in, the deposit itself. */
import { type ReactNode, useEffect } from "react";
import { useLocation, useSearch } from "wouter";
import { TOKENS } from "../../domain/tokens";
import { SignedIn, useVisitor } from "../account/AccountProvider";
import { readTyped } from "../amounts/typing";
import type { PageProps } from "../routes";
import { CrashSimulator } from "../simulator/CrashSimulator";
import { useHindranceOf } from "../status/useService";
import { TierTable } from "../tiers/TierComparison";
import { type TierView, useTiers } from "../tiers/useTiers";
import { SentCard } from "../transactions/SentCard";
import { Live } from "../ui/Live";
import { Notice } from "../ui/Notice";
import { Page } from "../ui/Page";
import { Segments } from "../ui/Segments";
import { useDraft } from "../ui/useDraft";
import { DepositForm } from "./DepositForm";
import styles from "./deposit.module.css";
import { type DepositDraft, editDeposit, emptyDeposit } from "./depositDraft";
import { prefilled } from "./prefill";

/** As it was left, with what the link to this page says: once, so that it does not undo what is chosen after it. */
function useDepositDraft() {
  const query = useSearch();
  const [path, navigate] = useLocation();
  const [draft, setDraft] = useDraft("deposit", emptyDeposit);
  const edit = (part: Partial<DepositDraft>) => setDraft((last) => editDeposit(last, part));
  useEffect(() => {
    if (query === "") return;
    setDraft((last) => prefilled(last, new URLSearchParams(query)));
    navigate(path, { replace: true });
  }, [query, path, navigate, setDraft]);
  return { draft, edit };
}

function Choice({
  draft,
  edit,
  children,
}: {
  draft: DepositDraft;
  edit(part: Partial<DepositDraft>): void;
  children(view: TierView): ReactNode;
}) {
  const { token, tier } = draft;
  return (
    <div className={styles.choice}>
      <Segments legend="Token" options={TOKENS} value={token} onChange={(chosen) => edit({ token: chosen })} />
      <Live state={useTiers()} what="the tiers">
        {(views) => {
          const tiers = views.filter((view) => view.token === token);
          const chosen = tiers.find((view) => view.tier === tier);
          return (
            <div className={styles.choice}>
              <fieldset>
                <legend>Tier</legend>
                <TierTable token={token} tiers={tiers} chosen={tier} onChoose={(next) => edit({ tier: next })} />
              </fieldset>
              {chosen && children(chosen)}
            </div>
          );
        }}
      </Live>
    </div>
  );
}

export default function DepositPage({ config }: PageProps) {
  const visitor = useVisitor();
  const stopped = useHindranceOf("commit");
  const { draft, edit } = useDepositDraft();
  const read = readTyped(draft.amountText, draft.token);
  const { token, tier } = draft;
  return (
    <Page
      title="Deposit"
      intro="Your capital stands behind puts that others buy. You earn their premiums; when the price falls below a strike, you pay."
    >
      {visitor && <SignedIn config={config}>{null}</SignedIn>}
      <section className="card" aria-labelledby="deposit">
        <h2 id="deposit">Deposit</h2>
        {stopped && <Notice tone="warning" title={stopped} />}
        <Choice draft={draft} edit={edit}>
          {(view) =>
            visitor ? (
              <DepositForm draft={draft} onEdit={edit} view={view} />
            ) : (
              <p className="hint">Sign in below to deposit. What you choose here is kept.</p>
            )
          }
        </Choice>
      </section>
      {visitor && <SentCard title="Your deposits" of={["deposit"]} />}
      {!visitor && <SignedIn config={config}>{null}</SignedIn>}
      <CrashSimulator token={token} tier={tier} amount={read.ok ? read.value : null} />
    </Page>
  );
}
