/** Choosing a wallet and signing in with it; and signing in again, in place, when a session has ended. */
import type { WebConfig } from "../config";
import { useIsConnected } from "../connection/useIsConnected";
import { Problem } from "../refusals/Problem";
import { ConnectWallet } from "./ConnectWallet";
import { LocalWallets } from "./LocalWallets";
import { useSession } from "./SessionProvider";
import styles from "./session.module.css";
import { useAttempt } from "./useAttempt";

export function SignIn({ config }: { config: WebConfig }) {
  const { ask, signIn } = useSession();
  const isConnected = useIsConnected();
  return (
    <div className={styles.welcome}>
      <section className="card" aria-labelledby="sign-in">
        <div className="card-head">
          <h2 id="sign-in">Sign in</h2>
        </div>
        <div className={styles.ways}>
          <p>Your wallet signs a message to show that the account is yours. That moves no money and costs no fee.</p>
          {config.wallets.length > 0 && (
            <>
              <LocalWallets config={config} isConnected={isConnected} signIn={signIn} />
              <p className={styles.or}>or bring your own</p>
            </>
          )}
          <ConnectWallet config={config} isConnected={isConnected} ask={ask} signIn={signIn} />
        </div>
      </section>
      <ol className={styles.way} aria-label="How it works">
        <li>You choose a token, a risk tier and an amount, and sign a deposit into the vault's contract.</li>
        <li>Once its block is final, the amount is credited to your position. Only the chain can say so.</li>
        <li>You withdraw what is free at any time. The contract pays it to you, and to nobody else.</li>
      </ol>
    </div>
  );
}

export function SignInAgain({ address, name }: { address: string; name: string }) {
  const { signIn, signOut } = useSession();
  const isConnected = useIsConnected();
  const { isBusy, problem, start } = useAttempt();
  return (
    <section className="notice" aria-label="Session ended">
      <p>Your session has ended. What you typed and sent is still here; sign in again to go on.</p>
      <div className={styles.actions}>
        <button type="button" className="quiet" onClick={signOut}>
          Another wallet
        </button>
        <button type="button" disabled={!isConnected || isBusy} onClick={() => void start(() => signIn(address))}>
          {isBusy ? "Signing in …" : isConnected ? `Sign in as ${name}` : "Waiting for the connection …"}
        </button>
      </div>
      <Problem explanation={problem} />
    </section>
  );
}
