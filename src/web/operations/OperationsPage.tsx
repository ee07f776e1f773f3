import { Empty } from "../ui/Empty";
import { Page } from "../ui/Page";

export default function OperationsPage() {
  return (
    <Page title="Operations">
      <Empty>Not built yet.</Empty>
    </Page>
  );
}
