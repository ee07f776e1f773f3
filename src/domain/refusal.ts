/**
 * A refusal is a value: a stable code for programs, and a message for people that says what happened and what to do.
 * Facts (a maximum, a time) travel beside them, so that a page need not parse the sentence.
 */
export type Refusal = { code: string; message: string } & { [fact: string]: string | number | bigint };

export type Outcome<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

export function accept<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function refuse(code: string, message: string, facts: { [fact: string]: string | number | bigint } = {}) {
  return { ok: false as const, refusal: { code, message, ...facts } };
}
