import { Empty } from "../ui/Empty";
import { Page } from "../ui/Page";

export default function PolicyPage() {
  return (
    <Page title="Policy">
      <Empty>Not built yet.</Empty>
    </Page>
  );
}
