/** Test coins for a wallet. */
import { useId, useState } from "react";
import { TOKENS, type Token } from "../../domain/tokens";
import { Problem } from "../refusals/Problem";
import { Card } from "../ui/Card";
import { shortAddress } from "../wallets/wallet";
import styles from "./local.module.css";
import type { Acting } from "./useAct";

export const GIVES: Record<Token, string> = { STX: "500 STX", sBTC: "0.0001 sBTC" };

interface FaucetCardProps {
  wallets: { name: string; address: string }[];
  /** Whoever is signed in comes first. */
  own: string | null;
  acting: Acting;
  onFund(token: Token, wallet: { name: string; address: string }): void;
}

export function FaucetCard({ wallets, own, acting, onFund }: FaucetCardProps) {
  const id = useId();
  const [chosen, setChosen] = useState<string | null>(null);
  const wallet = wallets.find(({ address }) => address === (chosen ?? own)) ?? wallets[0];
  return (
    <Card title="Faucets">
      <p className="hint">
        Coins of no worth, five times in five minutes for each wallet. They arrive with the next block.
      </p>
      <div className="field">
        <label htmlFor={id}>Wallet</label>
        <select id={id} value={wallet?.address} onChange={(event) => setChosen(event.target.value)}>
          {wallets.map(({ name, address }) => (
            <option key={address} value={address}>
              {name}, {shortAddress(address)}
            </option>
          ))}
        </select>
      </div>
      <div className={styles.row}>
        {TOKENS.map((token) => (
          <button
            key={token}
            type="button"
            className="quiet"
            disabled={!wallet || acting.isBusy}
            onClick={() => wallet && onFund(token, wallet)}
          >
            Get {GIVES[token]}
          </button>
        ))}
      </div>
      <Problem explanation={acting.problem} />
    </Card>
  );
}
