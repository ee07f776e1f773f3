/** The pool as everyone sees it: what this is, what is in it, on which terms, and the proof. */
import { useState } from "react";
import { Link } from "wouter";
import { TOKENS, type Token } from "../../domain/tokens";
import { TierComparison } from "../tiers/TierComparison";
import { Card } from "../ui/Card";
import { Page } from "../ui/Page";
import { Segments } from "../ui/Segments";
import { NewestPolicies } from "./NewestPolicies";
import { Pool } from "./Pool";
import { Proof } from "./Proof";
import styles from "./pool.module.css";

function Tiers() {
  const [token, setToken] = useState<Token>("STX");
  return (
    <Card title="Tiers" aside={<Segments legend="Token" options={TOKENS} value={token} onChange={setToken} />}>
      <TierComparison token={token} />
    </Card>
  );
}

const INTRO =
  "Providers pool STX and sBTC in a vault on Stacks and earn what buyers pay for a floor under the price of their coins. " +
  "What the vault holds, owes and has locked is proven with every event, and anybody can check it.";

export default function PoolPage() {
  return (
    <Page title="The pool" intro={INTRO}>
      <p className={styles.ways}>
        <Link href="/deposit" className={styles.way}>
          Provide capital
        </Link>
        <Link href="/policies" className={styles.way}>
          Protect a price
        </Link>
      </p>
      <Pool />
      <Proof />
      <Tiers />
      <NewestPolicies />
    </Page>
  );
}
