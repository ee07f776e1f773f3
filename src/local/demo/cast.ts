/** Who plays: six providers and three buyers, and what each had before the week began. */
import type { ChainClient } from "../chainClient";
import type { LocalStack } from "../stack";
import type { Operator } from "./operator";
import { Person } from "./people";
import { say } from "./say";
import { type Balances, openWallets } from "./wallets";

const PROVIDERS = ["Ada", "Ben", "Cleo", "Dan", "Eve", "Finn"] as const;
const BUYERS = ["Gus", "Hana", "Ivan"] as const;
type Name = (typeof PROVIDERS)[number] | (typeof BUYERS)[number];
const NAMES: Name[] = [...PROVIDERS, ...BUYERS];
/** The wallets of the local stack go to those who provide most. */
const BY_WEALTH: Name[] = ["Ada", "Cleo", "Finn", ...NAMES.filter((name) => !["Ada", "Cleo", "Finn"].includes(name))];

/** What everything in the demo is asked of and done with. */
export interface Scene {
  stack: LocalStack;
  chain: ChainClient;
  operator: Operator;
  balances: Balances;
}

export type Cast = Record<Name, Person>;

export const everyone = (cast: Cast): Person[] => NAMES.map((name) => cast[name]);

export async function castOf({ stack, chain }: Scene): Promise<Cast> {
  const wallets = await openWallets(BY_WEALTH, stack, chain);
  const people = await Promise.all(wallets.map((wallet) => Person.signIn(wallet, stack, chain)));
  say(`${PROVIDERS.join(", ")} provide capital; ${BUYERS.join(", ")} buy protection. All have signed in.`);
  return Object.fromEntries(people.map((person) => [person.name, person])) as Cast;
}
