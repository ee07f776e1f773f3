/** One thing at a time that is done to the local stack: whether it goes on, and what went wrong. */
import { useState } from "react";
import { type Explanation, explain } from "../refusals/explain";
import { useToast } from "../ui/Toasts";

export interface Acting {
  isBusy: boolean;
  problem: Explanation | null;
  /** @param work does it, and says in a sentence what has been done */
  act(work: () => Promise<string>): void;
}

export function useAct(): Acting {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Explanation | null>(null);
  const toast = useToast();
  const act = (work: () => Promise<string>) => {
    setBusy(true);
    setProblem(null);
    work()
      .then(toast, (error: unknown) => setProblem(explain(error)))
      .finally(() => setBusy(false));
  };
  return { isBusy, problem, act };
}
