/** `npm start` killed at random points while the outbox sends: nothing is forgotten, and nothing happens twice. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PROJECT_ROOT } from "../../src/local/stack";
import { devnetWallets } from "../../src/local/stacksNode/devnetWallets";
import { localDeployment } from "../../src/stacks/deployment";
import { serviceAddress } from "../../src/stacks/serviceCalls";
import { AdminClient, ChainReader } from "./outboxStack";

let stateDir: string;
let ports: { stacks: number; convex: number; site: number; web: number };
let running: ChildProcess | null = null;

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

beforeEach(async () => {
  stateDir = await mkdtemp(path.join(tmpdir(), "bithedge-outbox-killed-"));
  ports = { stacks: await freePort(), convex: await freePort(), site: await freePort(), web: await freePort() };
});
afterEach(async () => {
  running?.kill("SIGKILL");
  await rm(stateDir, { recursive: true, force: true });
});

async function start(): Promise<void> {
  const env = {
    ...process.env,
    LOCAL_STATE_DIR: stateDir,
    STACKS_API_PORT: String(ports.stacks),
    CONVEX_PORT: String(ports.convex),
    CONVEX_SITE_PORT: String(ports.site),
    PRICE_API_PORT: "0",
    WEB_PORT: String(ports.web),
    BLOCK_INTERVAL_MS: "300",
  };
  const child = spawn(process.execPath, ["--import", "tsx", "src/local/start.ts"], { cwd: PROJECT_ROOT, env });
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
}

async function kill(): Promise<void> {
  const child = running as ChildProcess;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}

const CALLS = 30;
const KILLS = 2;

test("kill -9 while 30 calls are being sent: each happens once", { timeout: 600_000 }, async () => {
  await start();
  const secrets = JSON.parse(await readFile(path.join(stateDir, "secrets.json"), "utf8"));
  const admin = new AdminClient(`http://127.0.0.1:${ports.convex}`, secrets.adminKey);
  const chain = new ChainReader(`http://127.0.0.1:${ports.stacks}`);
  const [deployer] = await devnetWallets(path.join(PROJECT_ROOT, "Clarinet.toml"));
  const deployment = localDeployment(deployer?.address ?? "");
  const service = serviceAddress(deployment, secrets.servicePrivateKey);
  const ids = Array.from({ length: CALLS }, (_, n) => BigInt(n + 1));
  // Printed by the assertion at the end, as the points at which it was killed.
  const waits = fc.sample(fc.integer({ min: 0, max: 2_500 }), KILLS);

  for (const [n, wait] of waits.entries()) {
    const share = ids.slice((n * CALLS) / KILLS, ((n + 1) * CALLS) / KILLS);
    await Promise.all(share.map((id) => admin.revoke(id)));
    await new Promise((resolve) => setTimeout(resolve, wait));
    await kill();
    await start();
  }
  await admin.atRest();

  const events = await chain.events(deployment.vaultContract, deployment.sbtcContract);
  const revoked = events.flatMap((event) => (event.kind === "revocation" ? [event.authorizationId] : []));
  expect([waits, revoked.sort((one, other) => Number(one - other))]).toEqual([waits, ids]);
  const sent = await chain.sentBy(service);
  expect([waits, sent.map(({ tx_status }) => tx_status)]).toEqual([waits, ids.map(() => "success")]);
  expect((await admin.list()).failed).toEqual([]);
});
