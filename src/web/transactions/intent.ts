/**
 * What a person wants a transaction to do, before anybody has written one: every call that the page has signed is checked
 * against it, and it is what is remembered of a transaction that was sent.
 */
import { z } from "zod";
import { TIERS } from "../../domain/tiers";
import { TOKENS } from "../../domain/tokens";

/** In base units. Coerced, as storage keeps bigints as text. */
const amount = z.coerce.bigint();
const token = z.enum(TOKENS);

export const intentShape = z.discriminatedUnion("action", [
  z.object({ action: z.literal("deposit"), token, tier: z.enum(TIERS), amount }),
  z.object({ action: z.literal("withdrawal"), token, tier: z.enum(TIERS), amount }),
  /** Of deposits that no commitment claimed. */
  z.object({ action: z.literal("suspenseWithdrawal"), token, amount }),
  z.object({
    ...{ action: z.literal("premium"), token, amount, policyId: z.coerce.bigint() },
    /** As the quote showed them: where they are given, the signed terms have to be the same. */
    lock: z.coerce.bigint().optional(),
    coverage: z.coerce.bigint().optional(),
  }),
  /** Out of insurance or fees, to whoever the deployment names. */
  z.object({ action: z.literal("treasuryExit"), token, amount, account: z.string() }),
]);
export type Intent = z.infer<typeof intentShape>;

/** Which call of the vault does it. */
export const FUNCTION_OF = {
  deposit: "deposit-funds",
  withdrawal: "withdraw-funds",
  suspenseWithdrawal: "withdraw-funds",
  premium: "pay-premium",
  treasuryExit: "withdraw-funds",
} as const satisfies Record<Intent["action"], string>;

/** Whether the money comes out of the person's own wallet. */
export function isPaidByOwner({ action }: Intent): boolean {
  return action === "deposit" || action === "premium";
}

/** The beginning of a heading that the amount follows: "Deposit", as in "Deposit 5 STX". */
export function verbOf({ action }: Intent): string {
  return {
    deposit: "Deposit",
    withdrawal: "Withdraw",
    suspenseWithdrawal: "Withdraw",
    premium: "Pay the premium of",
    treasuryExit: "Pay out",
  }[action];
}

/** What stands before the amount in a list: "Deposit of 5 STX". */
export function nounOf({ action }: Intent): string {
  return {
    deposit: "Deposit of",
    withdrawal: "Withdrawal of",
    suspenseWithdrawal: "Withdrawal of",
    premium: "Premium of",
    treasuryExit: "Exit of",
  }[action];
}

/** Where it goes to or comes from, behind the amount: "into Balanced". */
export function placeOf(intent: Intent): string {
  switch (intent.action) {
    case "deposit":
      return `into ${intent.tier}`;
    case "withdrawal":
      return `from ${intent.tier}`;
    case "suspenseWithdrawal":
      return "from suspense";
    case "premium":
      return `for policy ${intent.policyId}`;
    case "treasuryExit":
      return `from ${intent.account}`;
  }
}
