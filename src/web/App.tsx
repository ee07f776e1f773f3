/** The page's frame: who and where at the top, the pool for everyone, then one's own account. */
import type { ConvexReactClient } from "convex/react";
import { Account } from "./Account";
import type { WebConfig } from "./config";
import { ConnectionBanner } from "./connection/ConnectionBanner";
import { Pool } from "./pool/Pool";
import { SessionProvider, useSession } from "./session/SessionProvider";
import { SignIn } from "./session/SignIn";
import { WalletMenu } from "./session/WalletMenu";

function Page({ config }: { config: WebConfig }) {
  const { session } = useSession();
  const nameOf = (address: string) =>
    config.wallets.find((wallet) => wallet.address === address)?.name ?? "Unknown wallet";
  return (
    <>
      <header className="top">
        <h1>
          <img src="/icon.svg" alt="" width="28" height="28" />
          BitHedge Liquidity
        </h1>
        <span className="badge">{config.network}</span>
        <WalletMenu nameOf={nameOf} />
      </header>
      <ConnectionBanner />
      <main>
        <Pool />
        {session.kind === "signedOut" ? (
          <SignIn wallets={config.wallets} />
        ) : (
          <Account
            key={session.address}
            config={config}
            address={session.address}
            name={nameOf(session.address)}
            isExpired={session.kind === "expired"}
          />
        )}
      </main>
      <footer>
        Vault <code>{config.vaultContract}</code>
      </footer>
    </>
  );
}

export function App({ config, client }: { config: WebConfig; client: ConvexReactClient }) {
  return (
    <SessionProvider client={client} config={config}>
      <Page config={config} />
    </SessionProvider>
  );
}
