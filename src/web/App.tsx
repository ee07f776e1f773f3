/** The page's frame: who and where at the top, what everybody has to know, and the page itself. */
import type { ConvexReactClient } from "convex/react";
import { Suspense } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import { AccountProvider } from "./account/AccountProvider";
import type { WebConfig } from "./config";
import { ROUTES } from "./routes";
import { SessionProvider } from "./session/SessionProvider";
import { Footer } from "./shell/Footer";
import { Header } from "./shell/Header";
import { PageBoundary } from "./shell/PageBoundary";
import { Banners } from "./status/Banners";
import { Empty } from "./ui/Empty";
import { Placeholder } from "./ui/Live";
import { Page } from "./ui/Page";
import { Toasts } from "./ui/Toasts";

export function NotFound() {
  return (
    <Page title="No such page">
      <Empty action={<Link href="/">To the pool</Link>}>
        There is nothing at this address. It may have a slip in it.
      </Empty>
    </Page>
  );
}

function Content({ config }: { config: WebConfig }) {
  const [path] = useLocation();
  return (
    <PageBoundary path={path}>
      <Suspense fallback={<Placeholder what="the page" />}>
        <Switch>
          {ROUTES.map(({ path, Page: Found }) => (
            <Route key={path} path={path}>
              <Found config={config} />
            </Route>
          ))}
          <Route>
            <NotFound />
          </Route>
        </Switch>
      </Suspense>
    </PageBoundary>
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
          <Header config={config} />
          <Banners />
          <Content config={config} />
          <Footer config={config} />
        </Toasts>
      </AccountProvider>
    </SessionProvider>
  );
}
