/**
 * `npm run demo`: a week of the market on a fresh state that is thrown away, ending in the proof. Everybody's step goes the
 * way a stranger's program would go: Convex's HTTP client, plain Stacks transactions.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ChainClient } from "./chainClient";
import { castOf } from "./demo/cast";
import { Clock } from "./demo/clock";
import { Market } from "./demo/market";
import { Operator } from "./demo/operator";
import { say } from "./demo/say";
import { closesOf } from "./demo/series";
import { meansOfAll, verdictOn } from "./demo/verdict";
import { Balances } from "./demo/wallets";
import { tellWeek } from "./demo/week";
import { startLocalStack } from "./stack";

async function main(): Promise<string> {
  const stateDir = await mkdtemp(path.join(tmpdir(), "bithedge-demo-"));
  say("Starting a fresh chain and backend …");
  const ports = { stacks: 0, convex: 0, convexSite: 0 };
  const marketPrices = closesOf(1);
  const stack = await startLocalStack({ stateDir, ports, blockIntervalMs: 500, node: { control: true }, marketPrices });
  try {
    const chain = new ChainClient(stack.urls.stacksApi);
    const scene = { stack, chain, operator: new Operator(stack), balances: new Balances(stack, chain) };
    const cast = await castOf(scene);
    const before = await meansOfAll(cast, scene);
    const clock = await Clock.open(stack);
    const { operator } = scene;
    await tellWeek({ cast, clock, operator, market: new Market(stack.market, operator, clock) });
    return await verdictOn(cast, before, scene);
  } finally {
    await stack.close();
    await rm(stateDir, { recursive: true, force: true });
  }
}

main().then(
  (verdict) => {
    say(`\n${verdict}`);
    if (!verdict.startsWith("PROOF OK")) process.exitCode = 1;
  },
  (error) => {
    say(`\nPROOF FAILED ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  },
);
