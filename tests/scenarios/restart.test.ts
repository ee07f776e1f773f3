/** `npm start` killed and stopped under load: nothing acknowledged is lost, nothing is booked twice. */
import { type ChildProcess, spawn } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  broadcastTransaction,
  fetchNonce,
  hexToCV,
  makeContractCall,
  type StacksTransactionWire,
} from "@stacks/transactions";
import { ConvexHttpClient } from "convex/browser";
import { afterEach, beforeEach, expect, test } from "vitest";
import { api } from "../../convex/_generated/api";
import { PROJECT_ROOT } from "../../src/local/stack";
import { devnetWallets } from "../../src/local/stacksNode/devnetWallets";
import type { Wallet } from "../../src/stacks/wallet";
import { freePort } from "../engines/freePort";
import { PATIENCE_MS } from "../engines/patience";
import { preparedState } from "../engines/preparedStack";
import { messageSigner } from "./messageSigner";

let stateDir: string;
let ports: { stacks: number; convex: number; site: number; web: number };
let running: ChildProcess | null = null;
let wallet: Wallet;

beforeEach(async () => {
  stateDir = await mkdtemp(path.join(tmpdir(), "bithedge-restart-"));
  await cp(await preparedState(), stateDir, { recursive: true });
  ports = { stacks: await freePort(), convex: await freePort(), site: await freePort(), web: await freePort() };
  const [, first] = await devnetWallets(path.join(PROJECT_ROOT, "Clarinet.toml"));
  if (!first) throw new Error("no wallets");
  wallet = first;
});

afterEach(async () => {
  running?.kill("SIGKILL");
  await rm(stateDir, { recursive: true, force: true });
});

/** Runs what `npm start` runs, until it prints `ready`. */
async function start(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["--import", "tsx", "src/local/start.ts"], {
    cwd: PROJECT_ROOT,
    env: {
      ...process.env,
      LOCAL_STATE_DIR: stateDir,
      STACKS_API_PORT: String(ports.stacks),
      CONVEX_PORT: String(ports.convex),
      CONVEX_SITE_PORT: String(ports.site),
      PRICE_API_PORT: "0",
      WEB_PORT: String(ports.web),
      BLOCK_INTERVAL_MS: "300",
    },
  });
  running = child;
  let output = "";
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk;
      if (/^ready$/m.test(output)) resolve();
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("exit", (code) => reject(new Error(`npm start ended with ${code}:\n${output}`)));
  });
  return child;
}

function ended(child: ChildProcess): Promise<number | null> {
  const isOver = child.exitCode !== null || child.signalCode !== null;
  return isOver ? Promise.resolve(child.exitCode) : new Promise((resolve) => child.once("exit", resolve));
}

async function provider() {
  const convex = new ConvexHttpClient(`http://127.0.0.1:${ports.convex}`);
  const { challenge, message } = await convex.action(api.session.requestChallenge, { address: wallet.address });
  const signed = { challenge, ...messageSigner(wallet.privateKey)(message) };
  convex.setAuth((await convex.action(api.session.signIn, signed)).token);
  return convex;
}

const AMOUNT = 1_000_000n;

async function available(convex: ConvexHttpClient): Promise<bigint> {
  const { positions, suspense } = await convex.query(api.liquidity.getProviderPortfolio, {});
  expect(suspense).toEqual([]);
  return positions.reduce((sum, position) => sum + position.available, 0n);
}

/** Patient with a loop that was killed while it looked: after a minute without a look it is started again. */
async function untilAvailable(convex: ConvexHttpClient, least: bigint) {
  const deadline = Date.now() + PATIENCE_MS;
  while ((await available(convex)) < least) {
    if (Date.now() > deadline) throw new Error(`${least} did not become available.`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Ten signed deposits, chained by their nonces, ready to be broadcast in any order and any number of times. */
async function signedDeposits(): Promise<StacksTransactionWire[]> {
  const convex = await provider();
  const network = { network: "devnet" as const, client: { baseUrl: `http://127.0.0.1:${ports.stacks}` } };
  const nonce = await fetchNonce({ address: wallet.address, ...network });
  return Promise.all(
    Array.from({ length: 10 }, async (_, n) => {
      const request = { token: "STX", amount: AMOUNT, tier: "Balanced" };
      const { transaction } = await convex.action(api.liquidity.requestCommitCapital, request);
      const [contractAddress = "", contractName = ""] = transaction.contractId.split(".");
      const functionArgs = transaction.functionArgs.map((hex) => hexToCV(hex));
      const signing = { senderKey: wallet.privateKey, nonce: nonce + BigInt(n), fee: 1_000, ...network };
      return makeContractCall({ ...transaction, contractAddress, contractName, functionArgs, ...signing });
    }),
  );
}

test("kill -9 in the middle of ten deposits loses none and doubles none", { timeout: 900_000 }, async () => {
  await start();
  const deposits = await signedDeposits();
  const client = { baseUrl: `http://127.0.0.1:${ports.stacks}` };
  const acknowledged = new Set<StacksTransactionWire>();
  const killed = running as ChildProcess;
  const broadcasts = deposits.map(async (transaction, n) => {
    // However slow the machine is, one is not sent before nobody is there any more.
    if (n === deposits.length - 1) await ended(killed);
    else await new Promise((resolve) => setTimeout(resolve, n * 100));
    await broadcastTransaction({ transaction, network: "devnet", client });
    acknowledged.add(transaction);
    if (acknowledged.size === 5) killed.kill("SIGKILL");
  });
  await Promise.allSettled(broadcasts);
  await ended(killed);
  expect(acknowledged.size).toBeGreaterThanOrEqual(5);
  expect(acknowledged.size).toBeLessThan(10);

  await start();
  for (const transaction of acknowledged) {
    const known = await fetch(`${client.baseUrl}/extended/v1/tx/0x${transaction.txid()}`);
    expect(known.status).toBe(200);
  }
  const convex = await provider();
  // One that was on its way may have been taken without a word, or be missing, and then those behind it wait.
  const first = deposits.findIndex((transaction) => !acknowledged.has(transaction));
  await untilAvailable(convex, BigInt(first) * AMOUNT);
  // The same bytes once more, all of them: those that are in count once, the others arrive now.
  for (const transaction of deposits) await broadcastTransaction({ transaction, network: "devnet", client });
  await untilAvailable(convex, 10n * AMOUNT);
  expect(await available(convex)).toBe(10n * AMOUNT);
  const proofs = await convex.query(api.liquidity.getProof, {});
  expect(proofs.find(({ token }) => token === "STX")).toMatchObject({ holds: true, held: 10n * AMOUNT });

  // Ctrl-C stops it in order.
  running?.kill("SIGINT");
  expect(await ended(running as ChildProcess)).toBe(0);
});

test("taken ports are all named at once, with the variables that move them", async () => {
  const squatters = [ports.stacks, ports.site].map((port) => createServer().listen(port, "127.0.0.1"));
  try {
    await expect(start()).rejects.toThrow(
      new RegExp(`ended with 1.*${ports.stacks} \\(STACKS_API_PORT\\), ${ports.site} \\(CONVEX_SITE_PORT\\)`, "s"),
    );
  } finally {
    for (const squatter of squatters) squatter.close();
  }
});
