/** What may be sent to the vault in an episode, by whom, as the model and the real contract are both given it. */
import type { Token } from "../../src/domain/tokens";
import type { PolicyTerms, WithdrawalTerms } from "../../src/stacks/authorization";
import { DEPLOYER } from "../convex/environment";

/** As the authoriser signs them. */
export type SignedTerms = PolicyTerms;

/** Sends deposits for others, and can't sign in. Whoever calls it can also make it pass a call on. */
export const EXCHANGE = `${DEPLOYER}.exchange`;
/** The vault's roles; the wallets that provide and buy have none. */
export const ADMIN = DEPLOYER;
export const SERVICE = "ST3PZDEYQQ9XAT8HC5CMEDP6N008QHRV81JD1AGVH";
export const GUARDIAN = "ST3PS8NY2S81ACA3AKKQ1BW6DNWC3KH80X20TG19C";

export interface Caps {
  withdrawals: bigint;
  settlements: bigint;
}

/** A signature of 65 bytes as hex, and what the authoriser signed by it; null where nothing was. */
interface Signed<Terms> {
  signature: string;
  signed: Terms | null;
}

export type Tx =
  | { kind: "deposit"; sender: string; token: Token; amount: bigint; reference: bigint; isRelayed?: boolean }
  | ({
      kind: "withdraw";
      sender: string;
      token: Token;
      amount: bigint;
      id: bigint;
      expiresAt: bigint;
    } & Signed<WithdrawalTerms>)
  | ({ kind: "premium"; sender: string } & Omit<PolicyTerms, "buyer"> & Signed<PolicyTerms>)
  | { kind: "gift"; sender: string; token: Token; amount: bigint }
  | { kind: "absorb"; sender: string; token: Token }
  | { kind: "revoke"; sender: string; id: bigint }
  | { kind: "lock"; sender: string; token: Token; locks: { policyId: bigint; amount: bigint }[] }
  | { kind: "release"; sender: string; token: Token; policyIds: bigint[] }
  | { kind: "settle"; sender: string; token: Token; policyId: bigint; amount: bigint }
  | { kind: "pause"; sender: string; paused: boolean }
  /** Both tokens alike. */
  | { kind: "lower caps" | "schedule caps"; sender: string; caps: Caps }
  | { kind: "apply change" | "cancel change"; sender: string };

export type Call<Kind extends Tx["kind"]> = Extract<Tx, { kind: Kind }>;

/** A transfer that a transaction makes. */
export interface Transfer {
  token: Token;
  from: string;
  to: string;
  amount: bigint;
}
