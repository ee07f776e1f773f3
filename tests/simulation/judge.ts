/** Whether an answer is the one that the model expects. */
import type { Answer } from "./answers";
import { json } from "./json";
import type { Model } from "./model";
import type { Asked, Granted } from "./requests";
import type { Outcome } from "./stage";

function describe({ refusals, stopped, earlier }: Answer): string {
  return json({ refusals: [...refusals], stopped: [...stopped], earlier });
}

function judgeRefusal(data: Record<string, unknown>, expected: Answer): string | null {
  const code = String(data.code);
  if (expected.stopped.has(code)) return null;
  const facts = expected.refusals.get(code);
  if (facts === undefined || expected.earlier !== null) return `refused ${json(data)}, expected ${describe(expected)}`;
  const wrong = Object.entries(facts).find(([name, fact]) => data[name] !== fact);
  return wrong ? `refused ${json(data)}, but ${wrong[0]} is ${wrong[1]}` : null;
}

export interface Verdict {
  /** What is wrong; the model is then of no more use. */
  complaint: string | null;
  /** Whether something new was granted, as it should be. */
  isGranted: boolean;
}

/** Takes an outcome into the model if it fits. */
export function judge(model: Model, asked: Asked, outcome: Outcome<Granted>): Verdict {
  const expected = asked.expected(model);
  if (!outcome.ok) return { complaint: judgeRefusal(outcome.data, expected), isGranted: false };
  if (expected.earlier !== null) {
    const isSame = outcome.value.id === expected.earlier;
    return { complaint: isSame ? null : `gave ${outcome.value.id}, earlier ${expected.earlier}`, isGranted: false };
  }
  if (expected.refusals.size + expected.stopped.size > 0) {
    return { complaint: `accepted, expected ${describe(expected)}`, isGranted: false };
  }
  const complaint = asked.accept(model, outcome.value);
  return { complaint, isGranted: complaint === null };
}
