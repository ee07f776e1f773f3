/**
 * A stack that is restored signs nothing while what it signed after the backup is still valid, from the moment that it
 * listens on; and what was signed then is seen when it is used.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ConvexHttpClient } from "convex/browser";
import { ConvexError } from "convex/values";
import { afterEach, beforeEach, expect, test } from "vitest";
import { api } from "../../convex/_generated/api";
import { restore } from "../../src/local/backup/restore";
import { backUp } from "../../src/local/backup/snapshot";
import { ChainClient } from "../../src/local/chainClient";
import { type LocalStack, startLocalStack } from "../../src/local/stack";
import { RESTORED_FILE } from "../../src/local/stateFolder";
import { signMessage } from "../../src/stacks/wallet";
import { freePort } from "../engines/freePort";
import { PATIENCE_MS } from "../engines/patience";
import { startPreparedStack } from "../engines/preparedStack";

const DEPOSIT = { token: "STX", amount: 6_000_000n, tier: "Balanced" };
const WITHDRAWAL = { ...DEPOSIT, amount: 2_000_000n };
const QUIETLY = { onProgress: () => {} };

let folder: string;
let stateDir: string;
let stack: LocalStack | null = null;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "bithedge-restored-"));
  stateDir = path.join(folder, "state");
});
afterEach(async () => {
  await stack?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (seen !== null) return seen;
    if (Date.now() > deadline) throw new Error(`It did not happen: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The code of what a request is refused with; null where it was answered. */
const codeOf = (request: Promise<unknown>) =>
  request.then(
    () => null,
    (error) => (error instanceof ConvexError ? String(error.data.code) : "FAILED"),
  );

test("between the backup's moment and an hour after it nothing is signed twice", { timeout: 900_000 }, async () => {
  const convexPort = await freePort();
  const ports = { stacks: 0, convex: convexPort, convexSite: 0 };
  const options = { stateDir, ports, blockIntervalMs: 300, node: { control: true } };
  stack = await startPreparedStack(options);
  const [wallet] = stack.wallets;
  if (!wallet) throw new Error("There are no wallets.");
  const convex = new ConvexHttpClient(stack.urls.convex, { logger: false });
  const { challenge, message } = await convex.action(api.session.requestChallenge, { address: wallet.address });
  convex.setAuth((await convex.action(api.session.signIn, { challenge, ...signMessage(wallet, message) })).token);
  const position = async () => (await convex.query(api.liquidity.getProviderPortfolio, {})).positions[0] ?? null;
  const withdraw = () => convex.action(api.liquidity.requestWithdrawal, WITHDRAWAL);

  const committed = await convex.action(api.liquidity.requestCommitCapital, DEPOSIT);
  let chain = new ChainClient(stack.urls.stacksApi);
  await chain.succeeded(await chain.sign(wallet, committed.transaction));
  await until("the deposit counts", position);
  const file = path.join(folder, "saved.backup");
  await backUp(stateDir, file, { ...QUIETLY, now: new Date() });
  // Nobody knows of this one but its owner, once the backup is restored.
  const unknown = await withdraw();
  await stack.close();
  restore(file, stateDir, { ...QUIETLY, now: new Date() });
  expect(existsSync(path.join(stateDir, RESTORED_FILE))).toBe(true);

  const answers: (string | null)[] = [];
  let isStarting = true;
  const thief = (async () => {
    while (isStarting) {
      answers.push(await codeOf(withdraw()));
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  })();
  stack = await startLocalStack(options);
  isStarting = false;
  await thief;
  expect(answers.length).toBeGreaterThan(0);
  expect(answers).not.toContain(null);
  expect(existsSync(path.join(stateDir, RESTORED_FILE))).toBe(false);
  expect(await codeOf(withdraw())).toBe("RESTORING");
  expect(await position()).toMatchObject({ available: DEPOSIT.amount, reserved: 0n });

  chain = new ChainClient(stack.urls.stacksApi);
  await chain.succeeded(await chain.sign(wallet, unknown.transaction));
  // The hour is counted from the first look at the tip that began after the restore.
  await until(
    "the end of the hour is known",
    async () => (await convex.query(api.status.getStatus, {})).restoringUntil,
  );
  await fetch(`${stack.urls.stacksApi}/control/advance`, { method: "POST", body: '{"seconds": 3601}' });
  await until("the rule has ended and the breach has been seen", async () =>
    (await codeOf(withdraw())) === "STOPPED" ? true : null,
  );
  const [proof] = await convex.query(api.liquidity.getProof, {});
  expect(proof).toMatchObject({ token: "STX", holds: true, held: DEPOSIT.amount - WITHDRAWAL.amount });
});
