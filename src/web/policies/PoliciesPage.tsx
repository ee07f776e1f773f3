import { Empty } from "../ui/Empty";
import { Page } from "../ui/Page";

export default function PoliciesPage() {
  return (
    <Page title="Policies">
      <Empty>Not built yet.</Empty>
    </Page>
  );
}
