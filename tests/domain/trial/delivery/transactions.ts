/** What is sent to the vault in this trial, in the words of the simulation's vault; every signature here is the authoriser's. */
import type { Token } from "../../../../src/domain/tokens";
import { type Call, GUARDIAN, SERVICE, type SignedTerms, type Tx } from "../../../simulation/transactions";

export type PaperTx =
  | { kind: "deposit"; depositor: string; token: Token; amount: bigint; reference: bigint }
  | { kind: "withdraw"; withdrawer: string; token: Token; amount: bigint; id: bigint; expiresAt: bigint }
  | ({ kind: "premium" } & SignedTerms)
  | Omit<Call<"lock">, "sender">
  | Omit<Call<"release">, "sender">
  | Omit<Call<"settle">, "sender">
  | { kind: "revoke"; id: bigint }
  | { kind: "gift"; token: Token; amount: bigint }
  | { kind: "absorb"; token: Token };

export function sentOf(tx: PaperTx): Tx {
  switch (tx.kind) {
    case "deposit": {
      const { depositor: sender, ...fields } = tx;
      return { sender, ...fields };
    }
    case "withdraw": {
      const { kind, withdrawer, ...terms } = tx;
      return { kind, sender: withdrawer, ...terms, signature: "", signed: { withdrawer, ...terms } };
    }
    case "premium": {
      const { kind, buyer, ...terms } = tx;
      return { kind, sender: buyer, ...terms, signature: "", signed: { buyer, ...terms } };
    }
    case "lock":
    case "release":
    case "settle":
      return { ...tx, sender: SERVICE };
    case "revoke":
      return { ...tx, sender: GUARDIAN };
    case "gift":
    case "absorb":
      return { ...tx, sender: "anyone" };
  }
}
