/** Every public function of the deployment, called by everybody with whatever its own validator lets one think of. */
import type { JSONValue } from "convex/values";
import fc from "fast-check";
import { CALLER } from "../../src/local/bench/population";
import type { DeployedFunction } from "../../src/local/host/component";
import { argumentsOf, type Words } from "./arguments";
import { judgeChanges, verdictOf } from "./judgement";
import { ADMIN, callerOf, GUARDIAN, OPERATOR, type Product, run, STRANGER } from "./product";

export type Counts = Map<string, number>;

export function publicFunctions({ engine }: Product): DeployedFunction[] {
  return [...(engine.installation?.app.functions.values() ?? [])].filter(({ isPublic }) => isPublic);
}

/** A function that takes nothing has one answer; the others share what is to be done. */
export function shareOf(called: DeployedFunction): number {
  return called.args.type === "object" && Object.keys(called.args.value).length === 0 ? 1 : 8;
}

const PROVIDERS = [CALLER, CALLER, CALLER, STRANGER, OPERATOR, null];
const ROLES = [OPERATOR, OPERATOR, ADMIN, ADMIN, GUARDIAN, CALLER, null];

export interface Drawn {
  who: string | null;
  args: JSONValue;
}

export function callsOf({ path, args }: DeployedFunction, words: Words): fc.Arbitrary<Drawn> {
  const callers = /^(operations|administration)\./.test(path) ? ROLES : PROVIDERS;
  return fc.record({ who: fc.constantFrom(...callers), args: argumentsOf(args, words) });
}

/** What it came to; throws if that is not allowed. Nothing of it stays. */
export async function tried(product: Product, called: DeployedFunction, { who, args }: Drawn): Promise<string> {
  const { engine, store, secrets } = product;
  try {
    const { path, kind } = called;
    const outcome = await run(engine, kind, { path, args }, callerOf(who));
    const verdict = verdictOf(outcome);
    judgeChanges(verdict, { path, kind, who }, store.changes());
    const told = outcome.ok ? outcome.valueJson : outcome.message;
    if (secrets.some((secret) => told.includes(secret))) throw new Error("It told a secret.");
    return verdict;
  } finally {
    store.rewind();
  }
}

/** Calls one function `runs` times, and says how often each verdict came; the smallest call that breaks a rule is thrown. */
export async function tryFunction(
  product: Product,
  called: DeployedFunction,
  words: Words,
  { runs, seed }: { runs: number; seed: number },
): Promise<Counts> {
  const counts: Counts = new Map();
  const property = fc.asyncProperty(callsOf(called, words), async (drawn) => {
    const verdict = await tried(product, called, drawn);
    counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  });
  await fc.assert(property, { seed, numRuns: runs }).catch((error) => {
    throw new Error(`${called.path}, seed ${seed}: ${(error as Error).message}`, { cause: error });
  });
  return counts;
}
