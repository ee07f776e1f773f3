/** What happened to one's money: how it went, each movement, and the statement of a period. */
import { SignedIn } from "../account/AccountProvider";
import type { PageProps } from "../routes";
import { Page } from "../ui/Page";
import { Activity } from "./Activity";
import { Courses } from "./Courses";
import { StatementCard } from "./StatementCard";
import { useChainTime } from "./useChainTime";

function Own() {
  const now = useChainTime("");
  return (
    <>
      <Courses />
      <Activity />
      {now !== null && <StatementCard now={now} />}
    </>
  );
}

export default function HistoryPage({ config }: PageProps) {
  return (
    <Page title="History" intro="Each movement of your money, by the entries of the books.">
      <SignedIn config={config}>
        <Own />
      </SignedIn>
    </Page>
  );
}
