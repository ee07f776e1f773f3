/** The life of a policy of the bench: quoted, bought, exercised in the money, settled. */
import { applied } from "./events";
import type { Measured } from "./footprintCalls";
import { CALLER, type Population } from "./population";
import type { Product } from "./product";

type Call = Measured["call"];

/** STX by two sources, at the newest time that is known. */
export const prices =
  (priceUsdMicros: bigint): Call =>
  (product, { time }) => {
    const publishedAtMs = Math.max(Date.now(), time * 1_000) + 1;
    const said = { priceUsdMicros, publishedAtMs, confidenceUsdMicros: null };
    const quotes = [
      { source: "one", ...said },
      { source: "two", ...said },
    ];
    return product.call("mutation", "prices/record:recordLook", { looks: [{ underlying: "STX", quotes }] });
  };

const PUT = { underlying: "STX", tier: "Balanced", strikeUsdMicros: 1_000_000n, quantity: 4_000_000n };
const wanted = ({ time }: Population) => ({ ...PUT, expiresAt: (time + 7 * 86_400) * 1_000 });

export const quotes: Call = (product, population) => product.call("query", "policies:quotePolicy", wanted(population));

const requests: Call = (product, population) =>
  product.call("action", "policies:requestPolicy", wanted(population), CALLER);

const LIST = { paginationOpts: { numItems: 10, cursor: null } };
const lists = (product: Product) => product.call("query", "policies:getMyPolicies", LIST, CALLER);

interface Listed {
  policyId: bigint;
  premium: bigint;
  lock: bigint;
  lockTarget: bigint;
  coverage: bigint;
  expiresAt: number;
  outcome: { payout: bigint } | null;
}

/** The caller's policy as it is now. */
async function policyOf(product: Product): Promise<Listed> {
  const { page } = (await lists(product)) as unknown as { page: Listed[] };
  const [policy] = page;
  if (!policy) throw new Error("The caller has no policy.");
  return policy;
}

/** A minute later, with nothing new on the chain. */
async function later(product: Product, population: Population): Promise<Listed> {
  population.time += 60;
  await applied(product, population, []);
  return policyOf(product);
}

const isPaid: Call = (product, population, policy) => {
  const { policyId, premium: amount, lock, coverage, expiresAt } = policy as Listed;
  population.locks.STX += lock;
  const sold = { policyId, buyer: CALLER, lock, coverage, releaseAfter: BigInt(expiresAt / 1_000), amount };
  return applied(product, population, [
    population.next({ kind: "premium", ...sold, ...population.move("STX", amount) }),
  ]);
};

/** The vault has raised the lock and paid: the two events that follow an exercise. */
const isSettled: Call = (product, population, policy) => {
  const { policyId, lock, lockTarget, outcome } = policy as Listed;
  const [raised, paid] = [lockTarget - lock, outcome?.payout ?? 0n];
  population.locks.STX += raised;
  const locked = { kind: "lock" as const, policies: [{ policyId, amount: raised }], amount: raised };
  const first = population.next({ ...locked, ...population.move("STX", 0n) });
  population.locks.STX -= lockTarget;
  const settled = { kind: "settlement" as const, policyId, buyer: CALLER, unlocked: lockTarget, amount: paid };
  return applied(product, population, [first, population.next({ ...settled, ...population.move("STX", -paid) })]);
};

/** The last event was the settlement. */
const tellsPayers: Call = (product, { sequence }, policy) => {
  const { policyId } = policy as Listed;
  return product.call("mutation", "policies/payers:tell", { settled: [{ sequence, policyId }] });
};

const exercises: Call = (product, _population, policy) =>
  product.call("action", "policies:exercise", { policyId: (policy as Listed).policyId }, CALLER);

const shows: Call = (product, _population, policy) =>
  product.call("query", "policies:getPolicy", { policyId: (policy as Listed).policyId });

const steps: Call = (product, _population, policy) =>
  product.call("query", "policies:getPolicySteps", { policyId: (policy as Listed).policyId });

export const POLICY_CALLS: Measured[] = [
  { name: "prices/record:recordLook", call: prices(1_000_000n) },
  { name: "policies:quotePolicy", call: quotes },
  { name: "policies:requestPolicy", call: requests },
  { name: "sync/loop:finishCycle, a premium", prepare: policyOf, call: isPaid },
  { name: "policies:getPolicy", prepare: policyOf, call: shows },
  { name: "policies:getMyPolicies", call: lists },
  { name: "policies:exercise", prepare: policyOf, call: exercises },
  { name: "prices/record:recordLook, an exercise", prepare: later, call: prices(700_000n) },
  { name: "sync/loop:finishCycle, a settlement", prepare: policyOf, call: isSettled },
  { name: "policies:getPolicySteps", prepare: policyOf, call: steps },
  { name: "policies/payers:tell", prepare: policyOf, call: tellsPayers },
  {
    name: "policies/life:fixOutcomes",
    call: (product) => product.call("mutation", "policies/life:fixOutcomes", { underlying: "STX" }),
  },
];
