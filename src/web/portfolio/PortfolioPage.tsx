/** What a provider has in the vault, and what can be done with it. */
import { SignedIn, useAccount } from "../account/AccountProvider";
import { usePrice } from "../prices/usePrices";
import type { PageProps } from "../routes";
import { useTiers } from "../tiers/useTiers";
import { Live } from "../ui/Live";
import { Page } from "../ui/Page";
import { WalletBalances } from "../wallets/WalletBalances";
import { Portfolio } from "./Portfolio";
import { usePortfolio } from "./usePortfolio";

function Own() {
  const { name, balances } = useAccount();
  const tiers = useTiers();
  const standings = { STX: usePrice("STX"), sBTC: usePrice("BTC") };
  return (
    <>
      <Live state={usePortfolio()} what="your positions">
        {(portfolio) => (
          <Portfolio
            portfolio={portfolio}
            tiers={tiers.status === "success" ? tiers.data : null}
            standings={standings}
          />
        )}
      </Live>
      <WalletBalances name={name} state={balances} />
    </>
  );
}

export default function PortfolioPage({ config }: PageProps) {
  return (
    <Page title="Portfolio">
      <SignedIn config={config}>
        <Own />
      </SignedIn>
    </Page>
  );
}
