/** Eight wallets for the demo's people, funded from the three of the local stack; and what stands in them on-chain. */
import { cvToValue, expectOk } from "@clarigen/core";
import { getAddressFromPrivateKey } from "@stacks/transactions";
import type { Token } from "../../domain/tokens";
import { sbtcCalls } from "../../stacks/deployment";
import type { Wallet } from "../../stacks/wallet";
import type { ChainClient } from "../chainClient";
import type { LocalStack } from "../stack";

/** 100,000 STX and 2.7 sBTC for each new wallet. */
const GIVEN: Record<Token, bigint> = { STX: 100_000_000_000n, sBTC: 270_000_000n };
const PAGE = 50;

/** The same keys in every run: they hold nothing outside of it. */
function newWallet(name: string, number: number): Wallet {
  const privateKey = `${number.toString(16).padStart(64, "d")}01`;
  return { name, address: getAddressFromPrivateKey(privateKey, "testnet"), privateKey };
}

/** A wallet for each name: first the stack's own, then new ones that these give to by turns. */
export async function openWallets(names: string[], stack: LocalStack, chain: ChainClient): Promise<Wallet[]> {
  const own = stack.wallets;
  const wallets = names.map((name, n) => (own[n] ? { ...own[n], name } : newWallet(name, n + 1)));
  const funded: string[] = [];
  for (const [n, { address }] of wallets.slice(own.length).entries()) {
    const from = own[n % own.length] as Wallet;
    funded.push(await chain.transferStx(from, address, GIVEN.STX));
    const transfer = sbtcCalls(stack.deployment).transfer(GIVEN.sBTC, from.address, address, null);
    funded.push(await chain.call(from, transfer, { postConditionMode: "allow" }));
  }
  await Promise.all(funded.map((txId) => chain.succeeded(txId)));
  return wallets;
}

/** What wallets hold on-chain, and what their transactions have cost, base units. */
export class Balances {
  constructor(
    private readonly stack: LocalStack,
    private readonly chain: ChainClient,
  ) {}

  async of(address: string): Promise<Record<Token, bigint>> {
    const { balance } = await this.get(`/extended/v1/address/${address}/stx`);
    const held = cvToValue(await this.chain.read(sbtcCalls(this.stack.deployment).getBalance(address)), true);
    return { STX: BigInt(balance), sBTC: expectOk<bigint>(held) };
  }

  /** The fees of all that an address ever sent, micro-STX. */
  async feesOf(address: string): Promise<bigint> {
    let fees = 0n;
    for (let offset = 0; ; offset += PAGE) {
      const { results } = await this.get(`/extended/v1/tx?from_address=${address}&limit=${PAGE}&offset=${offset}`);
      for (const { fee_rate } of results) fees += BigInt(fee_rate);
      if (results.length < PAGE) return fees;
    }
  }

  private async get(route: string) {
    return (await fetch(this.stack.urls.stacksApi + route)).json();
  }
}
