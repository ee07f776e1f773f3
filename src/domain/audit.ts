/** What a record of a privileged act must say, and how long its words may be. */
import { accept, type Outcome, refuse } from "./refusal";

export interface Act {
  /** What was done, as `<module>.<deed>`: "breakers.reset". */
  act: string;
  /** Who did it: a person's name, or `BACKEND`. */
  actor: string;
  reason: string;
}

/** The actor of what the backend does by itself. */
export const BACKEND = "backend";

/** Characters. */
export const LONGEST: Record<keyof Act, number> = { act: 60, actor: 100, reason: 1_000 };

const ASKED: Record<keyof Act, string> = {
  act: "Say what was done.",
  actor: "Say who does this.",
  reason: "Say why this is done.",
};

/** Refuses an act without an author or a reason, or with more words than anyone reads. */
export function checkAct(act: Act): Outcome<Act> {
  for (const field of ["act", "actor", "reason"] as const) {
    const max = LONGEST[field];
    if (act[field].trim() === "") return refuse("ACT_INCOMPLETE", `${ASKED[field]} \`${field}\` is empty.`, { field });
    if (act[field].length > max)
      return refuse("ACT_TOO_LONG", `Use at most ${max} characters for \`${field}\`.`, { field, max });
  }
  return accept(act);
}

/** A reason that a program made, cut to what the trail keeps. */
export function clippedReason(reason: string): string {
  return reason.length <= LONGEST.reason ? reason : `${reason.slice(0, LONGEST.reason - 2)} …`;
}
