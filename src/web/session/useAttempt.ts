/** One thing that may fail, tried once at a time, with its failure in words. */
import { useState } from "react";
import { type Explanation, explain } from "../refusals/explain";

export interface Attempt {
  isBusy: boolean;
  problem: Explanation | null;
  start(work: () => Promise<void>): Promise<void>;
}

export function useAttempt(): Attempt {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Explanation | null>(null);
  const start = async (work: () => Promise<void>) => {
    if (isBusy) return;
    setBusy(true);
    setProblem(null);
    await work().catch((error) => setProblem(explain(error)));
    setBusy(false);
  };
  return { isBusy, problem, start };
}
