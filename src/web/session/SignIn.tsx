/** Choosing a wallet and signing in with it; and signing in again, in place, when a session has ended. */
import { useState } from "react";
import type { WebConfig } from "../config";
import { useIsConnected } from "../connection/ConnectionBanner";
import { type Explanation, explain } from "../refusals/explain";
import { Problem } from "../refusals/Problem";
import { useSession } from "./SessionProvider";

function useSignIn() {
  const { signIn } = useSession();
  const isConnected = useIsConnected();
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Explanation | null>(null);
  const start = async (address: string) => {
    setBusy(true);
    setProblem(null);
    await signIn(address).catch((error) => setProblem(explain(error)));
    setBusy(false);
  };
  const hindrance = isConnected ? null : "Waiting for the connection …";
  return { isReady: isConnected && !isBusy, doing: isBusy ? "Signing in …" : hindrance, problem, start };
}

export function SignIn({ wallets }: { wallets: WebConfig["wallets"] }) {
  const { isReady, doing, problem, start } = useSignIn();
  const [address, setAddress] = useState(wallets[0]?.address ?? "");
  return (
    <div className="welcome">
      <section className="card sign-in" aria-labelledby="sign-in">
        <h2 id="sign-in">Sign in</h2>
        <p>
          Your wallet signs a message to show that the account is yours. That moves no money and costs no fee. These are
          the funded wallets of this machine's network.
        </p>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void start(address);
          }}
        >
          <fieldset>
            <legend>Wallet</legend>
            {wallets.map((wallet) => (
              <label key={wallet.address} className="choice">
                <input
                  type="radio"
                  name="wallet"
                  value={wallet.address}
                  checked={wallet.address === address}
                  onChange={() => setAddress(wallet.address)}
                />
                <span>{wallet.name}</span>
                <code>{wallet.address}</code>
              </label>
            ))}
          </fieldset>
          <Problem explanation={problem} />
          <button type="submit" disabled={!isReady || address === ""}>
            {doing ?? "Sign in"}
          </button>
        </form>
      </section>
      <ol className="way" aria-label="How it works">
        <li>You choose a token, a risk tier and an amount, and sign a deposit into the vault's contract.</li>
        <li>Once its block is final, the amount is credited to your position. Only the chain can say so.</li>
        <li>You withdraw what is free at any time. The contract pays it to you, and to nobody else.</li>
      </ol>
    </div>
  );
}

export function SignInAgain({ address, name }: { address: string; name: string }) {
  const { isReady, doing, problem, start } = useSignIn();
  return (
    <section className="notice" aria-label="Session ended">
      <p>Your session has ended. What you typed and sent is still here; sign in again to go on.</p>
      <button type="button" disabled={!isReady} onClick={() => void start(address)}>
        {doing ?? `Sign in as ${name}`}
      </button>
      <Problem explanation={problem} />
    </section>
  );
}
