/** One thing that is done at a press, and waits for its answer: whether it waits, and why it failed. */
import { useState } from "react";
import { type Explanation, explain } from "../../refusals/explain";

export interface Act {
  isBusy: boolean;
  problem: Explanation | null;
  /** Says whether it was done. */
  run(act: () => Promise<void>): Promise<boolean>;
  /** Forgets the problem. */
  clear(): void;
}

export function useAct(): Act {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Explanation | null>(null);
  const run: Act["run"] = async (act) => {
    setBusy(true);
    setProblem(null);
    try {
      await act();
      return true;
    } catch (error) {
      setProblem(explain(error));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, problem, run, clear: () => setProblem(null) };
}
