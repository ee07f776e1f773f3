/** What waits to be taken from the vault, if the vault would let it: garbage that anybody can send is no claim. */
import type { StacksApi } from "../stacks/api";
import { arePolicyTermsSigned, isSignedWithdrawal } from "../stacks/authorization";
import { type VaultDeployment, vaultCalls } from "../stacks/deployment";
import type { WaitingCall } from "../stacks/waitingCalls";
import type { Claim } from "./claims";

export interface Keys {
  /** The compressed public key that signs withdrawals and terms, hex. */
  authoriser: string;
  /** Who settles. */
  service: string;
}

export async function keysOf(api: StacksApi, deployment: VaultDeployment): Promise<Keys> {
  const { index_block_hash: tip } = await api.latestBlock();
  const { authoriser, service } = await api.readOnly(vaultCalls(deployment).getVaultState(), tip);
  return { authoriser: Buffer.from(authoriser).toString("hex"), service };
}

/** Null: the vault would refuse it, as nobody with the right to has signed it. */
export async function claimOfWaiting(
  deployment: VaultDeployment,
  call: WaitingCall,
  { authoriser: publicKey, service }: Keys,
): Promise<Claim | null> {
  const seen = { txId: call.txId, place: { kind: "waiting" as const } };
  switch (call.kind) {
    case "withdrawal": {
      const { terms, signature } = call;
      if (!(await isSignedWithdrawal(deployment, terms, { signature, publicKey }))) return null;
      return { kind: "withdrawal", ...seen, ...terms };
    }
    case "premium": {
      const { expiresAt: _, ...terms } = call.terms;
      const isSigned = await arePolicyTermsSigned(deployment, call.terms, { signature: call.signature, publicKey });
      return isSigned ? { kind: "premium", ...seen, ...terms } : null;
    }
    case "settlement": {
      const { sender, policyId, token, amount } = call;
      return sender === service ? { kind: "settlement", ...seen, policyId, token, amount, buyer: null } : null;
    }
  }
}
