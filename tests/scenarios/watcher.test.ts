/**
 * The guardian's watcher over the real local stack: a thief with the authoriser's key, forks, a silent backend, a restart.
 * The watcher's own loop runs in this process, with what it says in hand.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Cl, makeContractCall } from "@stacks/transactions";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { internal } from "../../convex/_generated/api";
import { VAULT_ERRORS } from "../../src/domain/vaultErrors";
import { PROJECT_ROOT, setEnvironment } from "../../src/local/stack";
import { devnetWallets } from "../../src/local/stacksNode/devnetWallets";
import type { HostHandle } from "../../src/local/worker/services";
import { stacksApi } from "../../src/stacks/api";
import { signWithdrawal } from "../../src/stacks/authorization";
import { vaultCalls } from "../../src/stacks/deployment";
import { unsignedWithdrawal } from "../../src/stacks/unsignedCalls";
import type { Wallet } from "../../src/stacks/wallet";
import { runWatcher } from "../../src/watcher/program";
import { readState } from "../../src/watcher/stateFile";
import { PATIENCE_MS } from "../engines/patience";
import { BY, type OutboxStack, startOutboxStack } from "./outboxStack";

const folder = mkdtempSync(path.join(tmpdir(), "watcher-"));
const STATE = path.join(folder, "state.json");
/** What the vault says to a withdrawal while it is paused. */
const PAUSED = `(err u${VAULT_ERRORS.errPaused})`;
/** Burn blocks: forks of a few blocks must not reach below it. */
const FINALITY = "4";
let scene: OutboxStack;
let guardian: Wallet;
let honest: Wallet;
let thief: Wallet;

beforeAll(async () => {
  scene = await startOutboxStack();
  const host = { url: scene.stack.urls.convex, adminKey: scene.stack.adminKey } as HostHandle;
  await setEnvironment(host, { FINALITY_BURN_BLOCKS: FINALITY });
  [honest, thief] = scene.stack.wallets as [Wallet, Wallet];
  [guardian] = (await devnetWallets(path.join(PROJECT_ROOT, "Clarinet.toml"))) as [Wallet];
});
afterAll(async () => {
  await scene?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Line {
  level: string;
  kind: string;
  message: string;
  facts: Record<string, string | number>;
}

/** A watcher at work, and what it has said. */
class Watch {
  readonly lines: Line[] = [];
  private readonly ending = new AbortController();
  private readonly ended: Promise<number>;

  constructor(args: string[] = ["--state", STATE], environment: Record<string, string> = {}) {
    const { urls } = scene.stack;
    const given = {
      STACKS_API_URL: urls.stacksApi,
      CONVEX_URL: urls.convex,
      WATCHER_POLL_MS: "100",
      FINALITY_BURN_BLOCKS: FINALITY,
      ...environment,
    };
    const streams = {
      out: (line: string) => this.lines.push(JSON.parse(line)),
      error: (line: string) => expect.fail(line),
    };
    const argv = ["--network", "local", "--json", ...args];
    this.ended = runWatcher(argv, given, { streams, ending: this.ending.signal });
    running.push(this);
  }

  findings(): Line[] {
    return this.lines.filter(({ level }) => level === "PAUSE" || level === "ALARM" || level === "(PAUSE)");
  }

  async said(kind: string): Promise<Line> {
    await until(`the watcher says ${kind}`, async () => this.lines.some((line) => line.kind === kind));
    return this.lines.find((line) => line.kind === kind) as Line;
  }

  /** Until it has looked at everything that there is now: the chain's last event, and the backend. */
  async hasSeen(sequence: bigint): Promise<void> {
    await until(`event ${sequence} is in its state`, async () => (await stateSequence()) >= sequence);
  }

  async stop(): Promise<number> {
    this.ending.abort();
    return this.ended;
  }
}

const running: Watch[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((watch) => watch.stop()));
});

async function stateSequence(): Promise<bigint> {
  const memory = await readState(STATE, scene.stack.deployment);
  return memory?.history.at(-1)?.sequence ?? 0n;
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const vault = () => vaultCalls(scene.stack.deployment);

async function isPaused(): Promise<boolean> {
  const api = stacksApi(scene.stack.urls.stacksApi);
  const { index_block_hash: tip } = await api.latestBlock();
  return (await api.readOnly(vault().getVaultState(), tip)).paused;
}

async function lastSequence(): Promise<bigint> {
  const { vaultContract, sbtcContract } = scene.stack.deployment;
  return (await scene.chain.events(vaultContract, sbtcContract)).at(-1)?.sequence ?? 0n;
}

async function deposits(wallet: Wallet, amountUstx: bigint): Promise<void> {
  const call = vault().depositFunds({ amount: amountUstx, token: null, reference: 0n });
  await scene.client.succeeded(await scene.client.call(wallet, call, { postConditionMode: "allow" }));
}

/** All that there is becomes final. */
async function finalise(): Promise<void> {
  await scene.chain.control("mine", { blocks: 1, burnBlocks: Number(FINALITY) + 1 });
}

async function letGoOn(): Promise<void> {
  await scene.client.succeeded(await scene.client.call(guardian, vault().unpause()));
}

let ids = 1_000n;

/** The call by which the thief takes what nobody authorised. */
async function theft(amount = 1_000n, privateKey = scene.authoriserPrivateKey) {
  ids += 1n;
  const expiresAt = BigInt(Math.floor(Date.now() / 1_000) + 3_600);
  const terms = { withdrawer: thief.address, token: "STX" as const, amount, id: ids, expiresAt };
  const signature = signWithdrawal(scene.stack.deployment, terms, privateKey);
  return unsignedWithdrawal(scene.stack.deployment, { ...terms, signature });
}

/** Signs and sends a call ahead of the account's next nonce, so that it has to wait. Gives its id. */
async function sendAhead(call: Awaited<ReturnType<typeof theft>>, ahead: number): Promise<string> {
  const { nonce } = await scene.chain.get(`/v2/accounts/${thief.address}?proof=0`);
  const [contractAddress = "", contractName = ""] = call.contractId.split(".");
  const { functionName, postConditions, postConditionMode } = call;
  const transaction = await makeContractCall({
    ...{ contractAddress, contractName, functionName, postConditions, postConditionMode },
    functionArgs: call.functionArgs.map((hex) => Cl.deserialize(hex)),
    ...{ senderKey: thief.privateKey, network: "devnet", nonce: nonce + ahead, fee: 1_000n, validateWithAbi: false },
  });
  const body = JSON.stringify({ tx: transaction.serialize() });
  const headers = { "content-type": "application/json" };
  const reply = await fetch(`${scene.stack.urls.stacksApi}/v2/transactions`, { method: "POST", headers, body });
  expect(reply.status).toBe(200);
  return `0x${transaction.txid()}`;
}

/** A withdrawal of suspense that the backend authorises, as its owner would ask for it. */
async function authorisedWithdrawal(amount: bigint) {
  ids += 1n;
  const from = { kind: "suspense" as const };
  const request = { provider: honest.address, token: "STX" as const, amount, from, authorizationId: ids };
  const { transaction } = await scene.admin.call("mutation", internal.withdrawals.requests.authorise, request);
  return transaction;
}

const RESET = { capability: "withdraw" as const, ...BY };

/** Asks the backend for a withdrawal until what was deposited is in the books, and takes it. */
async function withdraws(amount: bigint): Promise<void> {
  await finalise();
  await until("the deposit is in the books", async () => {
    try {
      const transaction = await authorisedWithdrawal(amount);
      await scene.client.succeeded(await scene.client.sign(honest, transaction));
      return true;
    } catch (error) {
      // After a theft the backend has stopped itself, and its operator lets it go on.
      const isStopped = String(error).includes("STOPPED");
      if (isStopped) await scene.admin.call("mutation", internal.breakers.control.resetBreaker, RESET);
      if (isStopped || /WITHDRAWAL_ABOVE_MAXIMUM|VAULT_PAUSED/.test(String(error))) return false;
      throw error;
    }
  });
}

test("honest deposits and withdrawals, forks and what only looks like a theft are nothing", {
  timeout: 900_000,
}, async () => {
  const watch = new Watch();
  await deposits(honest, 50_000_000n);
  await withdraws(1_000_000n);
  await scene.chain.control("reorganise", { depth: 3, keepTransactions: false });
  await deposits(honest, 2_000n);
  await scene.chain.control("reorganise", { depth: 2, keepTransactions: true });
  // Anybody may send this; the vault would refuse it, and so it is nothing.
  const txId = await sendAhead(await theft(1_000n, thief.privateKey), 5);
  await deposits(honest, 3_000n);
  await watch.hasSeen(await lastSequence());
  await scene.chain.control("drop", { txid: txId });
  expect([await isPaused(), watch.findings()]).toEqual([false, []]);
});

test("a theft that waits is stopped before it takes anything", { timeout: 900_000 }, async () => {
  const watch = new Watch();
  const txId = await sendAhead(await theft(), 1);
  expect(await watch.said("withdrawal.unknown")).toMatchObject({ level: "PAUSE", facts: { txId, amount: "1000" } });
  await until("the vault is paused", isPaused);
  // Its turn comes once the nonce before it is used, by anything.
  await sendAhead(await theft(1n, thief.privateKey), 0);
  expect(await scene.client.mined(txId)).toMatchObject({ status: "abort_by_response", result: PAUSED });
  // Deposits never stop.
  await deposits(honest, 4_000n);
  await watch.said("paused");
  expect(watch.findings()).toHaveLength(1);
});

test("when the admin lets the vault go on it stays so, until the next theft", { timeout: 900_000 }, async () => {
  const watch = new Watch();
  await letGoOn();
  await watch.hasSeen(await lastSequence());
  await deposits(honest, 5_000n);
  await watch.hasSeen(await lastSequence());
  expect([await isPaused(), watch.findings()]).toEqual([false, []]);

  const txId = await scene.client.sign(thief, await theft(2_000n));
  await until("the vault is paused", isPaused);
  expect(await watch.said("withdrawal.unknown")).toMatchObject({ facts: { txId: expect.stringContaining(txId) } });
  const second = await scene.client.mined(await scene.client.sign(thief, await theft(3_000n)));
  expect(second).toMatchObject({ status: "abort_by_response", result: PAUSED });
  await watch.said("paused");
});

test("a pause that a fork takes back is sent again", { timeout: 900_000 }, async () => {
  await letGoOn();
  await finalise();
  const watch = new Watch();
  await sendAhead(await theft(4_000n), 7);
  await watch.said("pausing");
  await until("the vault is paused", isPaused);
  await scene.chain.control("reorganise", { depth: 4, keepTransactions: false, fallenOut: "dropped" });
  await until("the vault is paused again", isPaused);
  expect(watch.findings().filter(({ level }) => level === "PAUSE")).toHaveLength(1);
});

test("restarted, it goes on where it stood: nothing is told twice", { timeout: 900_000 }, async () => {
  const watch = new Watch();
  await deposits(honest, 6_000n);
  await watch.hasSeen(await lastSequence());
  expect(watch.findings()).toEqual([]);
  // Without a state it finds them again in what the vault has printed, and pauses nothing that is paused.
  const looked = new Watch(["--once", "--dry-run"]);
  const kinds = () => looked.findings().map(({ kind, level }) => `${level} ${kind}`);
  await until("it has looked", async () => kinds().length > 0);
  expect(await looked.stop()).toBe(7);
  expect(kinds()).toContain("(PAUSE) withdrawal.unknown");
  // What was looked at before the admin let the vault go on is told, and would pause nothing.
  expect(kinds().filter((kind) => !/^(ALARM|\(PAUSE\)) withdrawal.unknown$/.test(kind))).toEqual([]);
});

test("where the backend is silent, a payment that nobody verifies pauses after the grace", {
  timeout: 900_000,
}, async () => {
  await letGoOn();
  await finalise();
  const first = new Watch();
  await first.hasSeen(await lastSequence());
  await first.stop();
  const silenced = { CONVEX_URL: "http://127.0.0.1:9" };
  const patient = new Watch(["--state", STATE, "--alarm-after", "1", "--grace", "3600"], silenced);
  await withdraws(1_500_000n);
  await patient.hasSeen(await lastSequence());
  expect((await patient.said("backend.silent")).level).toBe("ALARM");
  expect(await isPaused()).toBe(false);
  await patient.stop();

  const strict = new Watch(["--state", STATE, "--grace", "1"], silenced);
  expect((await strict.said("payment.unverified")).level).toBe("PAUSE");
  await until("the vault is paused", isPaused);
});
