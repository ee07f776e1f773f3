/** The commands `backup` and `restore` on a stack that works: what was acknowledged before lives on in another place. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { broadcastTransaction, hexToCV, makeContractCall, type StacksTransactionWire } from "@stacks/transactions";
import { ConvexHttpClient } from "convex/browser";
import { afterAll, beforeAll, expect, test } from "vitest";
import { api } from "../../convex/_generated/api";
import { type LocalStack, PROJECT_ROOT, type StackOptions, startLocalStack } from "../../src/local/stack";
import { PATIENCE_MS } from "../engines/patience";
import { startPreparedStack } from "../engines/preparedStack";
import { messageSigner } from "./messageSigner";

const AMOUNT = 1_000_000n;
const DEPOSITS = 6;
const PORTS = { stacks: 0, convex: 0, convexSite: 0 };

let folder: string;
const stacks: LocalStack[] = [];

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "bithedge-backup-"));
});
afterAll(async () => {
  for (const stack of stacks) await stack.close();
  rmSync(folder, { recursive: true, force: true });
});

async function started(start: (options: StackOptions) => Promise<LocalStack>, stateDir: string): Promise<LocalStack> {
  const stack = await start({ stateDir, ports: PORTS, blockIntervalMs: 300, functions: "kept" });
  stacks.push(stack);
  return stack;
}

/** Runs a command as npm does. */
function command(name: string, stateDir: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const env = { ...process.env, LOCAL_STATE_DIR: stateDir };
  return new Promise((resolve) => {
    const script = ["--import", "tsx", `src/local/${name}.ts`, ...args];
    execFile(process.execPath, script, { cwd: PROJECT_ROOT, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    );
  });
}

async function provider({ urls, wallets: [wallet] }: LocalStack): Promise<ConvexHttpClient> {
  if (!wallet) throw new Error("There are no wallets.");
  const convex = new ConvexHttpClient(urls.convex, { logger: false });
  const { challenge, message } = await convex.action(api.session.requestChallenge, { address: wallet.address });
  const signed = messageSigner(wallet.privateKey)(message);
  convex.setAuth((await convex.action(api.session.signIn, { challenge, ...signed })).token);
  return convex;
}

/** Committed and signed, chained by their nonces; not yet sent. */
async function signedDeposits(stack: LocalStack): Promise<StacksTransactionWire[]> {
  const convex = await provider(stack);
  const senderKey = stack.wallets[0]?.privateKey ?? "";
  const deposits: StacksTransactionWire[] = [];
  for (let nonce = 0; nonce < DEPOSITS; nonce += 1) {
    const request = { token: "STX", amount: AMOUNT, tier: "Balanced" };
    const { transaction } = await convex.action(api.liquidity.requestCommitCapital, request);
    const [contractAddress = "", contractName = ""] = transaction.contractId.split(".");
    const functionArgs = transaction.functionArgs.map((hex) => hexToCV(hex));
    const signing = { senderKey, nonce, fee: 1_000, network: "devnet" as const };
    const call = { ...transaction, contractAddress, contractName, functionArgs, ...signing };
    deposits.push(await makeContractCall({ ...call, client: { baseUrl: stack.urls.stacksApi } }));
  }
  return deposits;
}

const send = (transaction: StacksTransactionWire, { urls }: LocalStack) =>
  broadcastTransaction({ transaction, network: "devnet", client: { baseUrl: urls.stacksApi } });

/** Waits until all deposits are credited, none twice; then the proof must hold. */
async function allCredited(stack: LocalStack): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  const convex = await provider(stack);
  const wanted = BigInt(DEPOSITS) * AMOUNT;
  for (;;) {
    const { positions, suspense } = await convex.query(api.liquidity.getProviderPortfolio, {});
    expect(suspense).toEqual([]);
    const available = positions.reduce((sum, position) => sum + position.available, 0n);
    if (available === wanted) break;
    if (available > wanted || Date.now() > deadline) expect(available).toBe(wanted);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const proofs = await convex.query(api.liquidity.getProof, {});
  expect(proofs.find(({ token }) => token === "STX")).toMatchObject({ holds: true, held: wanted });
}

const digestIn = (output: string) => /^digest ([0-9a-f]{64})$/m.exec(output)?.[1];

test("a stack is saved while deposits arrive, and goes on elsewhere with all of them", {
  timeout: 900_000,
}, async () => {
  const [first, second, file] = ["first", "second", "saved.backup"].map((name) => path.join(folder, name));
  const stack = await started(startPreparedStack, first as string);
  const deposits = await signedDeposits(stack);
  let saving: ReturnType<typeof command> | null = null;
  for (const [n, deposit] of deposits.entries()) {
    expect(await send(deposit, stack)).not.toHaveProperty("error");
    if (n === 1) saving = command("backup", first as string, file as string);
  }
  const saved = await saving;
  expect(saved).toMatchObject({ code: 0 });
  await allCredited(stack);

  const inUse = await command("restore", first as string, file as string);
  expect(inUse).toMatchObject({ code: 1, output: expect.stringContaining(`in use by process ${process.pid}`) });
  const again = await command("backup", first as string, file as string);
  expect(again).toMatchObject({ code: 1, output: expect.stringContaining("is there already") });
  const checked = await command("restore", second as string, "--check", file as string);
  expect(checked.code).toBe(0);
  expect(existsSync(second as string)).toBe(false);
  const restored = await command("restore", second as string, file as string);
  expect(restored.code).toBe(0);
  expect(restored.output).toContain("after an hour of block time");
  const digests = [saved?.output ?? "", checked.output, restored.output].map(digestIn);
  expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set(digests).size).toBe(1);

  const successor = await started(startLocalStack, second as string);
  expect(successor.adminKey).toBe(stack.adminKey);
  // Those that the saved chain holds are refused, the others arrive; whoever sends can't tell.
  for (const deposit of deposits) await send(deposit, successor);
  await allCredited(successor);
  await allCredited(stack);
});
