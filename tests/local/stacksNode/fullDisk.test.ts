/** A disk that takes no more: what it refuses did not happen, what was acknowledged stays, and with room it goes on. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { statSync } from "node:fs";
import path from "node:path";
import { makeSTXTokenTransfer } from "@stacks/transactions";
import { expect, test } from "vitest";
import { connect, MANIFEST, type NodeClient, newStateDir, startTestNode } from "./harness";

const stateDir = newStateDir();
const journal = path.join(stateDir, "chain.jsonl");

function startChild(): Promise<{ url: string; child: ChildProcess }> {
  const options = { manifestPath: MANIFEST, stateDir, port: 0, blockIntervalMs: 3_600_000, control: true };
  const script = `
    import { startStacksNode } from "./src/local/stacksNode/stacksNode.ts";
    const node = await startStacksNode(${JSON.stringify(options)});
    console.log("url", node.url);`;
  const args = ["--import", "tsx", "--input-type=module", "--eval", script];
  const child = spawn(process.execPath, args, { cwd: path.dirname(MANIFEST), stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`The node ended with ${code}.`)));
    child.stdout?.on("data", (output) => resolve({ url: String(output).slice(4).trim(), child }));
  });
}

/** Lets the files of a process grow to a size only: to the process that is a full disk. */
function limit({ pid }: ChildProcess, bytes: number | "unlimited"): void {
  execFileSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}:unlimited`]);
}

function transfer(client: NodeClient, nonce: number) {
  const base = { recipient: client.wallet(2).address, amount: 1n, fee: 300, nonce };
  return makeSTXTokenTransfer({ ...base, senderKey: client.wallet(1).privateKey, ...client.network });
}

test("a full disk refuses with a 503, changes nothing, and with room all goes on", { timeout: 240_000 }, async () => {
  const { url, child } = await startChild();
  const client = await connect(url);
  const look = async () => ({
    blocks: await client.get("/extended/v2/blocks?limit=5"),
    account: await client.get(`/v2/accounts/${client.wallet(1).address}`),
  });
  const first = await client.send(await transfer(client, 0));
  await client.mine(1);

  limit(child, statSync(journal).size + 50);
  const before = await look();
  const refused = await transfer(client, 1);
  const post = () => client.post("/v2/transactions", { tx: refused.serialize() });
  const { status, reply } = await post();
  expect([status, reply.error]).toEqual([503, expect.stringContaining("full")]);
  expect((await fetch(`${url}/extended/v1/tx/${refused.txid()}`)).status).toBe(404);
  for (const [route, body] of [
    ["mine", { blocks: 1 }],
    ["mine", { burnBlocks: 3 }],
    ["reorganise", { depth: 1 }],
    ["reorganise", { depth: 1, keepTransactions: false, burnBlocks: 1 }],
    ["advance", { seconds: 5_000 }],
  ] as const) {
    expect([(await client.post(`/control/${route}`, body)).status, await look()]).toEqual([503, before]);
  }

  // Room for the transaction, but not for its block.
  limit(child, statSync(journal).size + 600);
  expect((await post()).status).toBe(200);
  limit(child, statSync(journal).size + 20);
  expect((await client.mine(1)).status).toBe(503);
  expect(await look()).toEqual(before);
  expect(await client.get(`/extended/v1/tx/${refused.txid()}`)).toMatchObject({ tx_status: "pending" });

  limit(child, "unlimited");
  expect((await client.mine(1)).status).toBe(200);
  expect(await client.get(`/extended/v1/tx/${refused.txid()}`)).toMatchObject({ tx_status: "success" });
  expect((await client.post("/control/reorganise", { depth: 2 })).status).toBe(200);

  limit(child, statSync(journal).size + 10);
  expect((await client.mine(1)).status).toBe(503);
  const last = await look();

  // Killed amid reorganisations: each happened whole or not at all, so nothing falls out of the chain.
  limit(child, "unlimited");
  const died = new Promise((resolve) => child.once("exit", resolve));
  const reorganising = (async () => {
    for (;;) await client.post("/control/reorganise", { depth: 2 });
  })();
  setTimeout(() => child.kill("SIGKILL"), Math.random() * 300);
  await expect(reorganising).rejects.toThrow("fetch failed");
  await died;
  const node = await startTestNode({ stateDir, blockIntervalMs: 3_600_000 });
  const [tip] = (await node.client.get("/extended/v2/blocks?limit=5")).results;
  expect(tip.height).toBe(last.blocks.results[0].height);
  expect(await node.client.get(`/extended/v1/tx/${refused.txid()}`)).toMatchObject({ tx_status: "success" });
  expect(await node.client.get(`/extended/v1/tx/${first.tx_id}`)).toMatchObject({ tx_status: "success" });
  expect((await node.client.mine(1)).status).toBe(200);
  await node.remove();
});
