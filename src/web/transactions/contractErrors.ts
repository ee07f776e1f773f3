/** The vault's refusals that a deposit or a withdrawal can meet, in words: what happened and what to do. */

export const CONTRACT_ERRORS: Record<number, string> = {
  201: "the vault has less free than this amount. Try a smaller amount, or again later.",
  203: "the token could not be transferred. The wallet may hold less than the amount; check its balance.",
  210: "the authorisation had expired. Request the withdrawal again.",
  212: "this withdrawal has been paid already. Check your wallet's balance.",
  213: "the vault's outflow cap let no more through. It refills with every Bitcoin block; try again later.",
};

/** @param result what the call returned, in Clarity's notation, such as `(err u213)` */
export function describeAbort(result: string): string {
  const [, code] = /^\(err u(\d+)\)$/.exec(result) ?? [];
  const known = code === undefined ? undefined : CONTRACT_ERRORS[Number(code)];
  const why = known ?? `the contract returned ${result}. Start again; if it repeats, tell the operator.`;
  return `Nothing moved but the fee: ${why}`;
}
