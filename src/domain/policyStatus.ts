/** What becomes of a policy, in the order in which it may: the statuses, and what each means to its buyer. */

export const STATUS_WORDS = {
  quoted: "its premium may still be paid",
  lapsed: "its premium was not paid in time",
  active: "covered",
  exercising: "exercised; waits for the price that decides",
  expiring: "expired; waits for the price of its last minute",
  settling: "the payout is fixed and being paid",
  settled: "paid",
  worthless: "exercised for nothing; its capital is locked until it expires",
  releasing: "ended without a payout; its capital is being freed",
  released: "ended without a payout",
};

export type PolicyStatus = keyof typeof STATUS_WORDS;
export const POLICY_STATUSES = Object.keys(STATUS_WORDS) as PolicyStatus[];

/** Nothing follows them. */
export const LAST_STATUSES: PolicyStatus[] = ["lapsed", "settled", "released"];
