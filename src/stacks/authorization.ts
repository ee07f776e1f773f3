/**
 * The authoriser's signatures, which the vault checks (SIP-018, DESIGN section 3): one lets one withdrawer draw one
 * amount once, the other lets one buyer pay one premium for one policy on its terms.
 */
import {
  Cl,
  encodeStructuredDataBytes,
  publicKeyFromSignatureRsv,
  signStructuredData,
  type TupleCV,
} from "@stacks/transactions";
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

function domainOf({ network }: VaultDeployment): TupleCV {
  return Cl.tuple({
    name: Cl.stringAscii("bithedge-vault"),
    version: Cl.stringAscii("1.0.0"),
    "chain-id": Cl.uint(CHAIN_ID[network]),
  });
}

/** The signature as the contract takes it: 65 bytes, r then s then recovery id, as hex without 0x. */
function sign(deployment: VaultDeployment, message: TupleCV, privateKey: string): string {
  return signStructuredData({ privateKey, domain: domainOf(deployment), message });
}

const RECOVERY_IDS = ["00", "01", "02", "03"];

/** Whether the vault would take the signature as this key's: it looks at r and s, whatever recovery id stands behind them. */
async function isSigned(deployment: VaultDeployment, message: TupleCV, by: Signed): Promise<boolean> {
  if (!/^[0-9a-f]{130}$/.test(by.signature)) return false;
  const bytes = encodeStructuredDataBytes({ message, domain: domainOf(deployment) });
  const hash = Buffer.from(await crypto.subtle.digest("SHA-256", Uint8Array.from(bytes))).toString("hex");
  return RECOVERY_IDS.some((id) => {
    try {
      return publicKeyFromSignatureRsv(hash, by.signature.slice(0, 128) + id) === by.publicKey;
    } catch {
      // No key at all follows from these bytes.
      return false;
    }
  });
}

/** A signature of 65 bytes, and whose it is said to be: a compressed public key. Both hex without 0x. */
export interface Signed {
  signature: string;
  publicKey: string;
}

function optionalToken(deployment: VaultDeployment, token: Token) {
  const contract = tokenArgument(deployment, token);
  return contract === null ? Cl.none() : Cl.some(Cl.principal(contract));
}

function withdrawalMessage(deployment: VaultDeployment, terms: WithdrawalTerms): TupleCV {
  return Cl.tuple({
    vault: Cl.principal(deployment.vaultContract),
    withdrawer: Cl.principal(terms.withdrawer),
    token: optionalToken(deployment, terms.token),
    amount: Cl.uint(terms.amount),
    id: Cl.uint(terms.id),
    "expires-at": Cl.uint(terms.expiresAt),
  });
}

/** Signs what `withdraw-funds` checks; 65 bytes as hex. */
export function signWithdrawal(deployment: VaultDeployment, terms: WithdrawalTerms, privateKey: string): string {
  return sign(deployment, withdrawalMessage(deployment, terms), privateKey);
}

/** Whether `withdraw-funds` would take it as signed by this key. */
export function isSignedWithdrawal(deployment: VaultDeployment, terms: WithdrawalTerms, by: Signed): Promise<boolean> {
  return isSigned(deployment, withdrawalMessage(deployment, terms), by);
}

function policyMessage(deployment: VaultDeployment, terms: PolicyTerms): TupleCV {
  return Cl.tuple({
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
}

/** Signs what `pay-premium` checks; 65 bytes as hex. */
export function signPolicyTerms(deployment: VaultDeployment, terms: PolicyTerms, privateKey: string): string {
  return sign(deployment, policyMessage(deployment, terms), privateKey);
}

/** Whether `pay-premium` would take it as signed by this key. */
export function arePolicyTermsSigned(deployment: VaultDeployment, terms: PolicyTerms, by: Signed): Promise<boolean> {
  return isSigned(deployment, policyMessage(deployment, terms), by);
}
