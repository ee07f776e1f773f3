/** Who is signed in, at the top of the page, and the way out. */
import { shortAddress } from "../wallets/wallet";
import { useSession } from "./SessionProvider";

export function WalletMenu({ nameOf }: { nameOf(address: string): string }) {
  const { session, signOut } = useSession();
  if (session.kind === "signedOut") return <span className="hint">Not signed in</span>;
  const { address } = session;
  return (
    <details className="wallet-menu">
      <summary>
        <span className={session.kind === "signedIn" ? "dot good" : "dot"} />
        {nameOf(address)} <code>{shortAddress(address)}</code>
      </summary>
      <div className="menu">
        <p>
          <code>{address}</code>
        </p>
        <button type="button" className="quiet" onClick={signOut}>
          Sign out or switch wallet
        </button>
      </div>
    </details>
  );
}
