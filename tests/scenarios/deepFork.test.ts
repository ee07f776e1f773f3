/**
 * The playbook of a reorganisation below finality, on a real stack: sync halts rather than guess, the books of before the
 * fork are restored beside the chain as it is now, and everything since is read again from that.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ConvexHttpClient } from "convex/browser";
import { ConvexError } from "convex/values";
import { afterEach, beforeEach, expect, test } from "vitest";
import { api } from "../../convex/_generated/api";
import { restore } from "../../src/local/backup/restore";
import { backUp } from "../../src/local/backup/snapshot";
import { ChainClient } from "../../src/local/chainClient";
import { type LocalStack, PROJECT_ROOT, type StackOptions, startLocalStack } from "../../src/local/stack";
import { devnetWallets } from "../../src/local/stacksNode/devnetWallets";
import { vaultCalls } from "../../src/stacks/deployment";
import { signMessage, type Wallet } from "../../src/stacks/wallet";
import { PATIENCE_MS } from "../engines/patience";
import { startPreparedStack } from "../engines/preparedStack";
import { ChainReader } from "./outboxStack";

const KEPT = 6_000_000n;
const LOST = 3_000_000n;
const STRAY = 1_000_000n;
const TIER = { token: "STX", tier: "Balanced" };

let folder: string;
let stateDir: string;
let stack: LocalStack | null = null;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "bithedge-deep-fork-"));
  stateDir = path.join(folder, "state");
});
afterEach(async () => {
  await stack?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A running stack, as its provider and its guardian meet it. */
class Scene {
  readonly convex: ConvexHttpClient;
  readonly client: ChainClient;
  readonly chain: ChainReader;

  constructor(
    readonly stack: LocalStack,
    readonly provider: Wallet,
    private readonly guardian: Wallet,
  ) {
    this.convex = new ConvexHttpClient(stack.urls.convex, { logger: false });
    this.client = new ChainClient(stack.urls.stacksApi);
    this.chain = new ChainReader(stack.urls.stacksApi);
  }

  static async open(start: (options: StackOptions) => Promise<LocalStack>): Promise<Scene> {
    const ports = { stacks: 0, convex: 0, convexSite: 0 };
    stack = await start({ stateDir, ports, blockIntervalMs: 300, node: { control: true }, functions: "kept" });
    const [guardian] = await devnetWallets(path.join(PROJECT_ROOT, "Clarinet.toml"));
    const scene = new Scene(stack, stack.wallets[0] as Wallet, guardian as Wallet);
    const { address } = scene.provider;
    const { challenge, message } = await scene.convex.action(api.session.requestChallenge, { address });
    const signed = signMessage(scene.provider, message);
    scene.convex.setAuth((await scene.convex.action(api.session.signIn, { challenge, ...signed })).token);
    return scene;
  }

  /** Sends a committed deposit; gives the height of its block once it counts. */
  async deposits(amount: bigint): Promise<number> {
    const before = (await this.position())?.available ?? 0n;
    const { transaction } = await this.convex.action(api.liquidity.requestCommitCapital, { ...TIER, amount });
    const { blockHeight } = await this.client.succeeded(await this.client.sign(this.provider, transaction));
    await expect.poll(async () => (await this.position())?.available, PATIENT).toBe(before + amount);
    return blockHeight;
  }

  async position() {
    return (await this.convex.query(api.liquidity.getProviderPortfolio, {})).positions[0] ?? null;
  }

  /** What a request for a withdrawal is refused with; null where it is signed. */
  withdrawalRefused(amount: bigint): Promise<string | null> {
    return this.convex.action(api.liquidity.requestWithdrawal, { ...TIER, amount }).then(
      () => null,
      (error) => (error instanceof ConvexError ? String(error.data.code) : String(error)),
    );
  }

  /** Somebody pays in on the fork, without a commitment. */
  async strangerDeposits(): Promise<void> {
    const call = vaultCalls(this.stack.deployment).depositFunds({ amount: STRAY, token: null, reference: 0n });
    const stranger = this.stack.wallets[1] as Wallet;
    await this.client.succeeded(await this.client.call(stranger, call, { postConditionMode: "allow" }));
  }

  /** Of the whole pool, as anybody sees it. */
  async proofOfStx() {
    return (await this.convex.query(api.liquidity.getProof, {})).find(({ token }) => token === "STX");
  }

  async vaultDoes(name: "pause" | "unpause"): Promise<void> {
    const call = vaultCalls(this.stack.deployment)[name]();
    await this.client.succeeded(await this.client.call(this.guardian, call));
  }
}

const PATIENT = { timeout: PATIENCE_MS, interval: 200 };
const QUIETLY = { onProgress: () => {} };

/** Blocks between what the fork keeps and what it takes back: the chain goes on while its depth is reckoned. */
const ROOM = 40;

/** Replaces the blocks from this height on by others without their transactions, and by more burn blocks than those had. */
async function forkFrom({ chain }: Scene, height: number): Promise<void> {
  const [tip] = (await chain.get("/extended/v2/blocks?limit=1")).results;
  const depth = tip.height - height + 1 + ROOM / 2;
  const wish = { keepTransactions: false, fallenOut: "dropped", burnBlocks: depth + 1 };
  await chain.control("reorganise", { depth, ...wish });
}

test("what was final is gone: sync halts, and the books of before the fork go on with the chain as it is now", {
  timeout: 900_000,
}, async () => {
  let scene = await Scene.open(startPreparedStack);
  const file = path.join(folder, "saved.backup");
  await scene.deposits(KEPT);
  await backUp(stateDir, file, { ...QUIETLY, now: new Date() });
  await scene.chain.control("mine", { blocks: ROOM });
  await forkFrom(scene, await scene.deposits(LOST));

  const status = () => scene.convex.query(api.status.getStatus, {});
  await expect.poll(async () => (await status()).isHalted, PATIENT).toBe(true);
  // What the books say now never happened, so nothing may be promised by it.
  expect((await scene.position())?.available).toBe(KEPT + LOST);
  expect(await scene.withdrawalRefused(KEPT)).toBe("STOPPED");
  await scene.vaultDoes("pause");
  await scene.strangerDeposits();
  await scene.stack.close();

  restore(file, stateDir, { ...QUIETLY, now: new Date(), extent: "books" });
  scene = await Scene.open(startLocalStack);
  const whole = { holds: true, held: KEPT + STRAY, booked: KEPT + STRAY };
  await expect.poll(() => scene.proofOfStx(), PATIENT).toMatchObject(whole);
  expect(await scene.position()).toMatchObject({ available: KEPT, reserved: 0n });
  expect(await status()).toMatchObject({ isHalted: false, isRestoring: true, vaultPaused: true, stopped: [] });

  expect(await scene.withdrawalRefused(KEPT)).toBe("RESTORING");
  await scene.vaultDoes("unpause");
  // The hour is counted from the first look at the tip that began after the restore.
  await expect.poll(async () => (await status()).restoringUntil, PATIENT).not.toBeNull();
  await scene.chain.control("advance", { seconds: 3_601 });
  await expect.poll(async () => (await status()).isRestoring, PATIENT).toBe(false);
  await expect.poll(async () => (await status()).vaultPaused, PATIENT).toBe(false);
  expect(await scene.withdrawalRefused(KEPT)).toBeNull();
});
