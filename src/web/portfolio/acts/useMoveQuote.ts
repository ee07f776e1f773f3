/** What can be moved now: asked once a way and whenever what it leaves has changed, as it changes with every block. */
import { useConvex } from "convex/react";
import { useEffect, useState } from "react";
import { api } from "../../../../convex/_generated/api";
import type { Tier } from "../../../domain/tiers";
import { type Explanation, explain } from "../../refusals/explain";
import type { MoveQuote, MoveSource } from "./moveDraft";

export type QuoteState =
  | { kind: "asking" }
  | { kind: "known"; quote: MoveQuote }
  | { kind: "refused"; explanation: Explanation };

export function useMoveQuote({ from, token, available, locked }: MoveSource, to: Tier): QuoteState {
  const client = useConvex();
  const [state, setState] = useState<QuoteState>({ kind: "asking" });
  // biome-ignore lint/correctness/useExhaustiveDependencies: what it leaves is part of the answer
  useEffect(() => {
    let isCurrent = true;
    setState({ kind: "asking" });
    const way = from === "suspense" ? { token, toTier: to } : { token, fromTier: from, toTier: to };
    client.query(api.moves.quoteMove, way).then(
      (quote) => isCurrent && setState({ kind: "known", quote }),
      (error: unknown) => isCurrent && setState({ kind: "refused", explanation: explain(error) }),
    );
    return () => {
      isCurrent = false;
    };
  }, [client, from, to, token, available, locked]);
  return state;
}
