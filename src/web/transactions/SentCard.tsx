/** What was sent from this browser for the purpose of one page: nothing is shown while there is nothing. */
import { Link } from "wouter";
import { useAccount } from "../account/AccountProvider";
import { Card } from "../ui/Card";
import { SentTransactions } from "./SentTransactions";
import type { SentTransaction } from "./transaction";

interface SentCardProps {
  title: string;
  of: SentTransaction["action"][];
}

export function SentCard({ title, of }: SentCardProps) {
  const isMeant = ({ action }: SentTransaction) => of.includes(action);
  if (!useAccount().transactions.some(isMeant)) return null;
  return (
    <Card title={title} aside={<Link href="/portfolio">To your portfolio</Link>}>
      <SentTransactions filter={isMeant} />
    </Card>
  );
}
