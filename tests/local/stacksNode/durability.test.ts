/** What survives: kill -9 amid a stream of transactions, a torn or damaged journal, changed contracts, a lost worker. */
import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { makeSTXTokenTransfer } from "@stacks/transactions";
import { afterAll, expect, test } from "vitest";
import { startStacksNodeWorker } from "../../../src/local/worker/services";
import { Mutator } from "../malformed/mutator";
import { connect, MANIFEST, type NodeClient, newStateDir, startTestNode } from "./harness";

const SEED = Number(process.env.SEED ?? 20263);
const random = new Mutator(SEED);
/** Each costs a start of the VM; a longer trial is a matter of this number. */
const KILLS = Number(process.env.KILLS ?? 4);
const FEE = 300n;
const stateDir = newStateDir();
afterAll(() => rm(stateDir, { recursive: true, force: true }));

function startChild(): Promise<{ url: string; child: ChildProcess }> {
  const script = `
    import { startStacksNode } from "./src/local/stacksNode/stacksNode.ts";
    const node = await startStacksNode(${JSON.stringify({ manifestPath: MANIFEST, stateDir, port: 0, blockIntervalMs: 25 })});
    console.log("url", node.url);`;
  // It lives for seconds: optimising the Clarity VM's code would cost more than it gains.
  const args = ["--liftoff-only", "--import", "tsx", "--input-type=module", "--eval", script];
  const child = spawn(process.execPath, args, { cwd: path.dirname(MANIFEST), stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`The node ended with ${code}.`)));
    child.stdout?.on("data", (output) => {
      // Only its address may come out of it: the VM's chatter is silenced.
      const url = /^url (\S+)\n$/.exec(String(output))?.[1];
      if (url) resolve({ url, child });
      else reject(new Error(`Unexpected output: ${output}`));
    });
  });
}

/** Sends transfers, the node being killed soon after so many of them; the ids of those that it acknowledged. */
async function sendUntilKilled(client: NodeClient, child: ChildProcess, killAfter: number): Promise<string[]> {
  const { privateKey: senderKey, address } = client.wallet(1);
  const { possible_next_nonce: first } = await client.get(`/extended/v1/address/${address}/nonces`);
  const acknowledged: string[] = [];
  const died = new Promise((resolve) => child.once("exit", resolve));
  try {
    for (let nonce = first; ; nonce += 1) {
      const base = { recipient: client.wallet(2).address, amount: 1n, fee: FEE, nonce, senderKey };
      const transaction = await makeSTXTokenTransfer({ ...base, ...client.network });
      const result = await client.broadcast(transaction);
      if ("error" in result) {
        if ((result.reason as string) !== "TooMuchChaining") throw new Error(`Rejected: ${result.reason}`);
        nonce -= 1;
        await new Promise((resolve) => setTimeout(resolve, 10));
      } else if (acknowledged.push(result.txid) === killAfter) {
        setTimeout(() => child.kill("SIGKILL"), random.below(50));
      }
    }
  } catch (error) {
    if (!child.killed) throw error;
  }
  await died;
  return acknowledged;
}

test("kill -9 amid a stream: no block and no acknowledged transaction is lost", { timeout: 600_000 }, async () => {
  const acknowledged: string[] = [];
  const before = new Map<number, bigint>();
  let seen = { hash: "", height: 0 };
  for (let kill = 0; kill < KILLS; kill += 1) {
    const { url, child } = await startChild();
    const client = await connect(url);
    if (kill === 0) for (const n of [1, 2]) before.set(n, await client.stxBalance(client.wallet(n).address));
    if (seen.hash) expect(await client.get(`/extended/v2/blocks/${seen.height}`)).toMatchObject({ hash: seen.hash });
    const watching = setInterval(async () => {
      seen = await client.get("/extended/v2/blocks/latest").catch(() => seen);
    }, 15);
    acknowledged.push(...(await sendUntilKilled(client, child, 1 + random.below(30))));
    clearInterval(watching);
  }
  console.log(`seed ${SEED}: ${acknowledged.length} transactions acknowledged, ${KILLS} kills`);
  expect(acknowledged.length).toBeGreaterThanOrEqual(KILLS);
  const node = await startTestNode({ stateDir });
  await node.client.mine(2);
  const statuses = await Promise.all(acknowledged.map((id) => node.client.get(`/extended/v1/tx/${id}`)));
  expect(statuses.map(({ tx_status }) => tx_status)).toEqual(acknowledged.map(() => "success"));
  const { nonce } = await node.client.get(`/v2/accounts/${node.client.wallet(1).address}?proof=0`);
  // Those of which the answer was cut off are in, too.
  expect(nonce).toBeGreaterThanOrEqual(acknowledged.length);
  expect(nonce).toBeLessThanOrEqual(acknowledged.length + KILLS);
  const gained = async (n: number) =>
    (await node.client.stxBalance(node.client.wallet(n).address)) - (before.get(n) ?? 0n);
  expect([await gained(1), await gained(2)]).toEqual([-BigInt(nonce) * (1n + FEE), BigInt(nonce)]);
  await node.close();
});

test("a torn last line is forgotten; damage, another manifest and a busy port are refused", async () => {
  const journal = path.join(stateDir, "chain.jsonl");
  const whole = readFileSync(journal);
  appendFileSync(journal, '{"kind":"pending","raw":"8080');
  const node = await startTestNode({ stateDir });
  expect((await node.client.get("/v2/info")).stacks_tip_height).toBeGreaterThan(2);
  // What is written after the torn line must be readable by the starts below.
  await node.client.mine(1);
  const { port } = new URL(node.url);
  const other = newStateDir();
  await expect(startTestNode({ stateDir: other, port: Number(port) })).rejects.toThrow("EADDRINUSE");
  await node.close();
  expect(readFileSync(journal).subarray(0, whole.length)).toEqual(whole);

  const changed = newStateDir();
  for (const name of ["Clarinet.toml", "contracts", "settings"]) {
    cpSync(path.join(path.dirname(MANIFEST), name), path.join(changed, name), { recursive: true });
  }
  appendFileSync(path.join(changed, "contracts/sbtc-token.clar"), "\n(define-read-only (more) u1)\n");
  const manifestPath = path.join(changed, "Clarinet.toml");
  await expect(startTestNode({ stateDir, manifestPath })).rejects.toThrow("have changed since the chain");

  writeFileSync(journal, whole.toString().replace('"kind":"pending"', '"kind":'));
  await expect(startTestNode({ stateDir })).rejects.toThrow(/damaged at line \d+/);
  mkdirSync(stateDir, { recursive: true });
  writeFileSync(journal, whole);
});

test("a journal that another process writes to stops the node before it announces anything more", async () => {
  const failed: unknown[] = [];
  const dir = newStateDir();
  const node = await startTestNode({ stateDir: dir, onFailure: (error) => failed.push(error) });
  await node.client.mine(1);
  appendFileSync(path.join(dir, "chain.jsonl"), "\n");
  await expect(node.client.mine(1)).rejects.toThrow();
  expect(String(failed)).toContain("written by another node");
  await expect(fetch(`${node.url}/extended`)).rejects.toThrow();
  await rm(dir, { recursive: true, force: true });
});

test("the worker: serves, reports its end, and says why it can't start", async () => {
  const dir = newStateDir();
  const options = { manifestPath: MANIFEST, stateDir: dir, port: 0, blockIntervalMs: 20 };
  const node = await startStacksNodeWorker(options);
  expect((await (await fetch(`${node.url}/extended`)).json()).status).toBe("ready");
  const { port } = new URL(node.url);
  const second = startStacksNodeWorker({ ...options, stateDir: newStateDir(), port: Number(port) });
  await expect(second).rejects.toThrow("EADDRINUSE");
  await node.close();
  await expect(fetch(`${node.url}/extended`)).rejects.toThrow();
  await rm(dir, { recursive: true, force: true });
});
