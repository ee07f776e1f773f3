/** Deposits while the chain forks and the API gives late, failed, broken, old and repeated answers; then all is well again. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ConvexHttpClient } from "convex/browser";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { api } from "../../convex/_generated/api";
import { exportDocuments } from "../../src/local/backup/documents";
import { ChainClient } from "../../src/local/chainClient";
import { pushWithCli } from "../../src/local/host/cliPush";
import { loadSecrets } from "../../src/local/secrets";
import { environmentOf, type LocalStack, PROJECT_ROOT, setEnvironment, startLocalStack } from "../../src/local/stack";
import { DATABASE_FILE } from "../../src/local/stateFolder";
import { type HostHandle, startHostWorker } from "../../src/local/worker/services";
import { vaultCalls } from "../../src/stacks/deployment";
import { runsOf, tally, trialSeed } from "../trials/trial";

const SEED = trialSeed();
const FINALITY = 4;

const folder = mkdtempSync(path.join(tmpdir(), "chain-faults-"));
const stateDir = path.join(folder, "state");
let stack: LocalStack;
let replay: HostHandle | undefined;

beforeAll(async () => {
  const ports = { stacks: 0, convex: 0, convexSite: 0 };
  stack = await startLocalStack({ stateDir, ports, blockIntervalMs: 300, node: { control: true } });
});

afterAll(async () => {
  await replay?.close();
  await stack?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function control(route: string, body: object): Promise<void> {
  const url = `${stack.urls.stacksApi}/control/${route}`;
  const response = await fetch(url, { method: "POST", body: JSON.stringify(body) });
  expect([route, response.status]).toEqual([route, 200]);
}

/** What sync reads; the wallets' own requests are left alone. */
const READS = "^GET /extended/v2/(blocks|burn-blocks)|^GET /extended/v1/(contract|tx/multiple)|/call-read/";
const FAULTS = [
  { kind: "status", status: 503 },
  { kind: "delay", ms: 400 },
  { kind: "cut" },
  { kind: "twice" },
  { kind: "stale" },
].map((fault, n) => ({ requests: READS, fault, next: 1_000, chance: 0.06, seed: SEED + n }));

/** A deposit, and perhaps a fork, never as deep as what is final. */
const fork = fc.record({ depth: fc.integer({ min: 1, max: FINALITY }), keepTransactions: fc.boolean() });
const act = fc.record({
  isStx: fc.boolean(),
  pauseMs: fc.integer({ min: 150, max: 550 }),
  fork: fc.oneof(fc.constant(null), fork),
});

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** The vault's prints that the node shows: transaction and printed value, oldest first. */
async function onChain(): Promise<string[]> {
  const url = `${stack.urls.stacksApi}/extended/v1/contract/${stack.deployment.vaultContract}/events?limit=50`;
  const { results } = (await (await fetch(url)).json()) as { results: { tx_id: string }[] };
  return results.map(({ tx_id }) => tx_id).reverse();
}

type Row = Record<string, unknown>;
let exports = 0;

/** The documents of a table, without what each deployment gives them itself. */
function documentsOf(state: string, tables: string[]): Record<string, string[]> {
  exports += 1;
  const target = path.join(folder, `export-${exports}`);
  exportDocuments(state, target);
  const read = (table: string) => {
    const lines = readFileSync(path.join(target, table, "documents.jsonl"), "utf8")
      .trim()
      .split("\n")
      .filter(Boolean);
    return lines.map((line) => JSON.parse(line) as Row).filter(({ status }) => status !== "orphaned");
  };
  const plain = ({ _id, _creationTime, ...fields }: Row) => JSON.stringify(fields);
  return Object.fromEntries(tables.map((table) => [table, read(table).map(plain).sort()]));
}

const TABLES = ["entries", "postings", "accounts", "vaultEvents", "poolMetrics"];

/** An empty backend with the same code that reads the same chain. */
async function startReplay(): Promise<{ state: string; client: ConvexHttpClient }> {
  const state = path.join(folder, "replay");
  mkdirSync(state);
  const databaseFile = path.join(state, DATABASE_FILE);
  replay = await startHostWorker({ databaseFile, port: 0, sitePort: 0, adminKey: stack.adminKey });
  const secrets = await loadSecrets(stateDir);
  await setEnvironment(replay, environmentOf(secrets, stack.deployment, stack.urls.stacksApi));
  await pushWithCli({ url: replay.url, adminKey: replay.adminKey, cwd: PROJECT_ROOT });
  return { state, client: new ConvexHttpClient(replay.url) };
}

test(`books end as a clean replay of the chain has them (seed ${SEED})`, { timeout: 400_000 }, async () => {
  const host = { url: stack.urls.convex, adminKey: stack.adminKey } as HostHandle;
  await setEnvironment(host, { FINALITY_BURN_BLOCKS: String(FINALITY) });
  const chain = new ChainClient(stack.urls.stacksApi);
  await control("mine", { blocks: 1, burnBlocks: FINALITY + 1 });
  await control("faults", { faults: FAULTS });
  const acts = fc.sample(act, { seed: SEED, numRuns: runsOf("faults") });
  const sent: string[] = [];
  for (const [n, { isStx, pauseMs, fork }] of acts.entries()) {
    const wallet = stack.wallets[n % stack.wallets.length];
    if (!wallet) throw new Error("no wallets");
    const token = isStx ? null : stack.deployment.sbtcContract;
    const call = vaultCalls(stack.deployment).depositFunds({ amount: 1_000 + n, token, reference: 0 });
    sent.push(await chain.call(wallet, call, { postConditionMode: "allow" }));
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    if (fork) await control("reorganise", fork);
  }
  await control("faults", { faults: [] });
  await Promise.all(sent.map((txId) => chain.succeeded(txId)));
  await control("mine", { blocks: 1, burnBlocks: FINALITY + 1 });

  const client = new ConvexHttpClient(stack.urls.convex);
  const known = await onChain();
  const isCaughtUp = async (backend: ConvexHttpClient) => {
    const { watermark, halted } = await backend.query(api.liquidity.getSyncStatus, {});
    expect(halted).toBeNull();
    return watermark === BigInt(known.length);
  };
  await until("the books reach the last event", () => isCaughtUp(client));
  expect(known).toEqual(expect.arrayContaining(sent.map((txId) => expect.stringContaining(txId.replace("0x", "")))));
  const proofs = await client.query(api.liquidity.getProof, {});
  expect(proofs).toHaveLength(2);
  for (const proof of proofs) expect(proof).toMatchObject({ holds: true, pending: 0n, surplus: 0n });

  const books = documentsOf(stateDir, TABLES);
  expect(new Set(books.entries).size).toBe(sent.length);
  expect(books.vaultEvents).toHaveLength(known.length);
  const clean = await startReplay();
  await until("the replay reaches the last event", () => isCaughtUp(clean.client));
  expect(books).toEqual(documentsOf(clean.state, TABLES));
  const forks = acts.filter(({ fork }) => fork !== null).length;
  expect(forks).toBeGreaterThan(0);
  tally("faults", { done: sent.length, also: { forks, events: known.length } });
});
