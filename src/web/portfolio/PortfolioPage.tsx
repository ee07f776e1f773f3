/** What a provider has in the vault, and what it has sent. */
import { SignedIn, useAccount } from "../account/AccountProvider";
import type { PageProps } from "../routes";
import { TransactionList } from "../transactions/TransactionList";
import { Page } from "../ui/Page";
import { WalletBalances } from "../wallets/WalletBalances";
import { Portfolio } from "./Portfolio";
import { usePortfolio } from "./usePortfolio";

function Own() {
  const { name, balances } = useAccount();
  return (
    <>
      <Portfolio state={usePortfolio()} />
      <TransactionList />
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
