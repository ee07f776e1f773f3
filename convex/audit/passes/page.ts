/** One page of a pass, read in one query: what it compares, it sees at one moment. Nothing is written here. */
import { addToSum, EMPTY_FOLD, entryFault, type Fold, foldPostings } from "../../../src/domain/bookAudit";
import { type Account, accountName, POCKETS } from "../../../src/domain/ledger";
import { TOKENS, type Token } from "../../../src/domain/tokens";
import type { Doc } from "../../_generated/dataModel";
import type { QueryCtx } from "../../_generated/server";
import { totalOf } from "../../positions/model";
import { authorisedTotal, sumOfOpen } from "../../withdrawals/model";
import type { Progress } from "../schema";
import {
  auditPolicy,
  auditPolicyCounts,
  auditPosition,
  type Found,
  isStandingRight,
  POLICY_READS,
  POSITION_READS,
} from "./backed";
import type { Pass } from "./model";

/** Of one page: documents that are walked in a phase, reads of postings for them, and postings that these bring. */
const LIMITS = { documents: 300, reads: 900, postings: 2_500 };
/** More than any entry has: four for each of 256 positions behind a policy that is settled, and a few. */
const MAX_ENTRY_POSTINGS = 1_100;

/** What `accounts` and `positions` are to the audit: balances under names of postings' accounts. */
interface Subject {
  token: Token;
  accounts: { name: string; balance: bigint }[];
}

/** The page as it grows. */
class Page {
  postingsLeft: number;
  readsLeft: number;
  readonly faults: string[] = [];

  constructor(
    readonly ctx: QueryCtx,
    readonly moment: number,
    public progress: Progress,
    readonly limits: typeof LIMITS,
  ) {
    this.postingsLeft = limits.postings;
    this.readsLeft = limits.reads;
  }

  add(name: string, found: bigint | number) {
    this.progress = { ...this.progress, sums: addToSum(this.progress.sums, name, { found: BigInt(found) }) };
  }

  /** Counts one thing that was compared, and whether it is right. */
  compared(name: string, isRight: boolean) {
    const one = { expected: 1n, found: isRight ? 1n : 0n };
    this.progress = { ...this.progress, sums: addToSum(this.progress.sums, name, one) };
  }

  found({ faults, read }: Found, reads: number) {
    this.faults.push(...faults);
    this.postingsLeft -= read;
    this.readsLeft -= reads;
  }

  count(what: keyof Progress["checked"], more = 1) {
    const { checked } = this.progress;
    this.progress = { ...this.progress, checked: { ...checked, [what]: checked[what] + more } };
  }

  /** This document is done; the next one begins afresh. */
  passed(document: { _creationTime: number }) {
    this.progress = { ...this.progress, after: document._creationTime, partial: null };
  }

  get isFull(): boolean {
    return this.postingsLeft <= 0 || this.readsLeft < POCKETS.length + POSITION_READS;
  }
}

export async function readPage(ctx: QueryCtx, { moment, progress }: Pass, limits = LIMITS) {
  const page = new Page(ctx, moment, progress, limits);
  while (page.progress.phase !== "totals") if (!(await readPhase(page))) break;
  const isLast = page.progress.phase === "totals";
  if (isLast) {
    await checkOpenWithdrawals(page);
    page.faults.push(...(await auditPolicyCounts(ctx)));
  }
  return { progress: page.progress, faults: page.faults, isLast };
}

/** More open withdrawals than these are not summed up at one moment; the fold of what is reserved still stands for them. */
const MAX_OPEN_WITHDRAWALS = 500;

async function checkOpenWithdrawals({ ctx, faults }: Page) {
  const sums = await sumOfOpen(ctx, MAX_OPEN_WITHDRAWALS);
  if (sums === null) return;
  for (const token of TOKENS) {
    const total = await authorisedTotal(ctx, token);
    if (total === sums[token]) continue;
    faults.push(`${total} base units of ${token} count as authorised, but open withdrawals come to ${sums[token]}.`);
  }
}

/** Says whether the phase is over. */
async function readPhase(page: Page): Promise<boolean> {
  switch (page.progress.phase) {
    case "accounts":
      return walked(page, await nextOf(page, "accounts"), "positions", checkAccount);
    case "positions":
      return walked(page, await nextOf(page, "positions"), "policies", checkPosition);
    case "policies":
      return walked(page, await nextOf(page, "policies"), "entries", checkPolicy);
    case "entries": {
      const entries = await nextOf(page, "entries");
      return walked(
        page,
        entries.filter(({ _creationTime }) => _creationTime <= page.moment),
        "totals",
        checkEntry,
      );
    }
    case "totals":
      return true;
  }
}

function nextOf<Table extends "accounts" | "positions" | "policies" | "entries">(
  { ctx, progress, limits }: Page,
  table: Table,
) {
  const { after } = progress;
  const documents = ctx.db
    .query(table as "accounts")
    .withIndex("by_creation_time", (q) => q.gt("_creationTime", after));
  return documents.take(limits.documents) as unknown as Promise<Doc<Table>[]>;
}

/** Checks documents until the page is full; behind the last one the next phase begins. */
async function walked<T extends { _creationTime: number }>(
  page: Page,
  documents: T[],
  next: Progress["phase"],
  check: (page: Page, document: T) => Promise<boolean>,
): Promise<boolean> {
  for (const document of documents) {
    if (page.isFull || !(await check(page, document))) return false;
    page.passed(document);
  }
  if (documents.length === page.limits.documents) return false;
  page.progress = { ...page.progress, phase: next, after: 0, partial: null };
  return true;
}

const VAULT = accountName({ kind: "vault" });
const COVER = "cover/";

/** False where the page is full before the account is folded. */
async function checkAccount(page: Page, { name, token, balance }: Doc<"accounts">): Promise<boolean> {
  const atStart = await foldSubject(page, { token, accounts: [{ name, balance }] });
  if (atStart === null) return false;
  page.count("accounts");
  const [amount = 0n] = atStart;
  if (name !== VAULT) page.add(`owed ${token}`, amount);
  if (name.startsWith(COVER)) page.add(`backed ${token}`, amount);
  return true;
}

async function checkPosition(page: Page, position: Doc<"positions">): Promise<boolean> {
  const { _id: positionId, token, tier } = position;
  const balances = { ...position, yield: position.accruedYield };
  const accounts = POCKETS.map((pocket) => {
    const account: Account = { kind: "position", positionId, pocket };
    return { name: accountName(account), balance: balances[pocket] };
  });
  const atStart = await foldSubject(page, { token, accounts });
  if (atStart === null) return false;
  page.count("positions");
  const [available = 0n, reserved = 0n, locked = 0n, yielded = 0n] = atStart;
  const capital = totalOf({ ...position, available, reserved, locked });
  page.add(`owed ${token}`, capital + yielded);
  page.add(`backed ${token}`, locked);
  page.add(`capital ${tier} ${token}`, capital);
  page.add(`locked ${tier} ${token}`, locked);
  page.add(`providers ${tier} ${token}`, capital > 0n ? 1 : 0);
  page.compared(`standings ${tier} ${token}`, await isStandingRight(page.ctx, position));
  page.found(await auditPosition(page.ctx, position), POSITION_READS);
  return true;
}

async function checkPolicy(page: Page, policy: Doc<"policies">): Promise<boolean> {
  page.found(await auditPolicy(page.ctx, policy), POLICY_READS);
  page.count("policies");
  return true;
}

/** What a withdrawal reserves, pays and gives back; the rest of what is reserved is to stand behind policies. */
const OF_WITHDRAWAL = /^(reserve|unreserve|withdrawal):/;
const RESERVED = /^reserved\/|\/reserved$/;

/** Of postings of an account, what withdrawals had reserved when the pass began. */
function countReserved(page: Page, { name, token }: { name: string; token: Token }, postings: Doc<"postings">[]) {
  if (!RESERVED.test(name)) return;
  const counted = postings.filter(
    ({ entryId, _creationTime }) => _creationTime <= page.moment && OF_WITHDRAWAL.test(entryId),
  );
  page.add(
    `reserved ${token}`,
    counted.reduce((sum, { amount }) => sum + amount, 0n),
  );
}

/**
 * Folds the postings of each of a document's accounts and compares them with its balances; gives the balances as of the
 * moment that the pass began, or null where the page is full before that.
 */
async function foldSubject(page: Page, { token, accounts }: Subject): Promise<bigint[] | null> {
  const { done = [], ...rest } = page.progress.partial ?? {};
  const atStart = [...done];
  let fold: Fold = { ...EMPTY_FOLD, ...rest };
  for (const { name, balance } of accounts.slice(done.length)) {
    const read = page.postingsLeft;
    const postings = await postingsAfter(page, { name, token }, fold.through);
    const { atStart: counted, ...folded } = foldPostings(fold, postings, page.moment);
    page.count("postings", postings.length);
    page.add("postings", counted);
    countReserved(page, { name, token }, postings);
    if (postings.length === read) {
      page.progress = { ...page.progress, partial: { done: atStart, ...folded } };
      return null;
    }
    if (folded.fold !== balance)
      page.faults.push(`${name} shows ${balance} base units of ${token}, but its postings come to ${folded.fold}.`);
    atStart.push(folded.foldAtStart);
    fold = EMPTY_FOLD;
  }
  return atStart;
}

async function postingsAfter(page: Page, { name, token }: { name: string; token: Token }, through: number) {
  const postings = await page.ctx.db
    .query("postings")
    .withIndex("by_account_and_token", (q) => q.eq("account", name).eq("token", token).gt("_creationTime", through))
    .take(page.postingsLeft);
  page.postingsLeft -= postings.length;
  page.readsLeft -= 1;
  return postings;
}

async function checkEntry(page: Page, entry: Doc<"entries">): Promise<boolean> {
  const postings = await page.ctx.db
    .query("postings")
    .withIndex("by_entry_id", (q) => q.eq("entryId", entry.entryId))
    .take(MAX_ENTRY_POSTINGS);
  page.postingsLeft -= postings.length;
  page.readsLeft -= 1;
  page.count("entries");
  const fault = entryFault(entry, postings);
  if (fault) page.faults.push(fault);
  page.progress = {
    ...page.progress,
    sums: addToSum(page.progress.sums, "postings", { expected: BigInt(postings.length) }),
  };
  return true;
}
