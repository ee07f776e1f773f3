/** Taking capital out. */
import { SignedIn } from "../account/AccountProvider";
import { usePortfolio } from "../portfolio/usePortfolio";
import type { PageProps } from "../routes";
import { Live } from "../ui/Live";
import { Page } from "../ui/Page";
import { WithdrawalForm } from "./WithdrawalForm";

function Own() {
  return (
    <Live state={usePortfolio()} what="your positions">
      {({ positions }) => <WithdrawalForm positions={positions} />}
    </Live>
  );
}

export default function WithdrawPage({ config }: PageProps) {
  return (
    <Page title="Withdraw">
      <SignedIn config={config}>
        <Own />
      </SignedIn>
    </Page>
  );
}
