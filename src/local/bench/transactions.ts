/**
 * Transactions of the Stacks node, from the HTTP request of each until it is in a block on disk, against the same calls
 * made directly of a simulated network: what signatures, fees, checks, journal and HTTP cost.
 */
import { type ContractCall, hexToBytes } from "@clarigen/core";
import { initSimnet } from "@stacks/clarinet-sdk";
import { type ClarityValue, privateKeyToPublic } from "@stacks/transactions";
import { localDeployment, vaultCalls } from "../../stacks/deployment";
import { AUTHORISER_KEY, depositCall, MANIFEST } from "./benchChain";
import { atLeast, type Figure, median, ratioFigure, shownRate } from "./figure";
import type { Conditions } from "./measurements";

const ROUNDS = 5;
const CAPS = { withdrawals: 1n, settlements: 1n };
const authoriser = hexToBytes(privateKeyToPublic(AUTHORISER_KEY) as string);
/** The vault launches once it has an authoriser. */
const ROLES = { admin: null, service: null, guardian: null, authoriser, caps: { stx: CAPS, sbtc: CAPS } };

/** A simulated network whose vault is launched, and one deposit into it. */
async function simulated(): Promise<{ deposit: () => void }> {
  const simnet = await quietly(() => initSimnet(MANIFEST, true, { trackCosts: false, trackCoverage: false }));
  const { deployer } = simnet;
  const deployment = localDeployment(deployer);
  const send = (call: ContractCall<unknown>, sender: string) => {
    const { contractAddress, contractName, functionName, functionArgs } = call;
    const contract = `${contractAddress}.${contractName}`;
    const { result } = simnet.callPublicFn(contract, functionName, functionArgs as ClarityValue[], sender);
    if (result.type !== "ok") throw new Error(`The simulated network refused ${functionName}.`);
  };
  const vault = vaultCalls(deployment);
  await quietly(() => {
    send(vault.scheduleChange(ROLES), deployer);
    send(vault.setSbtcTokenPrincipal(deployment.sbtcContract), deployer);
  });
  const sender = simnet.getAccounts().get("wallet_1") as string;
  return { deposit: () => send(depositCall(deployer), sender) };
}

/** The SDK prints every event on the console. */
async function quietly<Result>(run: () => Result | Promise<Result>): Promise<Result> {
  const { log, error } = console;
  console.log = console.error = () => {};
  try {
    return await run();
  } finally {
    Object.assign(console, { log, error });
  }
}

/** Milliseconds of one transaction when this many are made. */
async function timed(count: number, work: () => void | Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / count;
}

export async function measureTransactions({ chain: openChain, size, isLate, progress }: Conditions): Promise<Figure[]> {
  progress("launching the vault");
  const chain = await openChain();
  const network = await simulated();
  const most = size(100, 4);
  const [node, raw]: [number[], number[]] = [[], []];
  progress("sending deposits");
  for (let round = -1; round < size(ROUNDS, 2) && !(round > 1 && isLate()); round++) {
    const deposits = await chain.signedDeposits(most);
    const ofNode = await timed(deposits.length, async () => {
      await chain.broadcast(deposits);
      const mined = await chain.mine();
      if (mined !== deposits.length) throw new Error(`The block holds ${mined} of ${deposits.length} deposits.`);
    });
    const direct = () => {
      for (let n = 0; n < deposits.length; n++) network.deposit();
    };
    const ofNetwork = await quietly(() => timed(deposits.length, direct));
    if (round >= 0) {
      node.push(ofNode);
      raw.push(ofNetwork);
    }
  }
  const rate = (ms: number[]) => shownRate(1_000 / median(ms));
  const detail = `${rate(node)}, ${rate(raw)}`;
  return [
    ratioFigure({ name: "transactions of the node, of raw simulated calls", aim: atLeast(0.5), detail }, raw, node),
  ];
}
