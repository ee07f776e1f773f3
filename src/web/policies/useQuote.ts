/**
 * The quote of a wish, asked while it is shown: shortly after it was last changed, when the price has moved, and at least
 * every half a minute. Never subscribed to, as it changes with every block.
 */
import { useConvex } from "convex/react";
import { ConvexError } from "convex/values";
import { useCallback, useEffect, useRef, useState } from "react";
import { api } from "../../../convex/_generated/api";
import type { Refusal } from "../../domain/refusal";
import { hearTime, pageNow } from "../prices/pageClock";
import { type Explanation, explain } from "../refusals/explain";
import { expiryOf, type Wish } from "./wish";
import type { Quote } from "./words";

const TYPING_MS = 350;
/** A quote that was heard longer ago than this is asked again. */
export const QUOTE_GOOD_MS = 30_000;

export type Answer =
  /** `heardAt`: of the page's clock, ms. */
  | { kind: "quoted"; quote: Quote; heardAt: number }
  | { kind: "refused"; refusal: Refusal | null; problem: Explanation };

export interface Quoting {
  /** The newest answer to this wish; null before the first. */
  answer: Answer | null;
  isAsking: boolean;
  /** Asks again, now. */
  ask(): Promise<Answer | null>;
}

function refusalOf(error: unknown): Refusal | null {
  if (!(error instanceof ConvexError)) return null;
  const data = error.data as Partial<Refusal> | null;
  return typeof data?.code === "string" && typeof data.message === "string" ? (data as Refusal) : null;
}

/** Asks the service what a wish costs in the block that it knows. */
function useAsking() {
  const convex = useConvex();
  return useCallback(
    async ({ until, ...wish }: Wish): Promise<Answer> => {
      try {
        const { asOf } = await convex.query(api.liquidity.getSyncStatus, {});
        hearTime(asOf);
        const quote = await convex.query(api.policies.quotePolicy, { ...wish, expiresAt: expiryOf(until, asOf) });
        hearTime(quote.asOf);
        return { kind: "quoted", quote, heardAt: pageNow() };
      } catch (error) {
        return { kind: "refused", refusal: refusalOf(error), problem: explain(error) };
      }
    },
    [convex],
  );
}

const keyOf = (wish: Wish) =>
  JSON.stringify(wish, (_name, value: unknown) => (typeof value === "bigint" ? value.toString() : value));

/**
 * @param wish null: nothing is asked
 * @param priceUsdMicros the one that the page knows: when it moves, the quote has
 */
export function useQuote(wish: Wish | null, priceUsdMicros: bigint | null): Quoting {
  const key = wish && keyOf(wish);
  const asking = useAsking();
  const latest = useRef({ key, wish });
  latest.current = { key, wish };
  const [state, setState] = useState<{ key: string | null; answer: Answer | null; isAsking: boolean }>({
    key: null,
    answer: null,
    isAsking: false,
  });

  const ask = useCallback(async (): Promise<Answer | null> => {
    const asked = latest.current;
    if (!asked.wish) return null;
    setState((last) => ({ ...last, isAsking: true }));
    const answer = await asking(asked.wish);
    // Another wish has its own answer coming.
    if (latest.current.key === asked.key) setState({ key: asked.key, answer, isAsking: false });
    return answer;
  }, [asking]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another wish or price is what asks again.
  useEffect(() => {
    if (key === null) return setState({ key: null, answer: null, isAsking: false });
    const typed = setTimeout(ask, TYPING_MS);
    const again = setInterval(ask, QUOTE_GOOD_MS);
    return () => {
      clearTimeout(typed);
      clearInterval(again);
    };
  }, [key, priceUsdMicros, ask]);

  return {
    answer: state.key === key ? state.answer : null,
    isAsking: state.isAsking || (key !== null && state.key !== key),
    ask,
  };
}
