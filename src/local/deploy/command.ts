/** `npm run deploy`: looks, shows what is missing, and with --broadcast does it, one transaction after the other. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { STACKS_DEVNET, STACKS_MAINNET, STACKS_TESTNET } from "@stacks/network";
import { Cl } from "@stacks/transactions";
import { contracts } from "../../stacks/bindings";
import { CHAIN_ID, type Network, type VaultDeployment } from "../../stacks/deployment";
import { NodeClient } from "../../stacks/node";
import { devnetWallets } from "../stacksNode/devnetWallets";
import { type DeployOptions, HELP, MAINNET_REFUSAL, readRequest } from "./options";
import { type Signer, signerOf } from "./signer";
import { type Progress, remainingSteps, type Step } from "./steps";
import { callOf, type Priced, priceOwnSteps } from "./transactions";
import { settled, succeeded } from "./waiting";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const API: Record<Network, string> = {
  mainnet: STACKS_MAINNET.client.baseUrl,
  testnet: STACKS_TESTNET.client.baseUrl,
  devnet: STACKS_DEVNET.client.baseUrl,
};
/** Who deployed the sBTC protocol: https://github.com/stx-labs/clarinet/pull/2504 tells why testnet's is this one. */
const SBTC_DEPLOYER = {
  mainnet: "SM3VDXK3WZZSA84XXFKAFAF15NNZX32CTSG82JFQ4",
  testnet: "SN3VMHXEN64ZZF71JQ5VESXDWTR301XTTXGF4J8F1",
};
const { contractName: VAULT_NAME } = contracts.liquidityVault;
const SOURCE_PATH = `contracts/${VAULT_NAME}.clar`;

type Print = (line: string) => void;

/** One run of the command: everything that its parts are told. */
interface Session {
  node: NodeClient;
  signer: Signer;
  options: DeployOptions;
  deployment: VaultDeployment;
  source: string;
}

async function deploymentOf(options: DeployOptions, sender: string): Promise<VaultDeployment> {
  const { network, vault, sbtc } = options;
  const deployer =
    network === "devnet" ? (await devnetWallets(path.join(ROOT, "Clarinet.toml")))[0]?.address : undefined;
  const sbtcDeployer = network === "devnet" ? deployer : SBTC_DEPLOYER[network];
  return {
    network,
    vaultContract: vault ?? `${sender}.${VAULT_NAME}`,
    sbtcContract: sbtc ?? `${sbtcDeployer}.${contracts.sbtcToken.contractName}`,
  };
}

async function open(options: DeployOptions, mnemonic: string | undefined): Promise<Session> {
  const signer = signerOf(mnemonic, options.network);
  const node = new NodeClient(options.network, (options.api ?? API[options.network]).replace(/\/+$/, ""));
  const [chainId, expected] = [await node.chainId(), CHAIN_ID[options.network]];
  if (chainId !== expected) {
    throw new Error(
      `${node.baseUrl} is of chain ${chainId}, and the backend signs for ${options.network}'s ${expected}.`,
    );
  }
  const source = await readFile(path.join(ROOT, SOURCE_PATH), "utf8");
  return { node, signer, options, deployment: await deploymentOf(options, signer.address), source };
}

function titleOf({ kind }: Step, progress: Progress, options: DeployOptions): string[] {
  if (kind === "contract") return [`deploy ${progress.deployment.vaultContract}`];
  const { function: abi, functionArgs } = callOf(kind, progress, options);
  return [
    abi.name,
    ...functionArgs.map((argument) => `     ${Cl.stringify(argument as Parameters<typeof Cl.stringify>[0])}`),
  ];
}

function showStep(step: Step, session: Session, progress: Progress, priced: Priced | undefined, print: Print): void {
  const [title, ...details] = titleOf(step, progress, session.options);
  const cost = priced ? `nonce ${priced.nonce}, fee ${priced.feeUstx} micro-STX` : `to be signed by ${step.signer}`;
  print(`  - ${title} (${cost})`);
  for (const line of details) print(line);
}

function show(session: Session, progress: Progress, priced: Priced[], balance: bigint, print: Print): void {
  const { node, signer, options, deployment, source } = session;
  const hash = createHash("sha256").update(source).digest("hex");
  print(`Network   ${options.network}, ${node.baseUrl}
Sender    ${signer.address}, ${balance} micro-STX
Vault     ${deployment.vaultContract}
sBTC      ${deployment.sbtcContract}
Source    ${SOURCE_PATH}, ${Buffer.byteLength(source)} bytes, sha256 ${hash}, ${contracts.liquidityVault.clarity_version}`);
  for (const warning of progress.warnings) print(`Warning: ${warning}`);
  const isDone = progress.steps.length === 0;
  print(isDone ? "The vault is deployed and launched as asked. Nothing is left to do." : "What is left to do:");
  for (const step of progress.steps) {
    showStep(
      step,
      session,
      progress,
      priced.find((one) => one.step === step),
      print,
    );
  }
}

function requireFunds(priced: Priced[], balance: bigint, { signer }: Session): void {
  const cost = priced.reduce((sum, { feeUstx }) => sum + feeUstx, 0n);
  if (cost <= balance) return;
  throw new Error(`${signer.address} has ${balance} micro-STX, and the fees are ${cost}.`);
}

function handOver({ deployment, steps }: Progress, print: Print): void {
  const next = steps[0];
  if (!next) return;
  print(`The next step is ${next.signer}'s to sign: run the command again with that account's DEPLOYER_MNEMONIC and
--vault ${deployment.vaultContract}`);
}

async function send(session: Session, priced: Priced[], print: Print): Promise<void> {
  for (const { step, transaction } of priced) {
    const txId = await session.node.broadcast(transaction);
    print(`Sent ${step.kind}: ${txId}`);
    await succeeded(session.node, txId, print);
  }
}

const look = (session: Session) =>
  remainingSteps(session.node, session.deployment, session.options, {
    sender: session.signer.address,
    source: session.source,
  });

async function carryOut(session: Session, priced: Priced[], print: Print): Promise<void> {
  await send(session, priced, print);
  const after = await look(session);
  if (after.steps.length > 0) return handOver(after, print);
  print(`The vault is launched. For the backend: VAULT_CONTRACT=${session.deployment.vaultContract}`);
}

/** @throws an Error whose message tells the operator what to do; the mnemonic is in none of them */
export async function deploy(argv: string[], environment: NodeJS.ProcessEnv, print: Print): Promise<void> {
  const request = readRequest(argv, environment);
  if (!request) return print(HELP);
  const { options, intent } = request;
  const session = await open(options, environment.DEPLOYER_MNEMONIC);
  const { node, signer } = session;
  if (intent === "broadcast") await settled(node, signer.address, print);
  const progress = await look(session);
  const [{ balance }, nonce] = await Promise.all([node.account(signer.address), node.nextNonce(signer.address)]);
  const priced = await priceOwnSteps({ ...session, progress }, nonce);
  show(session, progress, priced, balance, print);
  requireFunds(priced, balance, session);
  if (progress.steps.length === 0) return;
  if (priced.length === 0) throw new Error(`Only ${progress.steps[0]?.signer} can sign the next step.`);
  if (intent === "broadcast") return carryOut(session, priced, print);
  print(options.network === "mainnet" ? MAINNET_REFUSAL : "Nothing was sent. --broadcast sends.");
}
