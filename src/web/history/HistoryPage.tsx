import { Empty } from "../ui/Empty";
import { Page } from "../ui/Page";

export default function HistoryPage() {
  return (
    <Page title="History">
      <Empty>Not built yet.</Empty>
    </Page>
  );
}
