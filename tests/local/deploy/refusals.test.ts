/** What the command refuses, each with a sentence and before anything is sent. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { generateMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PROJECT_ROOT } from "../../../src/local/stack";
import { contracts } from "../../../src/stacks/bindings";
import { CHAIN_ID } from "../../../src/stacks/deployment";
import { startTestNode, type TestNode } from "../stacksNode/harness";
import { AUTHORISER, alteredNode, CAPS, flags, MNEMONICS, run, SOURCE } from "./commandUnderTest";

const { liquidityVault, sbtcToken } = contracts;
const [DEPLOYER_WORDS, WORDS] = MNEMONICS;
const MAINNET_SBTC = `SM3VDXK3WZZSA84XXFKAFAF15NNZX32CTSG82JFQ4.${sbtcToken.contractName}`;
/** Three addresses of mainnet that are not ours. */
const MAINNET_ROLES = {
  admin: "SP000000000000000000002Q6VF78",
  service: "SP3FGQ8Z7JY9BWYZ5WM53E0M9NK7WHJF0691NZ159",
  guardian: "SM3VDXK3WZZSA84XXFKAFAF15NNZX32CTSG82JFQ4",
};

let node: TestNode;
beforeAll(async () => {
  node = await startTestNode();
}, 240_000);
afterAll(async () => {
  for (const wallet of [0, 1]) {
    const { nonce } = await node.client.get(`/v2/accounts/${address(wallet)}?proof=0`);
    expect(nonce).toBe(0);
  }
  await node.remove();
});

const address = (wallet: number) => node.client.wallet(wallet).address;

function asked(changes: Record<string, string | null> = {}): string[] {
  const roles = { service: address(2), guardian: address(3), authoriser: AUTHORISER, caps: CAPS };
  return flags({ network: "devnet", api: node.url, ...roles, ...changes });
}

async function refusalOf(changes: Record<string, string | null>, words: string | undefined = WORDS) {
  return (await run([...asked(changes), "--broadcast"], words)).refusal;
}

test.each([
  [{ network: "moonnet" }, "--network is to be one of"],
  [{ network: null }, "--network is to be one of"],
  [{ service: null }, "--service is needed"],
  [{ guardian: "SP000000000000000000002Q6VF78" }, "--guardian is not a principal of devnet"],
  [{ admin: "me" }, "--admin is not a principal of devnet"],
  [{ authoriser: "11".repeat(33) }, "--authoriser is not a compressed public key"],
  [{ authoriser: `02${"ff".repeat(32)}` }, "--authoriser is not a compressed public key"],
  [{ caps: "stx-withdrawals=1,stx-settlements=1,sbtc-withdrawals=1" }, "--caps sbtc-settlements is missing"],
  [{ caps: CAPS.replace("200", "2.5") }, "--caps sbtc-withdrawals is not a whole number"],
  [{ caps: CAPS.replace("200", `${2n ** 100n}`) }, "--caps sbtc-withdrawals is 2^100 or more"],
  [{ caps: `${CAPS},btc=1` }, "--caps"],
  [{ vault: "no-address" }, "--vault is not"],
  [{ fee: "-1" }, "--fee"],
  [{ fee: "much" }, "--fee is not a whole number of micro-STX"],
  [{ api: "ftp://127.0.0.1" }, "--api is not an http address"],
  [{ mnemonic: "abandon" }, "Unknown option '--mnemonic'"],
])("%o: %s", async (changes, sentence) => {
  expect(await refusalOf(changes)).toContain(sentence);
});

test("a mnemonic that is missing, mistyped, or given as an argument", async () => {
  expect(await refusalOf({}, " ")).toContain("DEPLOYER_MNEMONIC is needed");
  expect(await refusalOf({}, "abandon abandon abandon")).toContain("DEPLOYER_MNEMONIC is no mnemonic");
  expect(await refusalOf({}, WORDS?.replace("acquire", "acquired"))).toContain("DEPLOYER_MNEMONIC is no mnemonic");
  const { refusal } = await run([...asked(), "acquire"], WORDS);
  expect(refusal).toContain("A word stands where an option should");
  expect(refusal).not.toContain("acquire");
});

test("roles are read from the environment too, and the command line wins", async () => {
  const environment = { VAULT_SERVICE: address(2), VAULT_GUARDIAN: address(3), VAULT_AUTHORISER: AUTHORISER };
  const argv = flags({ network: "devnet", api: node.url, guardian: address(0) });
  const { output, refusal } = await run(argv, WORDS, { ...environment, VAULT_CAPS: CAPS });
  expect(refusal).toBeNull();
  expect(output).toContain(`guardian: (some '${address(0)})`);
  expect(output).toContain(`service: (some '${address(2)})`);
});

test("no node, a node of another chain, and one that is no Stacks node", async () => {
  expect(await refusalOf({ api: "http://127.0.0.1:1" })).toContain("No Stacks node answers at");
  const other = await alteredNode(node.url, { "/v2/info": { body: { network_id: 1 } } });
  expect(await refusalOf({ api: other.url })).toContain("is of chain 1");
  other.close();
  const strange = await alteredNode(node.url, { "/v2/info": { body: "hello" } });
  expect(await refusalOf({ api: strange.url })).toContain("does not answer as a Stacks node");
  strange.close();
});

test("an account that can't pay the fees, told in a dry run too", async () => {
  const { output, refusal } = await run(asked(), generateMnemonic(wordlist));
  expect(refusal).toMatch(/has 0 micro-STX, and the fees are \d+/);
  expect(output).toContain("What is left to do");
});

test("principals that share a role: refused on testnet, with why; warned of on devnet", async () => {
  const sbtc = `${address(0)}.${sbtcToken.contractName}`;
  for (const [roles, named] of [
    [{ guardian: address(2) }, "--service and --guardian are the same"],
    [{ service: address(1) }, "--admin and --service are the same"],
    [{ admin: address(3) }, "--admin and --guardian are the same"],
  ] as const) {
    const refusal = await refusalOf({ network: "testnet", sbtc, ...roles });
    expect(refusal).toContain(named);
    expect(refusal).toContain("could then not be stopped");
    const local = await run(asked(roles), WORDS);
    expect(local.output).toContain(`Warning: ${named}`);
  }
  expect((await run(asked({ network: "testnet", sbtc }), WORDS)).refusal).toBeNull();
});

test("testnet's sBTC is the network's, and one that the node does not have is not pinned", async () => {
  const refusal = await refusalOf({ network: "testnet" });
  expect(refusal).toContain(`SN3VMHXEN64ZZF71JQ5VESXDWTR301XTTXGF4J8F1.${sbtcToken.contractName} is no token`);
  expect(await refusalOf({ sbtc: `${address(0)}.${liquidityVault.contractName}` })).toContain("can't be transferred");
});

test("a vault of another account that does not exist, and one from another source", async () => {
  expect(await refusalOf({ vault: `${address(2)}.elsewhere` })).toContain("can't deploy for another account");
  for (const [source, said] of [
    [SOURCE, null],
    [`${SOURCE} `, "was deployed from another source"],
  ] as const) {
    const body = { source, publish_height: 1 };
    const altered = await alteredNode(node.url, { "/v2/contracts/source": { body } });
    const { refusal } = await run(asked({ api: altered.url }), DEPLOYER_WORDS);
    altered.close();
    if (said === null) expect(refusal).toBeNull();
    else expect(refusal).toContain(said);
  }
});

test("without an estimate a byte costs ten micro-STX", async () => {
  const altered = await alteredNode(node.url, { "/v2/fees/transaction": { status: 400, body: { error: "none" } } });
  const { output } = await run(asked({ api: altered.url }), WORDS);
  altered.close();
  const [fee = 0] = [...output.matchAll(/fee (\d+)/g)].map(([, micros]) => Number(micros));
  expect(fee % 10).toBe(0);
  expect(fee / 10).toBeGreaterThan(Buffer.byteLength(SOURCE));
  expect(fee / 10).toBeLessThan(Buffer.byteLength(SOURCE) + 250);
});

test("mainnet: the plan is shown, and nothing can be sent", async () => {
  const [sbtcAddress] = MAINNET_SBTC.split(".");
  const token = Object.values(sbtcToken.functions).map(({ name }) => ({ name }));
  const altered = await alteredNode(node.url, {
    "/v2/info": { body: { network_id: Number(CHAIN_ID.mainnet) } },
    "/v2/accounts": { body: { balance: "0x1000000", nonce: 0 } },
    [`/v2/contracts/interface/${sbtcAddress}`]: { body: { functions: token } },
  });
  const argv = flags({ network: "mainnet", api: altered.url, authoriser: AUTHORISER, caps: CAPS, ...MAINNET_ROLES });
  const shown = await run(argv, WORDS);
  expect(shown.refusal).toBeNull();
  expect(shown.output).toContain(`'${MAINNET_SBTC}`);
  expect(shown.output).toContain("Broadcasting to mainnet is refused");
  altered.close();
  // The node is gone: it is refused before anything is asked.
  expect((await run([...argv, "--broadcast"], WORDS)).refusal).toContain("Broadcasting to mainnet is refused");
});

test("the program's exit codes", async () => {
  const start = (...argv: string[]) =>
    promisify(execFile)(process.execPath, ["--import", "tsx", "src/local/deploy.ts", ...argv], { cwd: PROJECT_ROOT });
  const [help, mainnet] = await Promise.allSettled([start("--help"), start("--network", "mainnet", "--broadcast")]);
  expect(help).toMatchObject({ status: "fulfilled", value: { stdout: expect.stringContaining("--broadcast") } });
  const stderr = expect.stringContaining("Broadcasting to mainnet is refused");
  expect(mainnet).toMatchObject({ status: "rejected", reason: { code: 1, stderr } });
});
