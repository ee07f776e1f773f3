/** Capital that is to change its tier, or to leave suspense for one, while it is being typed. The service checks it again. */
import type { FunctionReturnType } from "convex/server";
import type { api } from "../../../../convex/_generated/api";
import { checkLeaving, type Left } from "../../../domain/moves";
import { type Outcome, refuse } from "../../../domain/refusal";
import type { Tier } from "../../../domain/tiers";
import { formatAmount, parseAmount, type Token } from "../../../domain/tokens";
import { readableAmount } from "../../amounts/typing";

export interface MoveDraft {
  to: Tier;
  amountText: string;
  /** New with every change, so that a repeated request for the same draft moves once. */
  idempotencyKey: string;
}

export type MoveQuote = FunctionReturnType<typeof api.moves.quoteMove>;

/** Where it leaves from. */
export interface MoveSource {
  from: Tier | "suspense";
  token: Token;
  available: bigint;
  reserved: bigint;
  locked: bigint;
}

/** @param quote null while it is asked: the service decides then */
export function checkMove(
  { to, amountText }: Pick<MoveDraft, "to" | "amountText">,
  source: MoveSource,
  quote: MoveQuote | null,
): Outcome<bigint> {
  const { token, available, reserved, locked } = source;
  const parsed = parseAmount(amountText, token);
  if (!parsed.ok || quote === null) return parsed;
  if (parsed.value < quote.least) {
    const least = formatAmount(quote.least, token);
    const message = `A position in ${to} would be too small. Choose ${least} ${token} or more.`;
    return refuse("POSITION_BELOW_MINIMUM", message, { minimum: quote.least });
  }
  const left: Left = { available, reserved, locked, minimumPosition: quote.minimumPosition };
  return checkLeaving(parsed.value, token, quote, left);
}

const BINDING: Record<MoveQuote["binding"], string> = {
  available: "the rest is reserved or locked",
  hold: "the rest has arrived too recently, and the tier's minimum hold keeps it for now",
  health: "the rest is needed by the policies that it stands behind",
  minimum: "more would leave less than the tier's smallest position behind",
  capacity: "the tier that it would move to takes no more now",
};

/** The most that can go and what binds it, in one sentence. */
export function quoteInWords({ max, binding, least }: MoveQuote, { available, token }: MoveSource): string {
  const most = `${readableAmount(max, token)} ${token}`;
  if (max === 0n) return `Nothing can go now: ${BINDING[binding]}.`;
  if (max < least) {
    return `At most ${most} can go, and the new position needs at least ${readableAmount(least, token)} ${token}.`;
  }
  if (max === available && binding === "available") return `All of it can go: ${most}.`;
  return `At most ${most}: ${BINDING[binding]}.`;
}
