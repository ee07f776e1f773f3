/**
 * Signs withdrawals and policies as the backend will, written from the contract's words alone: the domain and the message are
 * spelled out here a second time, so that a change of either on one side shows.
 */
import { Cl, type ClarityValue, signStructuredData } from "@stacks/transactions";

export const AUTHORISER_KEY = `${"11".repeat(32)}01`;
export const OTHER_KEY = `${"22".repeat(32)}01`;
export const SIMNET_CHAIN_ID = 0x80000000n;

export interface Withdrawal {
  vault: string;
  withdrawer: string;
  token: string | null;
  amount: bigint;
  id: bigint;
  expiresAt: bigint;
}

export interface Policy {
  vault: string;
  buyer: string;
  policyId: bigint;
  token: string | null;
  premium: bigint;
  lock: bigint;
  coverage: bigint;
  releaseAfter: bigint;
  expiresAt: bigint;
}

export const DOMAIN = { name: "bithedge-vault", version: "1.0.0", chainId: SIMNET_CHAIN_ID };

const optionalPrincipal = (principal: string | null): ClarityValue =>
  principal === null ? Cl.none() : Cl.some(Cl.principal(principal));

export function messageOf(withdrawal: Withdrawal) {
  return Cl.tuple({
    vault: Cl.principal(withdrawal.vault),
    withdrawer: Cl.principal(withdrawal.withdrawer),
    token: optionalPrincipal(withdrawal.token),
    amount: Cl.uint(withdrawal.amount),
    id: Cl.uint(withdrawal.id),
    "expires-at": Cl.uint(withdrawal.expiresAt),
  });
}

export function messageOfPolicy(policy: Policy) {
  return Cl.tuple({
    vault: Cl.principal(policy.vault),
    buyer: Cl.principal(policy.buyer),
    "policy-id": Cl.uint(policy.policyId),
    token: optionalPrincipal(policy.token),
    premium: Cl.uint(policy.premium),
    lock: Cl.uint(policy.lock),
    coverage: Cl.uint(policy.coverage),
    "release-after": Cl.uint(policy.releaseAfter),
    "expires-at": Cl.uint(policy.expiresAt),
  });
}

export function domainOf({ name, version, chainId }: typeof DOMAIN) {
  return Cl.tuple({ name: Cl.stringAscii(name), version: Cl.stringAscii(version), "chain-id": Cl.uint(chainId) });
}

export interface Signer {
  key?: string;
  domain?: typeof DOMAIN;
}

/** The 65 bytes r, s, recovery that the contract takes. */
function signMessage(message: ReturnType<typeof messageOf>, { key = AUTHORISER_KEY, domain = DOMAIN }: Signer) {
  return Uint8Array.from(
    Buffer.from(signStructuredData({ message, domain: domainOf(domain), privateKey: key }), "hex"),
  );
}

export const sign = (withdrawal: Withdrawal, signer: Signer = {}) => signMessage(messageOf(withdrawal), signer);
export const signPolicy = (policy: Policy, signer: Signer = {}) => signMessage(messageOfPolicy(policy), signer);

/** The other signature over the same message that the curve allows: s mirrored, the recovery byte flipped. */
export function highS(signature: Uint8Array) {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const s = BigInt(`0x${Buffer.from(signature.subarray(32, 64)).toString("hex")}`);
  const mirrored = Buffer.from((order - s).toString(16).padStart(64, "0"), "hex");
  return Uint8Array.from([...signature.subarray(0, 32), ...mirrored, (signature[64] as number) ^ 1]);
}
