/**
 * `npm run demo`: three providers, two tokens, two refusals and a proof, on a fresh state that is thrown away. Every
 * step goes the way a stranger's program would go: Convex's HTTP client, plain Stacks transactions.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { cvToValue, expectOk } from "@clarigen/core";
import { ConvexHttpClient } from "convex/browser";
import { ConvexError } from "convex/values";
import { api } from "../../convex/_generated/api";
import { formatAmount, TOKENS, type Token } from "../domain/tokens";
import { sbtcCalls, vaultCalls } from "../stacks/deployment";
import { ChainClient, signMessage, type Wallet } from "./chainClient";
import { type LocalStack, startLocalStack } from "./stack";

type Tier = "Conservative" | "Balanced" | "Aggressive";

const say = (line: string) => console.log(line);
const show = (amount: bigint, token: Token) => `${formatAmount(amount, token)} ${token}`;

/** A provider's program: a session with Convex, and a wallet. */
class Provider {
  private constructor(
    readonly name: string,
    readonly wallet: Wallet,
    readonly convex: ConvexHttpClient,
    private readonly chain: ChainClient,
  ) {}

  static async signIn(name: string, wallet: Wallet, stack: LocalStack, chain: ChainClient): Promise<Provider> {
    const convex = new ConvexHttpClient(stack.urls.convex);
    const { address } = wallet;
    const { challenge, message } = await convex.action(api.session.requestChallenge, { address });
    const { token } = await convex.action(api.session.signIn, { challenge, ...signMessage(wallet, message) });
    convex.setAuth(token);
    say(`${name} signed in with ${address}.`);
    return new Provider(name, wallet, convex, chain);
  }

  portfolio() {
    return this.convex.query(api.liquidity.getProviderPortfolio, {});
  }

  async deposit(token: Token, amount: bigint, tier: Tier) {
    const { transaction } = await this.convex.action(api.liquidity.requestCommitCapital, { token, amount, tier });
    const { blockHeight } = await this.chain.succeeded(await this.chain.sign(this.wallet, transaction));
    say(`${this.name} deposited ${show(amount, token)} into ${tier}: block ${blockHeight}.`);
  }

  async withdraw(token: Token, amount: bigint, tier: Tier) {
    const { transaction } = await this.convex.action(api.liquidity.requestWithdrawal, { token, amount, tier });
    const { blockHeight } = await this.chain.succeeded(await this.chain.sign(this.wallet, transaction));
    say(`${this.name} withdrew ${show(amount, token)} from ${tier}: block ${blockHeight}.`);
    return transaction;
  }

  /** All that the books owe to this provider, in base units. */
  async owed(token: Token): Promise<bigint> {
    const { positions, suspense } = await this.portfolio();
    const own = positions.filter((position) => position.token === token);
    const waiting = suspense.filter((row) => row.token === token);
    return own.reduce((sum, p) => sum + p.total + p.accruedYield, 0n) + waiting.reduce((sum, s) => sum + s.amount, 0n);
  }
}

/** Waits until something holds; a demo that hangs says on what. */
async function until(what: string, holds: () => Promise<boolean>) {
  const deadline = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Waited a minute for this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function tellStory(stack: LocalStack, chain: ChainClient) {
  const [first, second, third] = stack.wallets;
  if (!first || !second || !third) throw new Error("The local stack has three wallets.");
  const alice = await Provider.signIn("Alice", first, stack, chain);
  const bob = await Provider.signIn("Bob", second, stack, chain);
  const carol = await Provider.signIn("Carol", third, stack, chain);
  const providers = [alice, bob, carol];

  say("\nThree providers pool their capital.");
  await Promise.all([
    alice.deposit("STX", 25_000_000_000n, "Conservative"),
    bob.deposit("sBTC", 150_000_000n, "Balanced"),
    carol.deposit("STX", 4_000_000_000n, "Aggressive"),
  ]);
  await carol.deposit("sBTC", 40_000_000n, "Aggressive");
  await until("every deposit is final and credited", async () => {
    const counts = await Promise.all(providers.map(async (provider) => (await provider.portfolio()).positions.length));
    return counts.join() === "1,1,2";
  });
  say("All four deposits are final, and credited to the unit.");

  say("\nTwo of them take some of it out again.");
  await alice.withdraw("STX", 5_000_000_000n, "Conservative");
  const bobs = await bob.withdraw("sBTC", 50_000_000n, "Balanced");

  await until("both withdrawals are final", async () => {
    const portfolios = await Promise.all([alice.portfolio(), bob.portfolio()]);
    return portfolios.every(({ positions }) => positions.every(({ reserved }) => reserved === 0n));
  });
  say("Both are final; nothing is reserved any more.");

  say("\nA stranger's transfer straight to the vault's address:");
  await chain.succeeded(await chain.transferStx(third, stack.deployment.vaultContract, 1_234_567n));
  say(`Carol sent the vault ${show(1_234_567n, "STX")} without a deposit: held, counted by nobody, harmless.`);

  say("\nTwo wrongful withdrawals:");
  const replay = await chain.mined(await chain.sign(carol.wallet, bobs));
  if (replay.status === "success") throw new Error("The contract paid an authorisation of Bob's to Carol.");
  say(`Carol sent Bob's signed withdrawal as her own. The contract refused: ${replay.result}.`);
  const refusal = await bob.convex
    .action(api.liquidity.requestWithdrawal, { token: "sBTC", amount: 100_000_001n, tier: "Balanced" })
    .then(
      () => null,
      (error: unknown) => error,
    );
  if (!(refusal instanceof ConvexError)) throw new Error(`The backend signed more than Bob has: ${String(refusal)}`);
  say(`Bob asked for one satoshi more than he has. The backend refused: ${refusal.data.code}. ${refusal.data.message}`);
  return providers;
}

/** Prints each provider's end, and checks the three-way proof against the chain itself and the sum of the portfolios. */
async function proveIt(stack: LocalStack, chain: ChainClient, providers: Provider[]): Promise<string> {
  const state = cvToValue(await chain.read(vaultCalls(stack.deployment).getVaultState()));
  const heldSbtc = cvToValue(
    await chain.read(sbtcCalls(stack.deployment).getBalance(stack.deployment.vaultContract)),
    true,
  );
  const onChain = {
    STX: { held: state.heldStx as bigint, counted: state.stx.balance as bigint },
    sBTC: { held: expectOk<bigint>(heldSbtc), counted: state.sbtc.balance as bigint },
  };
  const [anyone] = providers;
  if (!anyone) throw new Error("The story has providers.");
  await until("the books reach the vault's last event", async () => {
    const proofs = await anyone.convex.query(api.liquidity.getProof, {});
    return proofs.length === 2 && proofs.every((proof) => proof.sequence === state.sequence && proof.pending === 0n);
  });

  say("\nWhere everyone stands:");
  let holds = true;
  const parts: string[] = [];
  for (const token of TOKENS) {
    const proof = (await anyone.convex.query(api.liquidity.getProof, {})).find((row) => row.token === token);
    const owed = await Promise.all(providers.map((provider) => provider.owed(token)));
    providers.forEach((provider, n) => void say(`  ${provider.name} is owed ${show(owed[n] ?? 0n, token)}`));
    const sum = owed.reduce((total, amount) => total + amount, 0n);
    const { held, counted } = onChain[token];
    say(`  Vault: holds ${show(held, token)}, counts ${show(counted, token)}; the books owe ${show(sum, token)}.`);
    holds &&= proof?.holds === true && held >= counted && counted === sum && proof.booked === sum;
    parts.push(`${token.toLowerCase()}=${counted}`);
  }
  return `PROOF ${holds ? "OK" : "FAILED"} ${parts.join(" ")}`;
}

async function main() {
  const stateDir = await mkdtemp(path.join(tmpdir(), "bithedge-demo-"));
  say("Starting a fresh chain and backend …");
  const ports = { stacks: 0, convex: 0, convexSite: 0 };
  const stack = await startLocalStack({ stateDir, ports, blockIntervalMs: 500 });
  try {
    const chain = new ChainClient(stack.urls.stacksApi);
    const verdict = await proveIt(stack, chain, await tellStory(stack, chain));
    if (!verdict.startsWith("PROOF OK")) process.exitCode = 1;
    return verdict;
  } finally {
    await stack.close();
    await rm(stateDir, { recursive: true, force: true });
  }
}

main().then(
  (verdict) => console.log(`\n${verdict}`),
  (error) => {
    console.log(`\nPROOF FAILED ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  },
);
