import { Empty } from "../ui/Empty";
import { Page } from "../ui/Page";

export default function LocalPage() {
  return (
    <Page title="Local stack">
      <Empty>Not built yet.</Empty>
    </Page>
  );
}
