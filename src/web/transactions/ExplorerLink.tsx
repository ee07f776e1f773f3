/** To a transaction in the chain's explorer; where there is none, to what the node itself says of it. */
import { ExternalLink } from "lucide-react";
import { useVisitor } from "../account/AccountProvider";
import type { WebConfig } from "../config";

/** @param txId hex, with or without 0x */
export function explorerHref({ explorerUrl, stacksApiUrl, network }: WebConfig, txId: string): string {
  const id = txId.startsWith("0x") ? txId : `0x${txId}`;
  if (explorerUrl === null) return `${stacksApiUrl}/extended/v1/tx/${id}`;
  return `${explorerUrl}/txid/${id}?chain=${network === "mainnet" ? "mainnet" : "testnet"}`;
}

/** "0x1234…cdef". */
export function shortTxId(txId: string): string {
  const id = txId.startsWith("0x") ? txId : `0x${txId}`;
  return `${id.slice(0, 8)}…${id.slice(-6)}`;
}

interface ExplorerLinkProps {
  txId: string;
  /** Needed where nobody is signed in. */
  config?: WebConfig;
}

export function ExplorerLink({ txId, config }: ExplorerLinkProps) {
  const visitor = useVisitor();
  const known = config ?? visitor?.config;
  const text = <code title={txId}>{shortTxId(txId)}</code>;
  if (!known) return text;
  const where = known.explorerUrl === null ? "as the node tells it" : "in the explorer";
  return (
    <a
      className="explorer-link"
      href={explorerHref(known, txId)}
      target="_blank"
      rel="noreferrer"
      aria-label={`Transaction ${shortTxId(txId)} ${where}, opens a new tab`}
    >
      {text} <ExternalLink size={13} aria-hidden />
    </a>
  );
}
