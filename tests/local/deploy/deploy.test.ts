/** A deployment from nothing to the launch, interrupted where it can be, told by what the chain then holds. */
import { cvToValue } from "@clarigen/core";
import { generateMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { fetchCallReadOnlyFunction, makeContractCall, makeContractDeploy } from "@stacks/transactions";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ChainClient } from "../../../src/local/chainClient";
import { type Signer, signerOf } from "../../../src/local/deploy/signer";
import { contracts } from "../../../src/stacks/bindings";
import { type VaultDeployment, vaultCalls } from "../../../src/stacks/deployment";
import { startTestNode, type TestNode } from "../stacksNode/harness";
import { AUTHORISER, CAPS, flags, run, SOURCE } from "./commandUnderTest";

const { contractName, functions } = contracts.liquidityVault;

let node: TestNode;
let chain: ChainClient;
/** A node takes seconds to start, so each test has a deployer of its own instead. */
let words: string;
let deployer: Signer;
let vaultContract: string;
beforeAll(async () => {
  node = await startTestNode({ blockIntervalMs: 1_000 });
  chain = new ChainClient(node.url);
}, 240_000);
afterAll(() => node.remove());
beforeEach(async () => {
  words = generateMnemonic(wordlist);
  deployer = signerOf(words, "devnet");
  vaultContract = `${deployer.address}.${contractName}`;
  await chain.succeeded(await chain.transferStx(node.client.wallet(0), deployer.address, 10_000_000n));
});

const address = (wallet: number) => node.client.wallet(wallet).address;

function asked(changes: Record<string, string | null> = {}): string[] {
  const roles = { service: address(2), guardian: address(3), authoriser: AUTHORISER, caps: CAPS };
  return flags({ network: "devnet", api: node.url, ...roles, ...changes });
}

async function stateOf(vault = vaultContract) {
  const deployment: VaultDeployment = { network: "devnet", vaultContract: vault, sbtcContract: "" };
  const { contractAddress, functionName, functionArgs } = vaultCalls(deployment).getVaultState();
  const call = { contractAddress, contractName, functionName, functionArgs: functionArgs as never[] };
  const result = await fetchCallReadOnlyFunction({ ...call, senderAddress: contractAddress, ...node.client.network });
  return cvToValue(result, true);
}

const nonce = async (of = deployer.address) => (await node.client.get(`/v2/accounts/${of}?proof=0`)).nonce;
const exists = async () => (await fetch(`${node.url}/v2/contracts/interface/${vaultContract.replace(".", "/")}`)).ok;

/** The first step as another program would do it; not waited for. */
async function sendContract(codeBody = SOURCE): Promise<string> {
  const signing = { senderKey: deployer.privateKey, fee: 100_000, clarityVersion: 6, nonce: 0 };
  const transaction = await makeContractDeploy({ contractName, codeBody, ...signing, ...node.client.network });
  const reply = await node.client.broadcast(transaction);
  expect(reply).not.toHaveProperty("error");
  return reply.txid;
}

/** The second step, likewise. */
async function sendRoles(): Promise<string> {
  const roles = { admin: null, service: address(2), guardian: address(3), authoriser: Buffer.from(AUTHORISER, "hex") };
  const caps = { stx: { withdrawals: 4_000n, settlements: 3_000n }, sbtc: { withdrawals: 200n, settlements: 0n } };
  const call = vaultCalls({ network: "devnet", vaultContract, sbtcContract: "" }).scheduleChange({ ...roles, caps });
  const { contractAddress, functionName } = call;
  const functionArgs = call.functionArgs as never[];
  const signing = { senderKey: deployer.privateKey, fee: 5_000, nonce: 1, validateWithAbi: false };
  const transaction = await makeContractCall({
    ...{ contractAddress, contractName, functionName, functionArgs },
    ...signing,
    ...node.client.network,
  });
  return (await node.client.broadcast(transaction)).txid;
}

test("without --broadcast it shows every step and changes nothing", async () => {
  const { output, refusal } = await run(asked(), words);
  expect(refusal).toBeNull();
  for (const told of [
    `Sender    ${deployer.address}`,
    `deploy ${vaultContract} (nonce 0, fee `,
    `${functions.scheduleChange.name} (nonce 1, fee `,
    `${functions.setSbtcTokenPrincipal.name} (nonce 2, fee `,
    `${Buffer.byteLength(SOURCE)} bytes, sha256 `,
    "Clarity6",
    "Nothing was sent",
  ]) {
    expect(output).toContain(told);
  }
  expect([await nonce(), await exists()]).toEqual([0, false]);
});

test("--broadcast deploys, gives out the roles and launches; run again, it does nothing", async () => {
  const first = await run([...asked(), "--broadcast"], words);
  expect(first.refusal).toBeNull();
  expect(first.output).toContain(`VAULT_CONTRACT=${vaultContract}`);
  const state = await stateOf();
  expect(state).toMatchObject({ admin: deployer.address, service: address(2), guardian: address(3), paused: false });
  expect(Buffer.from(state.authoriser).toString("hex")).toBe(AUTHORISER);
  expect([state.stx.withdrawals.cap, state.stx.settlements.cap]).toEqual([4_000n, 3_000n]);
  expect([state.sbtc.withdrawals.cap, state.sbtc.settlements.cap]).toEqual([200n, 0n]);
  expect(state.sbtcToken).toBe(`${address(0)}.${contracts.sbtcToken.contractName}`);
  expect(await nonce()).toBe(3);

  const again = await run([...asked(), "--broadcast"], words);
  expect(again).toMatchObject({ refusal: null, output: expect.stringContaining("Nothing is left to do") });
  expect(await nonce()).toBe(3);
});

test("interrupted after the contract, it goes on with the roles; after the roles, with the launch", async () => {
  await chain.succeeded(await sendContract());
  const rest = await run(asked(), words);
  expect(rest.output).not.toContain("- deploy");
  expect(rest.output).not.toContain("serves no sources");
  expect(rest.output).toContain(`- ${functions.scheduleChange.name}`);
  await chain.succeeded(await sendRoles());
  const last = await run([...asked(), "--broadcast"], words);
  expect(last.refusal).toBeNull();
  expect(last.output).not.toContain(`- ${functions.scheduleChange.name}`);
  expect([await nonce(), (await stateOf()).sbtcToken]).toEqual([3, expect.stringContaining(address(0))]);
});

test("other values before the launch are set; after it they are refused, with the way to change them", async () => {
  await chain.succeeded(await sendContract());
  expect((await run([...asked({ guardian: address(0) }), "--broadcast"], words)).refusal).toBeNull();
  expect((await stateOf()).guardian).toBe(address(0));
  const { refusal } = await run([...asked(), "--broadcast"], words);
  expect(refusal).toContain("other values of guardian");
  expect(refusal).toContain(functions.scheduleChange.name);
  const otherToken = await run(asked({ guardian: address(0), sbtc: `${address(2)}.token` }), words);
  expect(otherToken.refusal).toContain("That can't be changed");
});

test("another admin launches with its own hands", async () => {
  const adminWords = generateMnemonic(wordlist);
  const admin = signerOf(adminWords, "devnet").address;
  await chain.succeeded(await chain.transferStx(node.client.wallet(0), admin, 1_000_000n));
  const first = await run([...asked({ admin }), "--broadcast"], words);
  expect(first.refusal).toBeNull();
  expect(first.output).toContain(`The next step is ${admin}'s to sign`);
  expect(await stateOf()).toMatchObject({ admin, sbtcToken: null });
  expect((await run([...asked({ admin }), "--broadcast"], words)).refusal).toContain(`Only ${admin} can sign`);
  expect((await run([...asked({ vault: vaultContract }), "--broadcast"], adminWords)).refusal).toBeNull();
  expect(await stateOf()).toMatchObject({ admin, sbtcToken: expect.any(String) });
  expect([await nonce(), await nonce(admin)]).toEqual([2, 1]);
});

test("what an earlier run sent and did not see mined is waited for, not sent twice", async () => {
  await sendContract();
  expect((await run([...asked(), "--broadcast"], words)).refusal).toBeNull();
  expect(await nonce()).toBe(3);
});

test("--fee is paid; a contract that is not the vault is not launched", async () => {
  const { output } = await run(asked({ fee: "123456" }), words);
  expect(output.match(/fee 123456 micro-STX/g)).toHaveLength(3);
  await chain.succeeded(await sendContract("(define-public (f) (ok true))"));
  expect((await run([...asked(), "--broadcast"], words)).refusal).toContain("is another contract");
});

test("a vault from another source, if only by a space, is not launched", async () => {
  await chain.succeeded(await sendContract(`${SOURCE} `));
  expect((await run([...asked(), "--broadcast"], words)).refusal).toContain("was deployed from another source");
  expect([await nonce(), (await stateOf()).sbtcToken]).toEqual([1, null]);
});
