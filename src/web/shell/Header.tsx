/** Who and where, at the top of every page, and the way to all others. */
import { Link } from "wouter";
import type { WebConfig } from "../config";
import { Inbox } from "../notifications/Inbox";
import { WalletMenu } from "../session/WalletMenu";
import { ThemeMenu } from "../theme/ThemeMenu";
import { TransactionTray } from "../transactions/TransactionTray";
import { Badge } from "../ui/Badge";
import { nameOf } from "../wallets/open";
import { Navigation } from "./Navigation";
import styles from "./shell.module.css";

export function Header({ config }: { config: WebConfig }) {
  return (
    <header className={styles.top}>
      <Link href="/" className={styles.brand}>
        <img src="/icon.svg" alt="" width="28" height="28" />
        BitHedge Liquidity
      </Link>
      <Badge tone={config.network === "mainnet" ? "neutral" : "warning"}>{config.network}</Badge>
      <div className={styles.tools}>
        <TransactionTray />
        <Inbox />
        <ThemeMenu />
        <WalletMenu nameOf={(address) => nameOf(config, address)} />
      </div>
      <Navigation config={config} />
    </header>
  );
}
