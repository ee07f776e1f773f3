/**
 * The authoriser's signatures, which the vault checks (SIP-018, DESIGN section 3): one lets one withdrawer draw one
 * amount once, the other lets one buyer pay one premium for one policy on its terms.
 */
import { Cl, signStructuredData, type TupleCV } from "@stacks/transactions";
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

export interface PolicyTerms {
  buyer: string;
  policyId: bigint;
  token: Token;
  premium: bigint;
  /** Base units locked behind the policy at its sale, and the most that it may ever hold and pay. */
  lock: bigint;
  coverage: bigint;
  /** Unix seconds of block time: when the lock may be released, and until when the premium may be paid. */
  releaseAfter: bigint;
  expiresAt: bigint;
}

/** The signature as the contract takes it: 65 bytes, r then s then recovery id, as hex without 0x. */
function sign(deployment: VaultDeployment, message: TupleCV, privateKey: string): string {
  const domain = Cl.tuple({
    name: Cl.stringAscii("bithedge-vault"),
    version: Cl.stringAscii("1.0.0"),
    "chain-id": Cl.uint(CHAIN_ID[deployment.network]),
  });
  return signStructuredData({ privateKey, domain, message });
}

function optionalToken(deployment: VaultDeployment, token: Token) {
  const contract = tokenArgument(deployment, token);
  return contract === null ? Cl.none() : Cl.some(Cl.principal(contract));
}

/** Signs what `withdraw-funds` checks; 65 bytes as hex. */
export function signWithdrawal(deployment: VaultDeployment, terms: WithdrawalTerms, privateKey: string): string {
  const message = Cl.tuple({
    vault: Cl.principal(deployment.vaultContract),
    withdrawer: Cl.principal(terms.withdrawer),
    token: optionalToken(deployment, terms.token),
    amount: Cl.uint(terms.amount),
    id: Cl.uint(terms.id),
    "expires-at": Cl.uint(terms.expiresAt),
  });
  return sign(deployment, message, privateKey);
}

/** Signs what `pay-premium` checks; 65 bytes as hex. */
export function signPolicyTerms(deployment: VaultDeployment, terms: PolicyTerms, privateKey: string): string {
  const message = Cl.tuple({
    vault: Cl.principal(deployment.vaultContract),
    buyer: Cl.principal(terms.buyer),
    "policy-id": Cl.uint(terms.policyId),
    token: optionalToken(deployment, terms.token),
    premium: Cl.uint(terms.premium),
    lock: Cl.uint(terms.lock),
    coverage: Cl.uint(terms.coverage),
    "release-after": Cl.uint(terms.releaseAfter),
    "expires-at": Cl.uint(terms.expiresAt),
  });
  return sign(deployment, message, privateKey);
}
