/** The page's frame: who and where at the top, the way to all pages, and the page itself. */
import type { ConvexReactClient } from "convex/react";
import { Suspense } from "react";
import { Link, Route, Switch } from "wouter";
import { AccountProvider } from "./account/AccountProvider";
import type { WebConfig } from "./config";
import { ConnectionBanner } from "./connection/ConnectionBanner";
import { Navigation } from "./Navigation";
import { Inbox } from "./notifications/Inbox";
import { ROUTES } from "./routes";
import { SessionProvider } from "./session/SessionProvider";
import { WalletMenu } from "./session/WalletMenu";
import { ThemeMenu } from "./theme/ThemeMenu";
import { TransactionTray } from "./transactions/TransactionTray";
import { Badge } from "./ui/Badge";
import { Empty } from "./ui/Empty";
import { Placeholder } from "./ui/Live";
import { Page } from "./ui/Page";
import { Toasts } from "./ui/Toasts";
import { nameOf } from "./wallets/open";

function NotFound() {
  return (
    <Page title="No such page">
      <Empty action={<Link href="/">To the pool</Link>}>There is nothing at this address.</Empty>
    </Page>
  );
}

export function App({ config, client }: { config: WebConfig; client: ConvexReactClient }) {
  return (
    <SessionProvider client={client} config={config}>
      <AccountProvider config={config}>
        <Toasts>
          <a className="skip" href="#content">
            To the content
          </a>
          <header className="top">
            <Link href="/" className="brand">
              <img src="/icon.svg" alt="" width="28" height="28" />
              BitHedge Liquidity
            </Link>
            <Badge>{config.network}</Badge>
            <ThemeMenu />
            <TransactionTray />
            <Inbox />
            <WalletMenu nameOf={(address) => nameOf(config, address)} />
            <Navigation config={config} />
          </header>
          <ConnectionBanner />
          <Suspense fallback={<Placeholder what="the page" />}>
            <Switch>
              {ROUTES.map(({ path, Page: Content }) => (
                <Route key={path} path={path}>
                  <Content config={config} />
                </Route>
              ))}
              <Route>
                <NotFound />
              </Route>
            </Switch>
          </Suspense>
          <footer>
            Vault <code>{config.vaultContract}</code>
          </footer>
        </Toasts>
      </AccountProvider>
    </SessionProvider>
  );
}
