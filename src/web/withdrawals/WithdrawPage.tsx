/** Taking capital out: which position, what can leave it, and how far the payment has come. */
import { useEffect, useId, useRef } from "react";
import { Link, useLocation, useSearch } from "wouter";
import { SignedIn } from "../account/AccountProvider";
import { readableAmount } from "../amounts/typing";
import type { PortfolioData } from "../portfolio/portfolioData";
import { usePortfolio } from "../portfolio/usePortfolio";
import type { PageProps } from "../routes";
import { useHindranceOf } from "../status/useService";
import { SentCard } from "../transactions/SentCard";
import { Empty } from "../ui/Empty";
import { Live } from "../ui/Live";
import { Notice } from "../ui/Notice";
import { Page } from "../ui/Page";
import { useDraft } from "../ui/useDraft";
import { WithdrawalForm } from "./WithdrawalForm";
import { chosenBy, EMPTY_WITHDRAWAL, keyOf } from "./withdrawalDraft";
import styles from "./withdrawals.module.css";

/** As it was left, with what the link to this page chooses: once, so that it does not undo what is chosen after it. */
function useWithdrawalDraft() {
  const query = useSearch();
  const [path, navigate] = useLocation();
  const [draft, setDraft] = useDraft("withdrawal", EMPTY_WITHDRAWAL);
  useEffect(() => {
    if (query === "") return;
    const chosen = chosenBy(new URLSearchParams(query));
    if (chosen) setDraft({ chosen, amountText: "" });
    navigate(path, { replace: true });
  }, [query, path, navigate, setDraft]);
  return [draft, setDraft] as const;
}

function Own({ positions, openWithdrawals, suspense }: PortfolioData) {
  const id = useId();
  const [draft, setDraft] = useWithdrawalDraft();
  const held = positions.filter(({ total }) => total > 0n);
  // What is typed belongs to a position, even if another one comes to stand before it.
  const position = held.find((known) => keyOf(known) === draft.chosen) ?? held[0];
  if (!position) {
    return (
      <Empty
        action={
          <Link href={suspense.length > 0 ? "/portfolio" : "/deposit"}>
            {suspense.length > 0 ? "To your portfolio" : "Make a deposit"}
          </Link>
        }
      >
        {suspense.length > 0
          ? "No tier has capital of yours. What stands in your suspense is taken out in your portfolio."
          : "There is nothing to withdraw yet."}
      </Empty>
    );
  }
  const chosen = keyOf(position);
  const open = openWithdrawals.find(({ tier, token }) => tier !== null && keyOf({ tier, token }) === chosen) ?? null;
  return (
    <div className={styles.card}>
      <div className="field">
        <label htmlFor={id}>Position</label>
        <select id={id} value={chosen} onChange={(event) => setDraft({ chosen: event.target.value, amountText: "" })}>
          {held.map((known) => (
            <option key={keyOf(known)} value={keyOf(known)}>
              {known.tier}, {readableAmount(known.total, known.token)} {known.token}
            </option>
          ))}
        </select>
      </div>
      <WithdrawalForm
        key={chosen}
        position={position}
        open={open}
        amountText={draft.amountText}
        onText={(amountText) => setDraft({ chosen, amountText })}
      />
    </div>
  );
}

/** A session that has ended reads nothing; what was known stays on the page until the next one. */
function useKeptPortfolio() {
  const portfolio = usePortfolio();
  const kept = useRef<typeof portfolio | null>(null);
  if (portfolio.status === "success") kept.current = portfolio;
  return portfolio.status === "pending" && kept.current ? kept.current : portfolio;
}

function Withdrawals() {
  const stopped = useHindranceOf("withdraw");
  const portfolio = useKeptPortfolio();
  return (
    <>
      <section className="card" aria-labelledby="withdraw">
        <h2 id="withdraw">Withdraw</h2>
        {stopped && <Notice tone="warning" title={stopped} />}
        <Live state={portfolio} what="your positions">
          {(data) => <Own {...data} />}
        </Live>
      </section>
      <SentCard title="Your withdrawals" of={["withdrawal", "suspenseWithdrawal"]} />
    </>
  );
}

export default function WithdrawPage({ config }: PageProps) {
  return (
    <Page title="Withdraw" intro="The contract pays what is free to you, and to nobody else.">
      <SignedIn config={config}>
        <Withdrawals />
      </SignedIn>
    </Page>
  );
}
