/** The tiers' terms and rules: what is in force, and for admins how it is changed. */
import { useQuery_experimental as useLiveQuery } from "convex/react";
import { useState } from "react";
import { api } from "../../../../convex/_generated/api";
import { TIERS, type Tier } from "../../../domain/tiers";
import { TOKENS, type Token } from "../../../domain/tokens";
import { Empty } from "../../ui/Empty";
import { Live } from "../../ui/Live";
import { Segments } from "../../ui/Segments";
import { PlaybookOf } from "../PlaybookOf";
import { RulesForm } from "./RulesForm";
import { TermsForm } from "./TermsForm";

export default function TierSettings() {
  const [tier, setTier] = useState<Tier>("Balanced");
  const [token, setToken] = useState<Token>("STX");
  const terms = useLiveQuery({ query: api.liquidity.getTierTerms, args: {} });
  const rules = useLiveQuery({ query: api.policies.getTierRules, args: {} });
  const isIt = (row: { tier: Tier; token: Token }) => row.tier === tier && row.token === token;
  return (
    <>
      <Segments legend="Tier" options={TIERS} value={tier} onChange={setTier} />
      <Segments legend="Token" options={TOKENS} value={token} onChange={setToken} />
      <Live state={terms} what="the terms">
        {(all) => {
          const present = all.find(isIt);
          if (!present) return <Empty>There are no terms of this tier.</Empty>;
          return <TermsForm key={`${tier} ${token}`} tier={tier} token={token} present={present} />;
        }}
      </Live>
      <Live state={rules} what="the rules">
        {(all) => {
          const present = all.find(isIt);
          if (!present) return <Empty>There are no rules of this tier.</Empty>;
          return <RulesForm key={`${tier} ${token}`} tier={tier} token={token} present={present} />;
        }}
      </Live>
      <PlaybookOf name="terms" />
    </>
  );
}
