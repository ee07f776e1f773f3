/** The funded wallets of the local stack, whose keys the page holds. */
import { useId, useState } from "react";
import type { WebConfig } from "../config";
import { Problem } from "../refusals/Problem";
import { forgetWallet } from "../wallets/open";
import { SignInFacts } from "./SignInFacts";
import { useAttempt } from "./useAttempt";

interface LocalWalletsProps {
  config: Pick<WebConfig, "wallets" | "network">;
  isConnected: boolean;
  signIn(address: string): Promise<void>;
}

export function LocalWallets({ config: { wallets, network }, isConnected, signIn }: LocalWalletsProps) {
  const { isBusy, problem, start } = useAttempt();
  const name = useId();
  const [address, setAddress] = useState(wallets[0]?.address ?? "");
  const doing = isBusy ? "Signing in …" : isConnected ? "Sign in" : "Waiting for the connection …";
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!isConnected) return;
        void start(() => {
          forgetWallet(address);
          return signIn(address);
        });
      }}
    >
      <fieldset>
        <legend>Funded wallets of this machine's network</legend>
        {wallets.map((wallet) => (
          <label key={wallet.address} className="choice">
            <input
              type="radio"
              name={name}
              value={wallet.address}
              checked={wallet.address === address}
              onChange={() => setAddress(wallet.address)}
            />
            <span>{wallet.name}</span>
            <code>{wallet.address}</code>
          </label>
        ))}
      </fieldset>
      <SignInFacts domain={null} address={address} network={network} expiresAt={null} />
      <Problem explanation={problem} />
      <button type="submit" disabled={!isConnected || isBusy}>
        {doing}
      </button>
    </form>
  );
}
