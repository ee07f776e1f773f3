/**
 * The moments at which a backend is killed: for each step of a call of the outbox, of an event's way into the books and of a
 * withdrawal, in the middle of the mutation that takes it, right before its commit, and right behind it; and at requests to
 * the node, before it has them and after.
 */
import type { Failpoint } from "./failpoint";

export type Phase = {
  name: string;
  /** Nothing becomes final until it is met, or it might be passed by unseen. */
  isBeforeFinality?: boolean;
} & ({ kind: "write"; failpoint: Failpoint } | { kind: "request"; requests: RegExp; moment: "before" | "after" });

interface Step extends Omit<Failpoint, "moment"> {
  step: string;
  moments: Failpoint["moment"][];
}

const BEFORE_FINALITY = ["include", "see"];
const STEPS: Step[] = [
  { step: "ask", mutation: "outbox/control:request", writes: '"queue":"revoke"', moments: ["write", "after commit"] },
  // One mutation gives the nonce, signs, and keeps the bytes.
  { step: "reserve", mutation: "outbox/loop:store", writes: '"status":"open"', moments: ["write"] },
  { step: "sign", mutation: "outbox/loop:store", writes: '"bytes":', moments: ["write"] },
  { step: "persist", mutation: "outbox/loop:store", writes: '"bytes":', moments: ["before commit", "after commit"] },
  {
    ...{ step: "reply", mutation: "outbox/loop:finish", writes: '"sentAt":\\d' },
    moments: ["write", "before commit", "after commit"],
  },
  {
    ...{ step: "include", mutation: "outbox/loop:store", writes: '"status":"included"' },
    moments: ["before commit", "after commit"],
  },
  {
    ...{ step: "confirm", mutation: "outbox/loop:store", writes: '"status":"confirmed"' },
    moments: ["write", "before commit", "after commit"],
  },
  {
    ...{ step: "see", mutation: "sync/loop:finishCycle", writes: '"status":"pending"' },
    moments: ["write", "before commit", "after commit"],
  },
  {
    ...{ step: "post", mutation: "sync/loop:finishCycle", writes: '"entryId":"deposit:' },
    moments: ["write", "before commit", "after commit"],
  },
  {
    ...{ step: "authorise", mutation: "withdrawals/requests:authorise", writes: '"signature":' },
    moments: ["write", "before commit", "after commit"],
  },
  {
    ...{ step: "cancel", mutation: "withdrawals/requests:cancel", writes: '"status":"cancelling"' },
    moments: ["before commit", "after commit"],
  },
  {
    ...{ step: "revoke", mutation: "sync/loop:finishCycle", writes: '"status":"revoked"' },
    moments: ["before commit", "after commit"],
  },
  {
    ...{ step: "pay", mutation: "sync/loop:finishCycle", writes: '"status":"paid"' },
    moments: ["before commit", "after commit"],
  },
  { step: "price", mutation: "prices/loop:record", writes: '"priceUsdMicros":', moments: ["before commit"] },
];

const REQUESTS: { step: string; requests: RegExp; moments: ("before" | "after")[] }[] = [
  { step: "broadcast", requests: /^POST \/v2\/transactions/, moments: ["before", "after"] },
  { step: "look of the outbox", requests: /^GET \/v2\/accounts\//, moments: ["before"] },
  { step: "look of sync", requests: /^GET \/extended\/v1\/contract\//, moments: ["before", "after"] },
];

export const PHASES: Phase[] = [
  ...STEPS.flatMap(({ step, moments, ...failpoint }) =>
    moments.map((moment) => ({
      ...{ kind: "write" as const, name: `${step}, ${moment}`, isBeforeFinality: BEFORE_FINALITY.includes(step) },
      failpoint: { ...failpoint, moment },
    })),
  ),
  ...REQUESTS.flatMap(({ step, requests, moments }) =>
    moments.map((moment) => ({ kind: "request" as const, name: `${step}, ${moment}`, requests, moment })),
  ),
];

/** How a round's withdrawal ends: some phases are of one end only. */
export function endOf({ name }: Phase, n: number): "paid" | "revoked" {
  if (name.startsWith("pay,")) return "paid";
  if (name.startsWith("revoke,") || name.startsWith("cancel,")) return "revoked";
  return n % 2 === 0 ? "paid" : "revoked";
}
