/** The way from an empty pool to an exit, for whoever sees all of this for the first time. */
import { Link } from "wouter";
import { Card } from "../ui/Card";
import styles from "./local.module.css";

const STEPS = [
  {
    href: "/deposit",
    name: "Deposit",
    words: "Sign in as wallet_1 and put 5,000 STX into Balanced. It counts within seconds.",
  },
  {
    href: "/policies",
    name: "Buy cover",
    words: "Sign in as wallet_2, in another tab if you like, and buy a policy on STX.",
  },
  {
    href: "/local",
    name: "Crash",
    words: "Move STX by −30% here, and look at the portfolio of wallet_1 in the other tab.",
  },
  { href: "/policies", name: "Exercise", words: "As wallet_2 again: the next price decides, and the vault pays." },
  {
    href: "/withdraw",
    name: "Withdraw",
    words: "As wallet_1: what is free leaves. To free the rest, move the clock to the expiry.",
  },
];

export function Tour() {
  return (
    <Card title="The whole way, in five minutes">
      <ol className={styles.tour}>
        {STEPS.map(({ href, name, words }) => (
          <li key={name}>
            <Link href={href}>{name}</Link> <span>{words}</span>
          </li>
        ))}
      </ol>
    </Card>
  );
}
