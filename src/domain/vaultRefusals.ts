/** The vault's refusals that a user's call can meet, in words: what happened and what to do. */

import { VAULT_ERRORS } from "./vaultErrors";

export const CONTRACT_ERRORS: Record<number, string> = {
  [VAULT_ERRORS.errNotAuthorized]: "this wallet does not have the role that this needs.",
  [VAULT_ERRORS.errInvalidSignature]: "this is not what was signed for this wallet.",
  [VAULT_ERRORS.errNoPendingChange]: "no change waits.",
  [VAULT_ERRORS.errChangeTooEarly]: "144 burn blocks have not passed since the change was scheduled.",
  [VAULT_ERRORS.errCapNotLower]: "a higher cap has to be scheduled, and waits 144 burn blocks.",
  [VAULT_ERRORS.errInsufficientBalance]:
    "the vault has less free than this amount. Try a smaller amount, or again later.",
  [VAULT_ERRORS.errTransferFailed]:
    "the token could not be transferred. The wallet may hold less than the amount; check its balance.",
  [VAULT_ERRORS.errAuthorizationExpired]: "the authorisation had expired. Ask for a new one.",
  [VAULT_ERRORS.errAuthorizationUsed]:
    "this authorisation has been used already, or revoked. Check your wallet's balance.",
  [VAULT_ERRORS.errPaused]: "the vault is paused. Your balance stands; try again when the operator has looked into it.",
  [VAULT_ERRORS.errPolicyExists]: "this policy has been bought already.",
  [VAULT_ERRORS.errLockExceedsAvailable]: "the vault has less free than the policy would lock. Ask for a new quote.",
  [VAULT_ERRORS.errOutflowExceedsCap]:
    "the vault's outflow cap let no more through. It refills with every Bitcoin block; try again later.",
};

/** @param result what the call returned, in Clarity's notation, such as `(err u213)` */
export function describeAbort(result: string): string {
  const [, code] = /^\(err u(\d+)\)$/.exec(result) ?? [];
  const known = code === undefined ? undefined : CONTRACT_ERRORS[Number(code)];
  const why = known ?? `the contract returned ${result}. Start again; if it repeats, tell the operator.`;
  return `Nothing moved but the fee: ${why}`;
}
