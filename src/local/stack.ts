/**
 * Composes the local stack: Stacks node, Convex host with this project's functions, launched vault, funded wallets and
 * the web page. Everything listens on this machine only, and everything it knows lives in one state folder.
 */
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Underlying } from "../domain/policies";
import { localDeployment, type VaultDeployment } from "../stacks/deployment";
import { serviceAddress } from "../stacks/serviceCalls";
import type { Wallet } from "../stacks/wallet";
import type { WebConfig } from "../web/config";
import { beginningOf, readRestored, removeRestored, withhold } from "./backup/restored";
import { ChainClient } from "./chainClient";
import { type Codegen, pushWithCli } from "./host/cliPush";
import { launchVault } from "./launch";
import { marketEnvironment, startStackMarket } from "./market/ofStack";
import type { MarketHandle } from "./market/server";
import { requireFreePorts, type StackPorts } from "./ports";
import { type LocalSecrets, loadSecrets } from "./secrets";
import { devnetWallets } from "./stacksNode/devnetWallets";
import { CHAIN_FOLDER, DATABASE_FILE, lockStateFolder } from "./stateFolder";
import { type PageMode, startWeb } from "./web";
import { type HostHandle, startHostWorker, startStacksNodeWorker } from "./worker/services";

export const PROJECT_ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Of convex/http.ts. */
const PUSH_ROUTE = "/push/chainhook";

export interface StackOptions {
  stateDir: string;
  ports: StackPorts;
  /** Milliseconds between blocks; 1,000 if left out. */
  blockIntervalMs?: number;
  /** `hook`: is told of blocks with events of the vault; the backend is if left out. `control`: for tests. */
  node?: { control?: boolean; hook?: { url: string; secret: string } };
  /** With this seed prices move by themselves; without one only when they are set. */
  marketSeed?: number;
  /** The market's first prices, micro-dollars. */
  marketPrices?: Record<Underlying, bigint>;
  onLog?: (line: string) => void;
  /** Told when a part ends by itself: the stack can't go on without it. */
  onFailure?: (reason: string) => void;
  /** Left out: a start whose push is refused fails. Otherwise it goes on with the code that was pushed before, if any. */
  onPushFailure?: (error: unknown) => void;
  /** `kept`: nothing is pushed, as the state has these functions already. Pushed if left out. */
  functions?: "pushed" | "kept";
  page?: PageMode;
}

export interface LocalStack {
  urls: { stacksApi: string; convex: string; convexSite: string; prices: string; web: string | null };
  deployment: VaultDeployment;
  /** Three, each with STX and sBTC. */
  wallets: Wallet[];
  adminKey: string;
  /** What the page is told, whoever serves it. */
  config: WebConfig;
  /** What the backend's price sources are asked about. */
  market: MarketHandle;
  /** Pushes `convex/` once more. */
  push(codegen: Codegen): Promise<void>;
  close(): Promise<void>;
}

/** wallet_3 of settings/Devnet.toml. */
const SECOND_ADMIN = "ST2JHG361ZXG51QTKY2NQCVBPPRRE2KZB1HR05NNC";

const deployerOf = ({ vaultContract }: VaultDeployment) => vaultContract.split(".")[0] as string;

/** What the functions read from their environment (`convex/settings.ts`, `.env.example`). */
export function environmentOf(
  secrets: LocalSecrets,
  deployment: VaultDeployment,
  stacksApi: string,
): Record<string, string> {
  return {
    STACKS_NETWORK: deployment.network,
    STACKS_API_URL: stacksApi,
    VAULT_CONTRACT: deployment.vaultContract,
    SBTC_CONTRACT: deployment.sbtcContract,
    FINALITY_BURN_BLOCKS: "1",
    SYNC_POLL_MS: "500",
    // Here the deployer is everybody who operates, and the vault's guardian: who asks for an exit has to be another.
    OPERATOR_PRINCIPALS: deployerOf(deployment),
    GUARDIAN_PRINCIPALS: deployerOf(deployment),
    ADMIN_PRINCIPALS: `${deployerOf(deployment)},${SECOND_ADMIN}`,
    TREASURY_INSURANCE_PRINCIPAL: deployerOf(deployment),
    TREASURY_FEES_PRINCIPAL: deployerOf(deployment),
    PUSH_SECRET: secrets.pushSecret,
    AUTH_DOMAIN: "BitHedge Liquidity (local)",
    AUTH_ISSUER: "https://local.bithedge.invalid",
    AUTH_JWKS: secrets.sessionJwks,
    AUTH_PRIVATE_KEY: secrets.sessionPrivateKeyPem,
    AUTH_CHALLENGE_SECRET: secrets.challengeSecret,
  };
}

/** What signs transactions and authorisations: withheld after a restore until its rule stands. */
export function signingKeysOf(secrets: LocalSecrets): Record<string, string> {
  return {
    AUTHORISER_PRIVATE_KEY: secrets.authoriserPrivateKey,
    SERVICE_PRIVATE_KEY: secrets.servicePrivateKey,
  };
}

/** Roles change 144 burn blocks after the admin has scheduled it, so a start can't mend this. */
function otherService(stateDir: string, service: string): string {
  return `The vault in ${stateDir} was launched with another service (${service}), whose key is not there: the backend can send it no transactions of its own, such as revocations. All else works. Delete the folder to begin anew.`;
}

/** A request to the host as its admin, outside of what the CLI offers quickly. */
async function asAdmin(host: HostHandle, route: string, body: unknown): Promise<string> {
  const headers = { authorization: `Convex ${host.adminKey}`, "content-type": "application/json" };
  const response = await fetch(`${host.url}${route}`, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok || text.includes('"status":"error"')) throw new Error(`The host refused ${route}: ${text}`);
  return text;
}

export async function setEnvironment(host: HostHandle, variables: Record<string, string>): Promise<void> {
  const changes = Object.entries(variables).map(([name, value]) => ({ name, value }));
  await asAdmin(host, "/api/update_environment_variables", { changes });
}

/** Deploys `convex/` with the official CLI, and has its loops look at once. */
async function deployFunctions(host: HostHandle, codegen: Codegen): Promise<void> {
  await pushWithCli({ url: host.url, adminKey: host.adminKey, cwd: PROJECT_ROOT }, codegen);
  await wakeLoops(host);
}

async function wakeLoops(host: HostHandle): Promise<void> {
  await lookAtOnce(host);
  await runMutation(host, "outbox/loop:restart", {});
  await runMutation(host, "prices/loop:wake", {});
}

async function runMutation(host: HostHandle, path: string, args: Record<string, unknown>): Promise<void> {
  await asAdmin(host, "/api/mutation", { path, args: [args], format: "convex_encoded_json" });
}

function lookAtOnce(host: HostHandle): Promise<void> {
  return runMutation(host, "sync/loop:wake", {});
}

const FIRST_PROOF_MS = 30_000;

/** Nothing can be committed before sync has seen the launched vault. Waits for its first proof, but not for ever. */
async function firstProof(host: HostHandle): Promise<void> {
  const deadline = Date.now() + FIRST_PROOF_MS;
  // A look that came before the launch failed, and the loop pauses after a failure.
  await lookAtOnce(host);
  while (Date.now() < deadline) {
    const query = { path: "liquidity:getProof", args: [{}], format: "convex_encoded_json" };
    const { value } = JSON.parse(await asAdmin(host, "/api/query", query)) as { value: unknown[] };
    if (value.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Holds the state folder's lock until it is closed. */
export async function startLocalStack(options: StackOptions): Promise<LocalStack> {
  const lock = lockStateFolder(options.stateDir);
  try {
    await requireFreePorts(options.ports);
    const stack = await startParts(options);
    return { ...stack, close: () => stack.close().finally(lock.release) };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function startParts(options: StackOptions): Promise<LocalStack> {
  const { stateDir, ports, blockIntervalMs = 1_000, onLog = () => {}, onFailure = () => {} } = options;
  const secrets = await loadSecrets(stateDir);
  const manifestPath = path.join(PROJECT_ROOT, "Clarinet.toml");
  // The faucet's account is the node's own.
  const people = (await devnetWallets(manifestPath)).filter(({ name }) => name !== "faucet");
  const [admin, ...wallets] = people;
  if (!admin) throw new Error("settings/Devnet.toml names no wallets.");
  const deployment = localDeployment(admin.address);

  const signingKeys = signingKeysOf(secrets);
  const restored = readRestored(stateDir);
  if (restored) withhold(Object.keys(signingKeys), stateDir);

  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const supervision = { onLog, onExit: onFailure };
    let isReady = false;
    const host = await startHostWorker(
      {
        databaseFile: path.join(stateDir, DATABASE_FILE),
        port: ports.convex,
        sitePort: ports.convexSite,
        adminKey: secrets.adminKey,
      },
      supervision,
    );
    closers.push(() => host.close());
    const hook = options.node?.hook ?? { url: `${host.siteUrl}${PUSH_ROUTE}`, secret: secrets.pushSecret };
    const node = await startStacksNodeWorker(
      {
        manifestPath,
        stateDir: path.join(stateDir, CHAIN_FOLDER),
        port: ports.stacks,
        blockIntervalMs,
        control: options.node?.control ?? false,
        delivery: { ...hook, contractId: deployment.vaultContract },
      },
      // Before its functions are pushed, the backend has no route to be told by; that is no news.
      { ...supervision, onLog: (line) => (isReady || !line.includes(PUSH_ROUTE) ? onLog(line) : undefined) },
    );
    closers.push(() => node.close());
    const { prices = 0 } = ports;
    const market = await startStackMarket({
      stateDir,
      port: prices,
      seed: options.marketSeed,
      atFirst: options.marketPrices,
      chainUrl: node.url,
    });
    closers.push(() => market.close());
    const chain = new ChainClient(node.url);
    const service = serviceAddress(deployment, secrets.servicePrivateKey);
    const launched = launchVault(chain, deployment, {
      admin,
      authoriserPrivateKey: secrets.authoriserPrivateKey,
      service,
      funded: wallets,
    }).then((launched) => {
      if (launched !== service) onLog(otherService(stateDir, launched));
    });
    const environment = { ...environmentOf(secrets, deployment, node.url), ...marketEnvironment(market.url) };
    await setEnvironment(host, restored ? environment : { ...environment, ...signingKeys });
    const push = (codegen: Codegen) => deployFunctions(host, codegen);
    const installed = options.functions === "kept" ? wakeLoops(host) : push("disable");
    const deployed = installed.then(
      () => true,
      (error) => {
        if (!options.onPushFailure) throw error;
        options.onPushFailure(error);
        return false;
      },
    );
    // Both are waited for even if one fails: the CLI, a process of its own, must not outlive its host.
    for (const part of await Promise.allSettled([launched, deployed])) {
      if (part.status === "rejected") throw part.reason;
    }
    if (restored) {
      await runMutation(host, "breakers/restore:begin", beginningOf(restored));
      await setEnvironment(host, signingKeys);
      removeRestored(stateDir);
    }
    if (await deployed) await firstProof(host);
    const { network, vaultContract, sbtcContract } = deployment;
    const local = { marketUrl: market.url, hasClock: options.node?.control ?? false };
    const parts = { convexUrl: host.url, stacksApiUrl: node.url, network, vaultContract, sbtcContract };
    const operator = { ...admin, name: `${admin.name} (operator)` };
    const config: WebConfig = { ...parts, explorerUrl: null, wallets: [...wallets, operator], local };
    const { web: port, page } = { ...ports, ...options };
    const web = port === undefined ? null : await startWeb({ port, config, page });
    if (web) closers.push(() => web.close());
    isReady = true;
    const addresses = { stacksApi: node.url, convex: host.url, convexSite: host.siteUrl, prices: market.url };
    const urls = { ...addresses, web: web?.url ?? null };
    return { urls, deployment, wallets, adminKey: secrets.adminKey, config, market, push, close };
  } catch (error) {
    await close();
    throw error;
  }
}
