/**
 * Asks a question again and again while somebody looks: operators' queries read what changes with every block, so they are
 * asked, not subscribed to. What could not be asked is unknown, never fine; what was known before is kept with its age.
 */
import { useEffect, useRef, useState } from "react";
import { type Explanation, explain } from "../../refusals/explain";

interface Answer<Data> {
  data: Data;
  /** When it came, ms. */
  at: number;
}

export type Asked<Data> =
  | { kind: "asking" }
  | ({ kind: "known" } & Answer<Data>)
  | { kind: "unknown"; problem: Explanation; last: Answer<Data> | null };

export interface Polled<Data> {
  asked: Asked<Data>;
  isAsking: boolean;
  askAgain(): void;
}

/** The last answer, however old; null: there was none. */
export function lastAnswer<Data>(asked: Asked<Data>): Answer<Data> | null {
  switch (asked.kind) {
    case "asking":
      return null;
    case "known":
      return asked;
    case "unknown":
      return asked.last;
  }
}

/** A connection that is gone never answers: after this long that is said. */
const PATIENCE_MS = 15_000;
const SILENCE: Explanation = {
  code: null,
  message: "The service has not answered within 15 seconds. It is asked again by itself.",
};

async function answerOf<Data>(ask: () => Promise<Data>): Promise<Asked<Data>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), PATIENCE_MS);
  });
  try {
    const answer = await Promise.race([ask().then((data) => ({ data })), silence]);
    if (answer === null) return { kind: "unknown", problem: SILENCE, last: null };
    return { kind: "known", data: answer.data, at: Date.now() };
  } catch (error) {
    return { kind: "unknown", problem: explain(error), last: null };
  } finally {
    clearTimeout(timer);
  }
}

const isShown = () => document.visibilityState === "visible";

/** Whether anybody can see the page: a hidden tab asks nothing. */
function useIsVisible(): boolean {
  const [isVisible, setVisible] = useState(isShown);
  useEffect(() => {
    const look = () => setVisible(isShown());
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  return isVisible;
}

interface Asking {
  /** What the question is: with another one, the old one's answer goes. */
  key: string;
  /** Between an answer and the next question, ms; null: it is asked by hand from here on. */
  everyMs: number | null;
  /** Why it can't be asked now, as while the session has ended. */
  hindrance: string | null;
}

export function usePolled<Data>(ask: () => Promise<Data>, { key, everyMs, hindrance }: Asking): Polled<Data> {
  const [state, setState] = useState<{ key: string; asked: Asked<Data> }>({ key, asked: { kind: "asking" } });
  const [isAsking, setAsking] = useState(false);
  const [wish, setWish] = useState(0);
  const isVisible = useIsVisible();
  const question = useRef(ask);
  question.current = ask;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a wish asks at once
  useEffect(() => {
    if (!isVisible || hindrance !== null) return;
    let isCurrent = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const turn = async () => {
      setAsking(true);
      const next = await answerOf(question.current);
      if (!isCurrent) return;
      setAsking(false);
      setState((last) => {
        if (next.kind !== "unknown" || last.key !== key) return { key, asked: next };
        return { key, asked: { ...next, last: lastAnswer(last.asked) } };
      });
      if (everyMs !== null) timer = setTimeout(turn, everyMs);
    };
    void turn();
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [key, wish, isVisible, everyMs, hindrance]);

  const asked: Asked<Data> = state.key === key ? state.asked : { kind: "asking" };
  return { asked, isAsking, askAgain: () => setWish((last) => last + 1) };
}
