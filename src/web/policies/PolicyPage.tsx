/** One policy, as anybody sees it: its terms, the proof that it is backed, its life, and what it would pay. */
import { useQuery_experimental as useLiveQuery } from "convex/react";
import { lazy, Suspense } from "react";
import { Link, useParams } from "wouter";
import { api } from "../../../convex/_generated/api";
import { breakEvenPrice } from "../../domain/premium";
import { MAX_AMOUNT } from "../../domain/tokens";
import { useVisitor } from "../account/AccountProvider";
import type { WebConfig } from "../config";
import { useNow } from "../prices/pageClock";
import { useTokenPrices } from "../prices/usePrices";
import { explain } from "../refusals/explain";
import type { PageProps } from "../routes";
import { Card } from "../ui/Card";
import { Empty } from "../ui/Empty";
import { Live, Placeholder } from "../ui/Live";
import { Page } from "../ui/Page";
import { Life } from "./Life";
import { CheckYourself, LockProof } from "./LockProof";
import { lifeOf } from "./life";
import { PayoutTable } from "./PayoutTable";
import { PolicyActs } from "./PolicyActs";
import { PolicyRow } from "./PolicyRow";
import styles from "./policies.module.css";
import { useLock } from "./useLock";
import { useVolatilities } from "./useTiers";
import type { Policy } from "./words";

const PayoffChart = lazy(() => import("./PayoffChart"));

/** Null: no policy can have it. */
function parseId(text: string): bigint | null {
  const id = /^\d{1,19}$/.test(text) ? BigInt(text) : 0n;
  return id > 0n && id <= MAX_AMOUNT ? id : null;
}

function Proof({ policy, config }: { policy: Policy; config: WebConfig }) {
  const state = useLock(config, policy);
  return (
    <Card title="Is it backed?">
      <div className={styles.proof}>
        <LockProof policy={policy} state={state} />
        <CheckYourself config={config} policyId={policy.policyId} />
      </div>
    </Card>
  );
}

function behindInWords({ tier }: Policy, backings: number): string {
  if (backings === 0) return "Nobody's capital stands behind it any more.";
  if (backings === 1) return `One provider's position in ${tier} stands behind it.`;
  return `Positions of ${backings} providers in ${tier} stand behind it, each for its share.`;
}

function LifeCard({ policy, config }: { policy: Policy; config: WebConfig }) {
  const state = useLiveQuery({ query: api.policies.getPolicySteps, args: { policyId: policy.policyId } });
  return (
    <Card title="Its life">
      <Live state={state} what="its life">
        {({ steps, backings }) => (
          <>
            <Life moments={lifeOf(policy, { steps })} config={config} />
            <p className="hint">{behindInWords(policy, backings)}</p>
          </>
        )}
      </Live>
    </Card>
  );
}

function Payoff({ policy, priceUsdMicros }: { policy: Policy; priceUsdMicros: bigint | null }) {
  return (
    <Card title="What it pays">
      <div className={styles.quoted}>
        <Suspense fallback={<Placeholder what="the chart" />}>
          <PayoffChart
            terms={policy}
            breakEvenUsdMicros={breakEvenPrice(policy, policy.premium)}
            priceUsdMicros={priceUsdMicros}
          />
        </Suspense>
        <PayoutTable terms={policy} />
      </div>
    </Card>
  );
}

function Shown({ policy, config }: { policy: Policy; config: WebConfig }) {
  const visitor = useVisitor();
  const now = useNow();
  const volatilityOf = useVolatilities();
  const priceUsdMicros = useTokenPrices()[policy.token];
  const live = { policy, priceUsdMicros, now };
  return (
    <>
      <Card title="Terms">
        <PolicyRow {...live} volatility={volatilityOf(policy.tier, policy.underlying)} isAlone>
          {visitor?.address === policy.buyer && <PolicyActs {...live} />}
        </PolicyRow>
      </Card>
      <Proof policy={policy} config={config} />
      <div className={styles.halves}>
        <LifeCard policy={policy} config={config} />
        <Payoff policy={policy} priceUsdMicros={priceUsdMicros} />
      </div>
    </>
  );
}

function Unknown() {
  return (
    <Empty action={<Link href="/policies">To the policies</Link>}>
      There is no policy with this number. Use the one that came when it was quoted.
    </Empty>
  );
}

function Known({ policyId, config }: { policyId: bigint; config: WebConfig }) {
  const state = useLiveQuery({ query: api.policies.getPolicy, args: { policyId } });
  if (state.status === "error" && explain(state.error).code === "NO_POLICY") return <Unknown />;
  return (
    <Live state={state} what="the policy">
      {(policy) => <Shown policy={policy} config={config} />}
    </Live>
  );
}

export default function PolicyPage({ config }: PageProps) {
  const policyId = parseId(useParams<{ policyId: string }>().policyId);
  return (
    <Page title="Policy" intro={policyId === null ? undefined : `Number ${policyId}. Anybody can see this.`}>
      {policyId === null ? <Unknown /> : <Known policyId={policyId} config={config} />}
    </Page>
  );
}
