/** Committing capital. */
import { SignedIn } from "../account/AccountProvider";
import type { PageProps } from "../routes";
import { Page } from "../ui/Page";
import { DepositForm } from "./DepositForm";

export default function DepositPage({ config }: PageProps) {
  return (
    <Page title="Deposit">
      <SignedIn config={config}>
        <DepositForm />
      </SignedIn>
    </Page>
  );
}
