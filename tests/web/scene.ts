/**
 * A vault that is lived in, for pages to be looked at: capital in several tiers, policies, one exercised, some yield, and a
 * price that has fallen. Its people are the demo's programs, with the page's own wallets.
 */
import { ChainClient } from "../../src/local/chainClient";
import { Bought, type Wish } from "../../src/local/demo/bought";
import { Person } from "../../src/local/demo/people";
import type { LocalStack } from "../../src/local/stack";
import type { StageBackend } from "./journeys/backstage";

const STX = 1_000_000n;
const SBTC = 100_000_000n;
const USD = 1_000_000n;
const DAY_MS = 86_400_000;

export interface Scene {
  /** Backs the policies, in Balanced. */
  provider: Person;
  /** Has both kinds of policies, and capital of its own. */
  buyer: Person;
  /** Still covered. */
  policyId: bigint;
}

async function blockTime({ urls }: LocalStack): Promise<number> {
  const tip = (await (await fetch(`${urls.stacksApi}/extended/v2/blocks/latest`)).json()) as { block_time: number };
  return tip.block_time * 1_000;
}

/** @param stack with the node's clock */
export async function playScene(stack: LocalStack, backend: StageBackend): Promise<Scene> {
  const chain = new ChainClient(stack.urls.stacksApi);
  const [provider, buyer, other] = (await Promise.all(
    stack.wallets.slice(0, 3).map((wallet) => Person.signIn(wallet, stack, chain)),
  )) as [Person, Person, Person];
  await backend.price("STX", (3n * USD) / 2n);
  await backend.price("BTC", 60_000n * USD);
  const provide = async () => {
    await provider.deposit("STX", 25_000n * STX, "Balanced");
    await provider.deposit("sBTC", (3n * SBTC) / 2n, "Balanced");
  };
  const join = async () => {
    await other.deposit("STX", 40_000n * STX, "Conservative");
    await other.deposit("sBTC", 4n * SBTC, "Aggressive");
  };
  await Promise.all([provide(), join(), buyer.deposit("STX", 8_000n * STX, "Conservative")]);
  const expiresAt = (await blockTime(stack)) + 20 * DAY_MS;
  const wish = (wanted: Omit<Wish, "expiresAt">) => ({ ...wanted, expiresAt });
  const stx = {
    underlying: "STX",
    tier: "Balanced",
    strikeUsdMicros: (3n * USD) / 2n,
    quantity: 4_000n * STX,
  } as const;
  const btc = {
    underlying: "BTC",
    tier: "Balanced",
    strikeUsdMicros: 57_000n * USD,
    quantity: (3n * SBTC) / 5n,
  } as const;
  const exercised = await Bought.by(buyer, wish({ ...stx, quantity: 1_000n * STX }));
  await Bought.by(buyer, wish(stx));
  const { policyId } = await Bought.by(buyer, wish(btc));
  await backend.advance(3 * 86_400);
  await backend.price("STX", (144n * USD) / 100n);
  await exercised.exercise();
  await backend.price("STX", (142n * USD) / 100n);
  await exercised.reaches("settled");
  // Less than what would keep anything from being sold for an hour.
  await backend.price("BTC", 55_200n * USD);
  return { provider, buyer, policyId };
}
