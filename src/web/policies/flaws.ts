/** What is wrong with a wish, each at its field: what the page sees while it is typed, else what the service said of it. */
import type { PolicyRules } from "../../domain/policies";
import type { Outcome, Refusal } from "../../domain/refusal";
import { isUnfinished } from "../amounts/typing";
import type { Flaw } from "./fields";
import { type Checked, parsePrice, parseQuantity, remedyOf, type WishDraft } from "./wish";
import { fieldOf, refusalInWords, type WishField } from "./words";

interface Judged {
  checked: Checked;
  /** Of the service, for this very wish. */
  refusal: Refusal | null;
  rules: PolicyRules | null;
}

/** What was typed into a field, as the bounds of its refusal count; null where it can't be read. */
function typedIn(field: WishField, draft: WishDraft): bigint | null {
  const value = (outcome: Outcome<bigint>) => (outcome.ok ? outcome.value : null);
  if (field === "strike") return value(parsePrice(draft.strikeText));
  if (field === "quantity") return value(parseQuantity(draft.quantityText, draft.underlying));
  const ms = draft.until === "moment" ? new Date(draft.untilText).getTime() : null;
  return field === "until" && ms !== null && Number.isFinite(ms) ? BigInt(ms) : null;
}

export function flawsOf(draft: WishDraft, { checked, refusal, rules }: Judged): Record<WishField, Flaw | null> {
  const strikeUsdMicros = checked.strike.ok ? checked.strike.value : null;
  const flaw = (field: WishField, found: Refusal): Flaw => ({
    message: refusalInWords(found, draft),
    remedy: remedyOf(found, { underlying: draft.underlying, rules, strikeUsdMicros, typed: typedIn(field, draft) }),
  });
  const told = (field: WishField) => (refusal && fieldOf(refusal.code) === field ? flaw(field, refusal) : null);
  const typed = (field: Exclude<WishField, "tier">) => {
    const outcome = checked[field];
    return outcome.ok ? told(field) : flaw(field, outcome.refusal);
  };
  return {
    quantity: isUnfinished(draft.quantityText) ? null : typed("quantity"),
    strike: isUnfinished(draft.strikeText) ? null : typed("strike"),
    until: typed("until"),
    tier: told("tier"),
  };
}
