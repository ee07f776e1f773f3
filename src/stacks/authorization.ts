/** The authoriser's signature that lets one withdrawer draw one amount once (SIP-018, DESIGN section 3). */
import { Cl, signStructuredData } from "@stacks/transactions";
import type { Token } from "../domain/tokens";
import { CHAIN_ID, tokenArgument, type VaultDeployment } from "./deployment";

export interface WithdrawalTerms {
  withdrawer: string;
  token: Token;
  amount: bigint;
  id: bigint;
  /** Unix seconds of block time. */
  expiresAt: bigint;
}

/** The signature as the contract takes it: 65 bytes, r then s then recovery id, as hex without 0x. */
export function signWithdrawal(deployment: VaultDeployment, terms: WithdrawalTerms, privateKey: string): string {
  const token = tokenArgument(deployment, terms.token);
  return signStructuredData({
    privateKey,
    domain: Cl.tuple({
      name: Cl.stringAscii("bithedge-vault"),
      version: Cl.stringAscii("1.0.0"),
      "chain-id": Cl.uint(CHAIN_ID[deployment.network]),
    }),
    message: Cl.tuple({
      vault: Cl.principal(deployment.vaultContract),
      withdrawer: Cl.principal(terms.withdrawer),
      token: token === null ? Cl.none() : Cl.some(Cl.principal(token)),
      amount: Cl.uint(terms.amount),
      id: Cl.uint(terms.id),
      "expires-at": Cl.uint(terms.expiresAt),
    }),
  });
}
