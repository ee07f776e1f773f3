/**
 * The page of one provider. It stays as it is when the session ends, so that a half-typed form and the transactions on
 * their way are there after signing in again.
 */
import { useConvexAuth, useQuery_experimental as useLiveQuery } from "convex/react";
import { api } from "../../convex/_generated/api";
import { DepositForm } from "./commitments/DepositForm";
import type { WebConfig } from "./config";
import { useIsConnected } from "./connection/ConnectionBanner";
import { Portfolio } from "./portfolio/Portfolio";
import { SignInAgain } from "./session/SignIn";
import { TransactionList } from "./transactions/TransactionList";
import { useRecord } from "./transactions/useRecord";
import { useBalances } from "./wallets/useBalances";
import { WalletBalances } from "./wallets/WalletBalances";
import { WithdrawalForm } from "./withdrawals/WithdrawalForm";

interface AccountProps {
  config: WebConfig;
  address: string;
  name: string;
  isExpired: boolean;
}

function useHindrance(isExpired: boolean): string | null {
  const { isAuthenticated } = useConvexAuth();
  const isConnected = useIsConnected();
  if (isExpired) return "Sign in again to continue";
  if (!isConnected) return "Waiting for the connection …";
  return isAuthenticated ? null : "Signing in …";
}

export function Account({ config, address, name, isExpired }: AccountProps) {
  const { isAuthenticated } = useConvexAuth();
  const portfolio = useLiveQuery({ query: api.liquidity.getProviderPortfolio, args: isAuthenticated ? {} : "skip" });
  const pool = useLiveQuery({ query: api.liquidity.getPoolStats, args: {} });
  const rows = pool.status === "success" ? pool.data : [];
  const booked = new Map(rows.map(({ token, lastSequence }) => [token, lastSequence]));
  const [record, change] = useRecord(config, booked);
  const own = record.filter(({ sender }) => sender === address);
  const occasion = own.map(({ progress }) => progress.kind).join();
  const balances = useBalances(config, address, occasion);
  const hindrance = useHindrance(isExpired);
  const moving = { config, owner: address, hindrance, change };

  return (
    <>
      {isExpired && <SignInAgain address={address} name={name} />}
      <div className="account">
        <div className="column">
          <Portfolio state={portfolio} />
          <TransactionList transactions={own} />
        </div>
        <div className="column">
          <WalletBalances name={name} state={balances} />
          <DepositForm {...moving} balances={balances.kind === "loading" ? null : balances.balances} />
          <WithdrawalForm {...moving} positions={portfolio.status === "success" ? portfolio.data.positions : []} />
        </div>
      </div>
    </>
  );
}
