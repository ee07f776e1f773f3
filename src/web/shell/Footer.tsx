/** Where the money is, and how far what is shown is behind it. */
import { ExternalLink } from "lucide-react";
import type { WebConfig } from "../config";
import { Freshness } from "../connection/Freshness";
import styles from "./shell.module.css";

/** The contract in the chain's explorer; where there is none, as the node tells it. */
export function vaultHref({ explorerUrl, stacksApiUrl, network, vaultContract }: WebConfig): string {
  if (explorerUrl === null) return `${stacksApiUrl}/v2/contracts/interface/${vaultContract.replace(".", "/")}`;
  return `${explorerUrl}/txid/${vaultContract}?chain=${network === "mainnet" ? "mainnet" : "testnet"}`;
}

export function Footer({ config }: { config: WebConfig }) {
  const version = import.meta.env.VITE_VERSION;
  return (
    <footer className={styles.bottom}>
      <p>
        Vault{" "}
        <a href={vaultHref(config)} target="_blank" rel="noreferrer">
          <code>{config.vaultContract}</code> <ExternalLink size={13} aria-label="opens a new tab" />
        </a>{" "}
        on {config.network}
      </p>
      <p>
        <Freshness />
        {version && <> · version {version}</>}
      </p>
    </footer>
  );
}
