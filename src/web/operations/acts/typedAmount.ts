/** An amount typed into an act: exact, or a sentence about what is wrong with it. */
import { formatAmount, parseAmount, type Token } from "../../../domain/tokens";

export type Typed<Value> = { kind: "ok"; value: Value } | { kind: "wrong"; problem: string };

/** @param max base units; left out: the service knows. `whose`: what has at most that, as "It owes" */
export function typedAmount(text: string, token: Token, limit?: { max: bigint; whose: string }): Typed<bigint> {
  if (text.trim() === "") return { kind: "wrong", problem: `Type an amount of ${token} in digits, such as 1.5.` };
  const parsed = parseAmount(text, token);
  if (!parsed.ok) return { kind: "wrong", problem: parsed.refusal.message };
  if (limit && parsed.value > limit.max)
    return {
      kind: "wrong",
      problem: `${limit.whose} ${formatAmount(limit.max, token)} ${token}. Choose that at most.`,
    };
  return { kind: "ok", value: parsed.value };
}

/** For under the field: nothing is wrong with what is not typed yet. */
export const problemOf = (typed: Typed<unknown>, text: string): string | null =>
  typed.kind === "wrong" && text.trim() !== "" ? typed.problem : null;
