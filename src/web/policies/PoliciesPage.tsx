/** Buying protection, and what one has bought. */
import { useCallback } from "react";
import { SignedIn } from "../account/AccountProvider";
import type { PageProps } from "../routes";
import { Page } from "../ui/Page";
import { useDraft } from "../ui/useDraft";
import { AskCard } from "./AskCard";
import { MyPolicies } from "./MyPolicies";
import { FIRST_WISH, type WishDraft } from "./wish";

const INTRO =
  "A policy protects the price of what you hold, BTC or STX, for a time. It pays in the same coin, out of capital that the vault keeps locked until the policy has ended.";

export default function PoliciesPage({ config }: PageProps) {
  const [draft, setDraft] = useDraft<WishDraft>("policy", FIRST_WISH);
  const change = useCallback((part: Partial<WishDraft>) => setDraft((last) => ({ ...last, ...part })), [setDraft]);
  const showMine = () => document.getElementById("mine")?.scrollIntoView({ block: "start" });
  return (
    <Page title="Policies" intro={INTRO}>
      <AskCard draft={draft} onChange={change} onBought={showMine} />
      <div id="mine">
        <SignedIn config={config}>
          <MyPolicies />
        </SignedIn>
      </div>
    </Page>
  );
}
