/** Looks at a chain in memory, and what goes wrong on their way: late, torn, doubled, out of order, of two moments, or of a node that is behind. */
import { baseOf, finalBlock, isBehind, mark } from "../../../../src/stacks/canonical";
import type { ObservedEvent } from "../../../../src/stacks/observe";
import { FINALITY, type PaperChain } from "./chain";
import type { Observer, Seen } from "./observer";

export const DISTURBANCES = ["none", "torn", "missing", "doubled", "shuffled", "mixed", "behind", "again"] as const;
export type Disturbance = (typeof DISTURBANCES)[number];

/** Events that one look brings at most. */
const PAGE = 6;

/** A look as it arrives; null where there is nothing to see. */
export async function look(
  chain: PaperChain,
  observer: Observer,
  { disturbance, at }: { disturbance: Disturbance; at: number },
): Promise<Seen | null> {
  const api = chain.api();
  const known = observer.known();
  const shownTip = disturbance === "behind" ? Math.max(0, chain.tip.height - 1 - at) : chain.tip.height;
  const tip = mark((await api.blockAt(shownTip)) as NonNullable<Awaited<ReturnType<typeof api.blockAt>>>);
  if (tip.hash === known.seenTip) return null;
  if (known.tip && isBehind(tip, known.tip)) return null;
  const asked = api as Parameters<typeof baseOf>[0];
  const { after, isKnown } = await baseOf(asked, tip, known);
  const final = await finalBlock(asked, tip, FINALITY, known.final);
  const shown = chain.shown(shownTip);
  if (!isKnown) return { tip, final, ...shown, after, events: [], isStepBack: true };
  const wanted = chain.events.slice(Number(after), Math.min(Number(after) + PAGE, Number(shown.sequence)));
  const accounts = disturbance === "mixed" ? chain.shown(Math.max(0, tip.height - 1 - at)).accounts : shown.accounts;
  const events = disturbed(wanted, chain, { disturbance, at, after: Number(after) });
  return { tip, final, sequence: shown.sequence, accounts, after, events };
}

function disturbed(
  events: ObservedEvent[],
  chain: PaperChain,
  { disturbance, at, after }: { disturbance: Disturbance; at: number; after: number },
): ObservedEvent[] {
  const n = events.length === 0 ? 0 : at % events.length;
  switch (disturbance) {
    case "torn":
      return events.slice(0, n);
    case "missing":
      return events.filter((_, index) => index !== n);
    case "doubled":
      return events.flatMap((event, index) => (index === n ? [event, event] : [event]));
    case "shuffled":
      return [...events.slice(n), ...events.slice(0, n)];
    case "again":
      // Whatever was delivered before comes once more, ahead of the rest.
      return [...chain.events.slice(Math.max(0, after - 1 - n), after), ...events];
    default:
      return events;
  }
}
