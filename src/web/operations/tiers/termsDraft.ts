/** A tier's terms while they are being changed, all three at once. */
import { parseDuration } from "../../../domain/durations";
import { checkTerms, type TierTerms } from "../../../domain/tiers";
import { formatAmount, parseAmount, type Token } from "../../../domain/tokens";
import { typedDuration } from "./ruleWords";

export type TermName = keyof TierTerms;
export type TermTexts = Record<TermName, string | null>;

export const TERM_WORDS: Record<TermName, { label: string; meaning: string }> = {
  capacityLimit: {
    label: "Capacity",
    meaning: "The most capital that the tier takes. any: no limit; 0: no new capital.",
  },
  minimumPosition: {
    label: "Minimum position",
    meaning: "The smallest deposit, and the smallest that may stay behind.",
  },
  minimumHoldSeconds: {
    label: "Minimum hold",
    meaning: "How long capital stays, such as 1d. none: it may leave at once.",
  },
};
export const TERM_NAMES = Object.keys(TERM_WORDS) as TermName[];

export function typedTerm(name: TermName, terms: TierTerms, token: Token): string {
  switch (name) {
    case "capacityLimit":
      return terms.capacityLimit === null ? "any" : formatAmount(terms.capacityLimit, token);
    case "minimumPosition":
      return formatAmount(terms.minimumPosition, token);
    case "minimumHoldSeconds":
      return terms.minimumHoldSeconds === 0 ? "none" : typedDuration(terms.minimumHoldSeconds);
  }
}

export const NOTHING_TYPED: TermTexts = { capacityLimit: null, minimumPosition: null, minimumHoldSeconds: null };

export interface TermsDraft {
  terms: TierTerms;
  isChanged: boolean;
  problems: Partial<Record<TermName, string>>;
}

const isWord = (text: string, word: string) => text.trim().toLowerCase() === word;
const isZero = (text: string) => /^0+(\.0*)?$/.test(text.trim());

export function draftTerms(present: TierTerms, texts: TermTexts, token: Token): TermsDraft {
  const problems: TermsDraft["problems"] = {};
  const terms = { ...present };
  const { capacityLimit: capacity, minimumPosition: minimum, minimumHoldSeconds: hold } = texts;
  if (capacity !== null) {
    const parsed = parseAmount(capacity, token);
    if (isWord(capacity, "any")) terms.capacityLimit = null;
    else if (isZero(capacity)) terms.capacityLimit = 0n;
    else if (parsed.ok) terms.capacityLimit = parsed.value;
    else problems.capacityLimit = `${parsed.refusal.message} Or type any, for no limit.`;
  }
  if (minimum !== null) {
    const parsed = parseAmount(minimum, token);
    if (parsed.ok) terms.minimumPosition = parsed.value;
    else problems.minimumPosition = parsed.refusal.message;
  }
  if (hold !== null) {
    const seconds = isWord(hold, "none") ? 0 : parseDuration(hold);
    if (seconds !== null) terms.minimumHoldSeconds = seconds;
    else problems.minimumHoldSeconds = `Type a duration such as 12h or 30d, or none, not “${hold}”.`;
  }
  const checked = checkTerms(terms);
  if (!checked.ok) {
    const { field, max } = checked.refusal;
    const most = field === "minimumHoldSeconds" ? typedDuration(Number(max)) : formatAmount(BigInt(max ?? 0), token);
    problems[field as TermName] ??= `It must be at most ${most}.`;
  }
  const isChanged = TERM_NAMES.some((name) => terms[name] !== present[name]);
  return { terms, isChanged, problems };
}
