/**
 * What wallets of the local stack hold, and money for them: from its faucets, or, in any amount, from the accounts behind
 * these, whose keys are public.
 */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expectOk } from "@clarigen/core";
import {
  broadcastTransaction,
  type ClarityValue,
  makeContractCall,
  makeSTXTokenTransfer,
  type StacksTransactionWire,
} from "@stacks/transactions";
import { z } from "zod";
import { TOKENS, type Token } from "../domain/tokens";
import { devnetWallets } from "../local/stacksNode/devnetWallets";
import { stacksApi } from "../stacks/api";
import { localDeployment, sbtcCalls } from "../stacks/deployment";
import { isPrincipal } from "../stacks/principals";
import { requester } from "../stacks/request";
import type { Cli } from "./cli";
import { Failure, misuse } from "./errors";
import { askFaucet, localPlace } from "./localControl";
import { localWallets } from "./network";
import { waitUntil } from "./waiting";

export type Given = Partial<Record<Token, bigint>>;
export interface Held extends Record<Token, bigint> {
  name: string;
  address: string;
}

/** An address, or a local wallet's by its name. */
export async function addressOf(cli: Cli, whom: string): Promise<string> {
  const named = (await localWallets()).find(({ name }) => name === whom);
  if (named) return named.address;
  const { network } = await cli.place();
  if (!whom.includes(".") && isPrincipal(whom, network)) return whom;
  throw misuse("UNKNOWN_ADDRESS", `"${whom}" is neither a wallet of the local stack nor an address of ${network}.`);
}

async function deployerAddress(): Promise<string> {
  const [deployer] = await localWallets();
  if (!deployer) throw new Failure("unforeseen", "NO_WALLETS", "settings/Devnet.toml names no wallets.");
  return deployer.address;
}

/** Base units on-chain. */
export async function balancesOf(cli: Cli, address: string): Promise<Record<Token, bigint>> {
  const { stacksUrl } = await localPlace(cli);
  const api = stacksApi(stacksUrl);
  const shape = z.object({ balance: z.string().transform(BigInt) });
  const { index_block_hash: tip } = await api.latestBlock();
  const { getBalance } = sbtcCalls(localDeployment(await deployerAddress()));
  const [{ balance: STX }, sBTC] = await Promise.all([
    requester(stacksUrl, {})(shape, `/extended/v1/address/${address}/stx`),
    api.readOnly(getBalance(address), tip),
  ]);
  return { STX, sBTC: expectOk(sBTC) };
}

/** One of the accounts of settings/Devnet.toml. */
async function keyOf(account: "faucet" | "deployer"): Promise<string> {
  const manifest = path.join(fileURLToPath(new URL("../../", import.meta.url)), "Clarinet.toml");
  const found = (await devnetWallets(manifest)).find(({ name }) => name === account);
  if (found) return found.privateKey;
  throw new Failure("unforeseen", "NO_WALLETS", `settings/Devnet.toml names no account ${account}.`);
}

async function signed(cli: Cli, token: Token, recipient: string, amount: bigint): Promise<StacksTransactionWire> {
  const { stacksUrl } = await localPlace(cli);
  const network = { network: "devnet" as const, client: { baseUrl: stacksUrl } };
  if (token === "STX") {
    return makeSTXTokenTransfer({ recipient, amount, senderKey: await keyOf("faucet"), ...network });
  }
  const call = sbtcCalls(localDeployment(await deployerAddress())).mint(amount, recipient);
  const { contractAddress, contractName, functionName } = call;
  const functionArgs = call.functionArgs as ClarityValue[];
  const minting = { contractAddress, contractName, functionName, functionArgs, senderKey: await keyOf("deployer") };
  return makeContractCall({ ...minting, ...network, validateWithAbi: false });
}

async function sent(cli: Cli, token: Token, recipient: string, amount: bigint): Promise<string> {
  const { stacksUrl } = await localPlace(cli);
  const transaction = await signed(cli, token, recipient, amount);
  const reply = await broadcastTransaction({ transaction, network: "devnet", client: { baseUrl: stacksUrl } });
  if ("error" in reply)
    throw new Failure("refused", "LOCAL_REFUSED", `The node refuses the transfer: ${reply.reason}.`);
  return `0x${reply.txid.replace(/^0x/, "")}`;
}

/** Waits for the blocks of these transactions. */
async function mined(cli: Cli, txIds: string[]): Promise<void> {
  const api = stacksApi((await localPlace(cli)).stacksUrl);
  const found = await waitUntil(cli, {
    what: "the money is there",
    look: () => api.transactions(txIds),
    holds: (found) => found.size === txIds.length,
  });
  const failed = [...found.values()].find(({ tx_status }) => tx_status !== "success");
  if (failed)
    throw new Failure("failedOnChain", "TRANSFER_FAILED", `Transaction ${failed.tx_id} failed: ${failed.tx_status}.`);
}

/** @param given nothing: what the faucets give; @returns the transactions */
export async function fund(cli: Cli, address: string, given: Given): Promise<string[]> {
  const txIds: string[] = [];
  if (Object.keys(given).length === 0) {
    txIds.push(await askFaucet(cli, "stx", address), await askFaucet(cli, "sbtc", address));
  }
  for (const token of TOKENS) {
    const amount = given[token];
    if (amount !== undefined) txIds.push(await sent(cli, token, address, amount));
  }
  if (cli.options.wait) await mined(cli, txIds);
  return txIds;
}
