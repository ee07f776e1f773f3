/** What is sent to the vault in this trial, in the words of the simulation's vault; every signature here is the authoriser's. */
import type { Token } from "../../../../src/domain/tokens";
import { GUARDIAN, type Tx } from "../../../simulation/transactions";

export type PaperTx =
  | { kind: "deposit"; depositor: string; token: Token; amount: bigint; reference: bigint }
  | { kind: "withdraw"; withdrawer: string; token: Token; amount: bigint; id: bigint; expiresAt: bigint }
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
    case "revoke":
      return { ...tx, sender: GUARDIAN };
    case "gift":
    case "absorb":
      return { ...tx, sender: "anyone" };
  }
}
