/** The list of sent transactions as a part of a page. */
import { Card } from "../ui/Card";
import { SentTransactions } from "./SentTransactions";

export function TransactionList() {
  return (
    <Card title="Your recent transactions">
      <SentTransactions />
    </Card>
  );
}
