/** What those who run the deployment look at: breakers, the outbox, the trail and exits of the treasury. */
import type { FunctionReturnType } from "convex/server";
import type { internal } from "../../../convex/_generated/api";
import { shownAmount, shownTime } from "../amounts";
import type { Column } from "../table";
import { cut, shorten } from "../words/shortened";
import { factsInWords } from "./policies";
import type { Facts } from "./pool";

export type Stopped = FunctionReturnType<typeof internal.breakers.control.status>;
export type Outbox = FunctionReturnType<typeof internal.outbox.control.list>;
export type Act = FunctionReturnType<typeof internal.audit.trail.list>["page"][number];
export type Exit = FunctionReturnType<typeof internal.treasury.exits.list>["page"][number];

const REASON_WIDTH = 60;

export const BREAKERS: Column<Stopped["breakers"][number]>[] = [
  { title: "stopped", of: ({ capability }) => capability },
  { title: "since", of: ({ since }) => shownTime(since) },
  { title: "why", of: ({ reason }) => cut(reason, REASON_WIDTH) },
];

/** The rule after a restore, in a sentence; null: none holds. */
export function restoreInWords({ restore }: Pick<Stopped, "restore">): string | null {
  if (restore === null) return null;
  if (restore.kind === "looking") return "Restored from a backup: nothing is signed until a look has reached the tip.";
  return `Restored from a backup: nothing is signed before ${shownTime(restore.until * 1_000)}.`;
}

export function laneFacts({ sender, nextNonce, paused, alarm, waiting, failed, transactions }: Outbox): Facts {
  return [
    ["sender", sender],
    ["next nonce", nextNonce === null ? "none yet" : String(nextNonce)],
    ["paused", paused === null ? "no" : cut(paused, REASON_WIDTH)],
    ["alarm", alarm === null ? "none" : cut(alarm, REASON_WIDTH)],
    ["on its way, waiting, failed", `${transactions.length}, ${waiting.length}, ${failed.length}`],
  ];
}

export const TRANSACTIONS: Column<Outbox["transactions"][number]>[] = [
  { title: "nonce", align: "right", of: ({ nonce }) => String(nonce) },
  { title: "call", of: ({ kind }) => kind },
  { title: "status", of: ({ status }) => status },
  { title: "transaction", of: ({ forms }) => shorten(forms.at(-1)?.txId ?? "") },
  { title: "fee", align: "right", of: ({ forms }) => shownAmount(forms.at(-1)?.feeUstx ?? 0n, "STX") },
  { title: "alarm", of: ({ alarm }) => cut(alarm ?? "", 30) },
];

export const CALLS: Column<Outbox["waiting"][number]>[] = [
  { title: "key", of: ({ key }) => key },
  { title: "call", of: ({ call }) => call.kind },
  { title: "status", of: ({ status }) => status },
  { title: "outcome", of: ({ outcome }) => cut(outcome ?? "", 40) },
];

export const ACTS: Column<Act>[] = [
  { title: "at", of: ({ at }) => shownTime(at) },
  { title: "act", of: ({ act }) => act },
  { title: "who", of: ({ actor }) => shorten(actor) },
  { title: "why", of: ({ reason }) => cut(reason, 20) },
  { title: "facts", of: ({ facts }) => factsInWords(facts, 22) },
];

export const EXITS: Column<Exit>[] = [
  { title: "exit", of: ({ exitId }) => exitId },
  { title: "from", of: ({ account }) => account },
  { title: "amount", align: "right", of: ({ amount, token }) => shownAmount(amount, token) },
  { title: "to", of: ({ recipient }) => shorten(recipient) },
  { title: "status", of: ({ status, payment }) => (payment === null ? status : `${status}, ${payment}`) },
];
