/** What happens to a vault in the bench: the mix of events that sync is given, and how it is given them. */
import type { Value } from "convex/values";
import type { ObservedEvent } from "../../stacks/observe";
import { LEASE } from "./owed";
import { DEPOSIT, type Population } from "./population";
import type { Product } from "./product";

/** As many as one look of sync brings at most. */
export const BATCH = 100;

/** Of four events two fulfil commitments, one is claimed by none, one pays an authorised withdrawal. */
export function mixedEvents(population: Population, count: number): ObservedEvent[] {
  return Array.from({ length: count }, (_, n) => {
    if (n % 4 === 3) return paid(population);
    return n % 4 === 2 ? unclaimed(population, n) : committed(population);
  });
}

function committed(population: Population): ObservedEvent {
  const open = population.commitments.shift();
  if (open === undefined) throw new Error("No commitment waits for its deposit any more.");
  const { provider: depositor, token, amount, id: reference } = open;
  return population.next({ kind: "deposit", depositor, reference, amount, ...population.move(token, amount) });
}

function unclaimed(population: Population, n: number): ObservedEvent {
  const amount = DEPOSIT.STX;
  const depositor = `ST${n.toString(36).toUpperCase().padStart(38, "X")}`;
  return population.next({ kind: "deposit", depositor, reference: 0n, amount, ...population.move("STX", amount) });
}

function paid(population: Population): ObservedEvent {
  const open = population.authorisations.shift();
  if (open === undefined) throw new Error("No authorisation waits for its payment any more.");
  const { provider: withdrawer, token, amount, id: authorizationId } = open;
  const moved = population.move(token, -amount);
  return population.next({ kind: "withdrawal", withdrawer, authorizationId, amount, ...moved });
}

/** One cycle of sync that sees these events, all of them final. */
export function applied(product: Product, population: Population, events: ObservedEvent[]): Promise<unknown> {
  const observation = population.look(events) as unknown as Value;
  return product.call("mutation", "sync/loop:finishCycle", { lease: LEASE, observation });
}
