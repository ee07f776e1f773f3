/** What those who run the deployment look at, as tables that fit a terminal; --json has what is cut here. */
import type { FunctionReturnType } from "convex/server";
import type { api } from "../../../convex/_generated/api";
import { shownAmount, shownPrice, shownShare, shownTime } from "../amounts";
import type { Column } from "../table";
import { cut, shorten } from "../words/shortened";
import { factsInWords } from "./policies";
import type { Facts } from "./pool";

type Operations = typeof api.operations;
type RowOf<Name extends keyof Operations> =
  FunctionReturnType<Operations[Name]> extends { page: (infer Row)[] } ? Row : never;

export type Stopped = FunctionReturnType<Operations["getBreakers"]>;
export type Outbox = FunctionReturnType<Operations["getOutbox"]>;
export type SyncStanding = FunctionReturnType<Operations["getSync"]>;
export type PriceStanding = FunctionReturnType<Operations["getPriceSources"]>;
export type AuditResult = FunctionReturnType<Operations["getAuditResult"]>;
export type Exit = RowOf<"listExits">;

const REASON_WIDTH = 60;

export const BREAKERS: Column<Stopped["breakers"][number]>[] = [
  { title: "stopped", of: ({ capability }) => capability },
  { title: "since", of: ({ since }) => shownTime(since) },
  { title: "why", of: ({ reason }) => cut(reason, REASON_WIDTH) },
];

/** The rule after a restore, in a sentence; null: none holds. */
export function restoreInWords({ restore }: Stopped): string | null {
  if (restore === null) return null;
  if (restore.kind === "looking") return "Restored from a backup: nothing is signed until a look has reached the tip.";
  return `Restored from a backup: nothing is signed before ${shownTime(restore.until * 1_000)}.`;
}

export function laneFacts(outbox: Outbox): Facts {
  const { sender, nextNonce, paused, alarm, failures, lastError, waiting, failed, transactions } = outbox;
  return [
    ["sender", sender],
    ["next nonce", nextNonce === null ? "none yet" : String(nextNonce)],
    ["paused", paused === null ? "no" : cut(paused, REASON_WIDTH)],
    ["alarm", alarm === null ? "none" : cut(alarm, REASON_WIDTH)],
    ["failing", failures === 0 ? null : `${failures} turns in a row: ${cut(lastError ?? "", REASON_WIDTH)}`],
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

export const ACTS: Column<RowOf<"listActs">>[] = [
  { title: "at", of: ({ at }) => shownTime(at) },
  { title: "act", of: ({ act }) => act },
  { title: "who", of: ({ actor }) => shorten(actor) },
  { title: "why", of: ({ reason }) => cut(reason, 20) },
  { title: "facts", of: ({ facts }) => factsInWords(facts, 20) },
];

export const EXITS: Column<Exit>[] = [
  { title: "exit", of: ({ exitId }) => exitId },
  { title: "from", of: ({ account }) => account },
  { title: "amount", align: "right", of: ({ amount, token }) => shownAmount(amount, token) },
  { title: "to", of: ({ recipient }) => shorten(recipient) },
  { title: "status", of: ({ status, payment }) => (payment === null ? status : `${status}, ${payment}`) },
];

export const HEALTH_ROWS: Column<RowOf<"listHealth">>[] = [
  { title: "provider", of: ({ provider }) => shorten(provider) },
  { title: "tier", of: ({ tier }) => tier },
  { title: "status", of: ({ status, isStuck }) => (isStuck ? `${status}, stuck` : status) },
  { title: "ratio", align: "right", of: ({ ratio }) => (ratio === null ? "" : shownShare(ratio)) },
  { title: "locked", align: "right", of: ({ locked, token }) => shownAmount(locked, token) },
  {
    title: "worse at",
    align: "right",
    of: ({ worseAtUsdMicros: at }) => (at === 0n ? "no price" : shownPrice(at)),
  },
  { title: "due", of: ({ dueAt }) => (dueAt === null ? "" : shownTime(dueAt)) },
];

export const PRINCIPALS: Column<RowOf<"listSuspense">>[] = [
  { title: "address", of: ({ principal }) => principal },
  { title: "amount", align: "right", of: ({ amount, token }) => shownAmount(amount, token) },
];

export const TOLD: Column<RowOf<"listNotifications">>[] = [
  { title: "at", of: ({ at }) => shownTime(at) },
  { title: "whom", of: ({ provider }) => (provider === null ? "operators" : shorten(provider)) },
  { title: "what", of: ({ kind }) => kind },
  { title: "facts", of: ({ facts }) => factsInWords(facts, 40) },
];

export const DELIVERIES: Column<RowOf<"listDeliveries">>[] = [
  { title: "delivery", of: ({ deliveryId }) => deliveryId },
  { title: "what", of: ({ kind }) => kind },
  { title: "status", of: ({ status }) => status },
  { title: "tries", align: "right", of: ({ attempts }) => String(attempts) },
  { title: "last error", of: ({ lastError }) => cut(lastError ?? "", 30) },
];

export function standingFacts(standing: SyncStanding): Facts {
  const { halted, failures, lastError, tip, final, watermark, seen, pending, paused, guardian, behindSince } = standing;
  const block = (mark: SyncStanding["tip"]) =>
    mark === null ? "none yet" : `${mark.height}, ${shownTime(mark.time * 1_000)}`;
  return [
    ["sync", halted === null ? "goes on" : `HALTED: ${halted}`],
    ["failing", failures === 0 ? "no" : `${failures} looks in a row: ${cut(lastError ?? "", REASON_WIDTH)}`],
    ["tip", block(tip)],
    ["final", block(final)],
    ["books", `event ${watermark} of ${seen}; ${pending} wait`],
    ["behind since", behindSince === null ? null : shownTime(behindSince)],
    ["the vault", paused === null ? "not read yet" : paused ? "PAUSED" : "open"],
    ["its guardian", guardian],
  ];
}

export const BELIEVED: Column<PriceStanding["prices"][number]>[] = [
  { title: "of", of: ({ underlying }) => underlying },
  { title: "price", align: "right", of: ({ accepted }) => (accepted ? shownPrice(accepted.priceUsdMicros) : "none") },
  { title: "published", of: ({ accepted }) => (accepted ? shownTime(accepted.publishedAtMs) : "") },
  { title: "good", of: ({ isGood }) => (isGood ? "yes" : "NO") },
  { title: "trouble", of: ({ refusal }) => cut(refusal ?? "", 40) },
];

export function auditInWords(result: AuditResult): string {
  if (result === null) return "No audit has gone through all books yet.";
  const { finishedAt, checked, differences, wrongSums } = result;
  const { accounts, positions, policies, entries, postings } = checked;
  const what = `${accounts} accounts, ${positions} positions, ${policies} policies, ${entries} entries, ${postings} postings`;
  const found =
    differences === 0 && wrongSums.length === 0
      ? "no difference"
      : `${differences} DIFFERENCES${wrongSums.length > 0 ? `; sums in doubt: ${wrongSums.map(({ name }) => name).join(", ")}` : ""}`;
  return `Audited ${shownTime(finishedAt)}: ${found} in ${what}.`;
}
