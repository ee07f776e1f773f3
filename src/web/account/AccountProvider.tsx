/**
 * Whose page it is: the signed-in wallet, what it holds, what it has sent, and why it can't send anything now. It stays when
 * the session ends, so that half-typed forms and transactions on their way are there after signing in again.
 */
import { useConvexAuth, useQuery_experimental as useLiveQuery } from "convex/react";
import { createContext, type ReactNode, useContext } from "react";
import { api } from "../../../convex/_generated/api";
import type { WebConfig } from "../config";
import { useIsConnected } from "../connection/useIsConnected";
import { useSession } from "../session/SessionProvider";
import { SignIn, SignInAgain } from "../session/SignIn";
import type { RecordChange } from "../transactions/record";
import type { SentTransaction } from "../transactions/transaction";
import { useRecord } from "../transactions/useRecord";
import { nameOf } from "../wallets/open";
import { type BalancesState, useBalances } from "../wallets/useBalances";

export interface Account {
  config: WebConfig;
  address: string;
  /** Of the wallet. */
  name: string;
  /** Why nothing can be sent now, for a button's face; null if it can. */
  hindrance: string | null;
  /** The wallet's own, outside the vault. */
  balances: BalancesState;
  /** What this wallet sent from this browser, newest first. */
  transactions: SentTransaction[];
  change(step: RecordChange): void;
}

const AccountContext = createContext<Account | null>(null);

/** Null: nobody is signed in. */
export function useVisitor(): Account | null {
  return useContext(AccountContext);
}

export function useAccount(): Account {
  const account = useVisitor();
  if (!account) throw new Error("useAccount needs a SignedIn above it");
  return account;
}

function useHindrance(isExpired: boolean): string | null {
  const { isAuthenticated } = useConvexAuth();
  const isConnected = useIsConnected();
  if (isExpired) return "Sign in again to continue";
  if (!isConnected) return "Waiting for the connection …";
  return isAuthenticated ? null : "Signing in …";
}

function OwnAccount({ config, address, children }: { config: WebConfig; address: string; children: ReactNode }) {
  const { session } = useSession();
  const pool = useLiveQuery({ query: api.liquidity.getPoolStats, args: {} });
  const rows = pool.status === "success" ? pool.data : [];
  const booked = new Map(rows.map(({ token, lastSequence }) => [token, lastSequence]));
  const [transactions, change] = useRecord(config, address, booked);
  const occasion = transactions.map(({ progress }) => progress.kind).join();
  const balances = useBalances(config, address, occasion);
  const hindrance = useHindrance(session.kind === "expired");
  const name = nameOf(config, address);
  return (
    <AccountContext value={{ config, address, name, hindrance, balances, transactions, change }}>
      {children}
    </AccountContext>
  );
}

/** Once, above all pages. */
export function AccountProvider({ config, children }: { config: WebConfig; children: ReactNode }) {
  const { session } = useSession();
  if (session.kind === "signedOut") return children;
  return (
    <OwnAccount key={session.address} config={config} address={session.address}>
      {children}
    </OwnAccount>
  );
}

/** What only a signed-in visitor sees; others are asked to sign in, in its place. */
export function SignedIn({ config, children }: { config: WebConfig; children: ReactNode }) {
  const { session } = useSession();
  const visitor = useVisitor();
  if (!visitor) return <SignIn config={config} />;
  return (
    <>
      {session.kind === "expired" && <SignInAgain address={visitor.address} name={visitor.name} />}
      {children}
    </>
  );
}
