/**
 * A statement, a page at a time. The opening of the first page is folded from the latest checkpoint; each further page goes on
 * from the last one's closing, which its cursor carries under our own secret, so that nobody makes one up.
 */
import { jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import type { Period } from "../../src/domain/periods";
import { timeText } from "../../src/domain/statementFiles";
import { type Balance, drawUp, joined, type Statement, statementFault } from "../../src/domain/statements";
import { TIERS } from "../../src/domain/tiers";
import { TOKENS } from "../../src/domain/tokens";
import { internal } from "../_generated/api";
import type { ActionCtx } from "../_generated/server";
import { refuseWith } from "../functions";
import { signInSettings } from "../settings";
import type { Place } from "./model";

/** Folds of one opening: more postings than that are no provider's before the checkpoints of earlier periods. */
const MOST_FOLDS = 100;
/** A fold of fewer postings is not worth a checkpoint. */
const WORTH_KEEPING = 1_000;

/** Where a page begins: behind a place, with these balances. */
interface Start {
  after: Place;
  balances: Balance[];
}

/** How far the books were when the first page was drawn up, unix seconds: all pages of a statement are as of then. */
interface Known {
  tip: number;
  settled: number;
}

/** Before every entry of this time. */
const startOf = (at: number): Place => ({ at, entryId: "" });

const AUDIENCE = "statement page";
const amount = z
  .string()
  .regex(/^-?\d{1,19}$/)
  .transform(BigInt);
const cursorShape = z.object({
  from: z.number(),
  to: z.number(),
  tip: z.number(),
  settled: z.number(),
  after: z.object({ at: z.number(), entryId: z.string() }),
  balances: z.array(
    z.object({
      token: z.enum(TOKENS),
      account: z.enum(["position", "suspense", "breach"]),
      tier: z.enum(TIERS).nullable(),
      available: amount,
      reserved: amount,
      locked: amount,
      earned: amount,
    }),
  ),
});

const key = () => new TextEncoder().encode(signInSettings().challengeSecret);
const asText = (balance: Balance) => ({
  ...balance,
  available: String(balance.available),
  reserved: String(balance.reserved),
  locked: String(balance.locked),
  earned: String(balance.earned),
});

function sealed(provider: string, period: Period, known: Known, { after, balances }: Start): Promise<string> {
  return new SignJWT({ ...period, ...known, after, balances: balances.map(asText) })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(provider)
    .setAudience(AUDIENCE)
    .setExpirationTime("1h")
    .sign(key());
}

async function opened(cursor: string, provider: string, { from, to }: Period): Promise<Start & Known> {
  const known = await jwtVerify(cursor, key(), { audience: AUDIENCE, subject: provider, algorithms: ["HS256"] })
    .then(({ payload }) => cursorShape.parse(payload))
    .catch(() => null);
  if (known?.from === from && known.to === to) return known;
  const message = "This cursor is not one of this statement's, or is older than an hour. Ask for its first page again.";
  return refuseWith({ code: "BAD_CURSOR", message });
}

/** What there was when the period began; kept for the next time where telling it took long and nothing of it can change. */
async function openingOf(ctx: ActionCtx, provider: string, { from }: Period): Promise<Start & Known> {
  const begun = await ctx.runQuery(internal.statements.read.begin, { provider, at: from });
  let { balances } = begun.from;
  let folded = 0;
  let after: Place | null = begun.from.before < from ? startOf(begun.from.before) : null;
  for (let folds = 0; after !== null; folds++) {
    if (folds === MOST_FOLDS) {
      const message =
        "Too much happened before this period for one answer. Ask for an earlier period first, and then again.";
      refuseWith({ code: "STATEMENT_TOO_LONG", message });
    }
    const args = { provider, balances, after, before: from };
    const done: { balances: Balance[]; next: Place | null; read: number } = await ctx.runQuery(
      internal.statements.read.fold,
      args,
    );
    ({ balances, next: after } = done);
    folded += done.read;
  }
  const { tip, settled } = begun;
  if (folded >= WORTH_KEEPING && from <= settled)
    await ctx.runMutation(internal.statements.read.keep, { provider, before: from, balances });
  return { after: startOf(from), balances, tip, settled };
}

/** A part of a statement that is one itself: opening + lines = closing. `cursor` asks for the next; null: this was the last. */
export interface StatementPage {
  page: Statement;
  cursor: string | null;
}

/** What a start leads to: a page, and where the next one begins. */
async function drawn(ctx: ActionCtx, provider: string, period: Period, start: Start & Known) {
  const { after, balances, tip, settled } = start;
  const { movements, next } = await ctx.runQuery(internal.statements.read.page, { provider, after, before: period.to });
  const page: Statement = {
    ...{ provider, from: period.from * 1_000, to: period.to * 1_000 },
    ...{ status: period.to <= settled ? "final" : "provisional", asOf: tip * 1_000 },
    ...drawUp(balances, movements),
  };
  const rest: (Start & Known) | null = next && { after: next, balances: page.closing, tip, settled };
  return { page, rest };
}

export async function statementPage(
  ctx: ActionCtx,
  provider: string,
  { cursor, ...period }: Period & { cursor: string | null },
): Promise<StatementPage> {
  const start = await (cursor === null ? openingOf(ctx, provider, period) : opened(cursor, provider, period));
  const { page, rest } = await drawn(ctx, provider, period, start);
  return { page, cursor: rest && (await sealed(provider, period, rest, rest)) };
}

/** Of one document: about 8,000 postings, so that it stays below 4 MiB. */
const MOST_PAGES = 16;

/**
 * All of a statement at once, held against its own lines.
 * Refuses STATEMENT_TOO_LONG {until}: up to that time (ms) it would fit.
 */
export async function wholeStatement(ctx: ActionCtx, provider: string, period: Period): Promise<Statement> {
  const { page: first, ...begun } = await drawn(ctx, provider, period, await openingOf(ctx, provider, period));
  const pages: [Statement, ...Statement[]] = [first];
  for (let { rest } = begun; rest !== null; ) {
    if (pages.length === MOST_PAGES) refuseLength(rest.after.at);
    const next = await drawn(ctx, provider, period, rest);
    pages.push(next.page);
    ({ rest } = next);
  }
  const whole = joined(pages);
  const fault = statementFault(whole);
  if (fault !== null) throw new Error(`The statement of ${provider} does not add up: ${fault}`);
  return whole;
}

/** @param at block time of what would be its last line, unix seconds */
function refuseLength(at: number): never {
  const until = timeText(at * 1_000);
  const message = `Too much happened for one document. Ask for a shorter period, such as until ${until}, or for its pages (statements.getStatement).`;
  return refuseWith({ code: "STATEMENT_TOO_LONG", message, until: at * 1_000 });
}
