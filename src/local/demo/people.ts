/** The people of the demo, each with a program as a stranger would write it: Convex's HTTP client and a Stacks wallet. */
import { ConvexHttpClient } from "convex/browser";
import { ConvexError } from "convex/values";
import { api } from "../../../convex/_generated/api";
import type { Tier } from "../../domain/tiers";
import type { Token } from "../../domain/tokens";
import type { UnsignedCall } from "../../stacks/unsignedCalls";
import { signMessage, type Wallet } from "../../stacks/wallet";
import type { ChainClient } from "../chainClient";
import type { LocalStack } from "../stack";
import { say, show, until } from "./say";

/** What an answer must have been for the story to go on as it is told. */
export interface Refused {
  code: string;
  message: string;
}

export class Person {
  private constructor(
    readonly wallet: Wallet,
    readonly convex: ConvexHttpClient,
    private readonly chain: ChainClient,
  ) {}

  static async signIn(wallet: Wallet, stack: LocalStack, chain: ChainClient): Promise<Person> {
    const convex = new ConvexHttpClient(stack.urls.convex);
    const { address } = wallet;
    const { challenge, message } = await convex.action(api.session.requestChallenge, { address });
    const { token } = await convex.action(api.session.signIn, { challenge, ...signMessage(wallet, message) });
    convex.setAuth(token);
    return new Person(wallet, convex, chain);
  }

  get name(): string {
    return this.wallet.name;
  }

  /** Signs and sends what the backend returned, and waits for its block. */
  async send(transaction: UnsignedCall): Promise<void> {
    await this.chain.succeeded(await this.chain.sign(this.wallet, transaction));
  }

  /** Sends what another was given to sign, and gives back how the contract refuses it. */
  async steal(transaction: UnsignedCall): Promise<string> {
    const { status, result } = await this.chain.mined(await this.chain.sign(this.wallet, transaction));
    if (status === "success") throw new Error(`The contract let ${this.name} have what was signed for another.`);
    return result;
  }

  /** The refusal that an act meets; one that is done after all, or fails otherwise, ends the story. */
  async refusedAs(code: string, act: Promise<unknown>): Promise<Refused> {
    const error: unknown = await act.then(
      () => null,
      (error) => error,
    );
    if (error === null) throw new Error(`${this.name} should have been refused as ${code}, and was not.`);
    if (!(error instanceof ConvexError) || error.data.code !== code) throw error;
    return error.data as Refused;
  }

  portfolio() {
    return this.convex.query(api.liquidity.getProviderPortfolio, {});
  }

  /** All that the books owe to this person, base units. */
  async owed(): Promise<Record<Token, bigint>> {
    const { positions, suspense } = await this.portfolio();
    const owed = { STX: 0n, sBTC: 0n };
    for (const { token, total, accruedYield } of positions) owed[token] += total + accruedYield;
    for (const { token, amount, reserved } of suspense) owed[token] += amount + reserved;
    return owed;
  }

  async position(token: Token, tier: Tier) {
    const { positions } = await this.portfolio();
    return positions.find((position) => position.token === token && position.tier === tier) ?? null;
  }

  /** Deposits, and waits until it is final and counts. */
  async deposit(token: Token, amount: bigint, tier: Tier) {
    const before = (await this.position(token, tier))?.total ?? 0n;
    const request = { token, amount, tier };
    const { transaction } = await this.convex.action(api.liquidity.requestCommitCapital, request);
    await this.send(transaction);
    const isCounted = (total: bigint) => total >= before + amount;
    await until(
      `${this.name}'s deposit of ${show(amount, token)} counts`,
      async () => (await this.position(token, tier))?.total ?? 0n,
      isCounted,
    );
    say(`  ${this.name} puts ${show(amount, token)} into ${tier}.`);
  }

  requestWithdrawal(token: Token, amount: bigint, tier: Tier) {
    return this.convex.action(api.liquidity.requestWithdrawal, { token, amount, tier });
  }

  /** Withdraws, and waits until that is final. */
  async withdraw(token: Token, amount: bigint, tier: Tier): Promise<UnsignedCall> {
    const { transaction } = await this.requestWithdrawal(token, amount, tier);
    const before = await this.position(token, tier);
    await this.send(transaction);
    await until(
      `${this.name}'s withdrawal of ${show(amount, token)} is final`,
      () => this.position(token, tier),
      (position) => (position?.total ?? 0n) <= (before?.total ?? 0n) - amount,
    );
    say(`  ${this.name} takes ${show(amount, token)} out of ${tier}.`);
    return transaction;
  }

  /** Withdraws the most that the backend lets go. */
  async withdrawMost(token: Token, tier: Tier): Promise<UnsignedCall> {
    const { max } = await this.convex.query(api.liquidity.quoteWithdrawal, { token, tier });
    return this.withdraw(token, max, tier);
  }

  /** Makes what premiums have earned capital. */
  async collect(token: Token, tier: Tier): Promise<void> {
    const { amount } = await this.convex.action(api.policies.collectYield, { token, tier });
    say(`  ${this.name} collects ${show(amount, token)} that capital in ${tier} has earned.`);
  }

  acceptPolicies(token: Token, tier: Tier) {
    return this.convex.action(api.liquidity.setAcceptingPolicies, { token, tier, accepting: true });
  }

  declinePolicies(token: Token, tier: Tier) {
    return this.convex.action(api.liquidity.setAcceptingPolicies, { token, tier, accepting: false });
  }
}
