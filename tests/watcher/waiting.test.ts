/** What waits to be mined: read as the API shows it, and believed only as far as the vault would. */
import { Cl, cvToHex, getAddressFromPrivateKey, privateKeyToPublic } from "@stacks/transactions";
import { expect, test } from "vitest";
import { signPolicyTerms, signWithdrawal } from "../../src/stacks/authorization";
import { contracts } from "../../src/stacks/bindings";
import { localDeployment } from "../../src/stacks/deployment";
import { unsignedDeposit, unsignedPremium, unsignedWithdrawal } from "../../src/stacks/unsignedCalls";
import { type WaitingCall, waitingCalls } from "../../src/stacks/waitingCalls";
import { claimOfWaiting } from "../../src/watcher/waiting";
import { AUTHORISER_KEY, OTHER_KEY } from "../contracts/authorization";

const SENDER = getAddressFromPrivateKey(OTHER_KEY, "testnet");
const deployment = localDeployment("ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM");
const keys = { authoriser: privateKeyToPublic(AUTHORISER_KEY) as string, service: SENDER };
const withdrawal = { withdrawer: SENDER, token: "sBTC" as const, amount: 5n, id: 7n, expiresAt: 99n };
const premium = {
  ...{ buyer: SENDER, policyId: 8n, token: "STX" as const, premium: 1n, lock: 2n, coverage: 3n },
  ...{ releaseAfter: 50n, expiresAt: 60n },
};
const { settlePolicy } = contracts.liquidityVault.functions;

const takes = unsignedWithdrawal(deployment, {
  ...withdrawal,
  signature: signWithdrawal(deployment, withdrawal, AUTHORISER_KEY),
});
const buys = unsignedPremium(deployment, {
  ...premium,
  signature: signPolicyTerms(deployment, premium, AUTHORISER_KEY),
});
const settles = {
  contractId: deployment.vaultContract,
  functionName: settlePolicy.name,
  functionArgs: [Cl.uint(8), Cl.uint(4), Cl.none()].map((value) => cvToHex(value)),
};

type Called = { contractId: string; functionName: string; functionArgs: string[] };

/** What is read of an API whose mempool shows these. */
async function shown(...calls: Called[]): Promise<WaitingCall[]> {
  const results = calls.map(({ contractId: contract_id, functionName: function_name, functionArgs }, n) => {
    const function_args = functionArgs.map((hex) => ({ hex: `0x${hex.replace(/^0x/, "")}` }));
    return { tx_id: `0x${n}`, sender_address: SENDER, contract_call: { contract_id, function_name, function_args } };
  });
  const transfer = { tx_id: "0xf", sender_address: SENDER };
  const fetcher = async () => new Response(JSON.stringify({ results: [transfer, ...results] }));
  return waitingCalls("http://api.invalid", deployment, { fetcher: fetcher as typeof fetch });
}

const claimOf = async (call: Called) => {
  const [read] = await shown(call);
  return read ? claimOfWaiting(deployment, read, keys) : undefined;
};

test("a withdrawal, terms and a settlement are claims of whoever sends them", async () => {
  const place = { kind: "waiting" };
  expect(await claimOf(takes)).toEqual({ kind: "withdrawal", txId: "0x0", place, ...withdrawal });
  const { expiresAt: _, ...terms } = premium;
  expect(await claimOf(buys)).toEqual({ kind: "premium", txId: "0x0", place, ...terms });
  const settlement = { policyId: 8n, token: "STX", amount: 4n, buyer: null };
  expect(await claimOf(settles)).toEqual({ kind: "settlement", txId: "0x0", place, ...settlement });
});

test("what nobody with the right to has signed is none: anybody can send it", async () => {
  const signature = signWithdrawal(deployment, withdrawal, OTHER_KEY);
  expect(await claimOf(unsignedWithdrawal(deployment, { ...withdrawal, signature }))).toBeNull();
  const short = unsignedWithdrawal(deployment, { ...withdrawal, signature: "00" });
  expect(await claimOf(short)).toBeNull();
  const terms = { ...premium, signature: signPolicyTerms(deployment, premium, OTHER_KEY) };
  expect(await claimOf(unsignedPremium(deployment, terms))).toBeNull();
  const [settlement] = await shown(settles);
  const others = { ...keys, service: "ST2CY5V39NHDPWSXMW9QDT3HC3GD6Q6XX4CFRK9AG" };
  expect(await claimOfWaiting(deployment, settlement as WaitingCall, others)).toBeNull();
});

test.each(["amount", "id", "expiresAt"] as const)("a signature over another %s is none", async (field) => {
  const signature = signWithdrawal(deployment, { ...withdrawal, [field]: withdrawal[field] + 1n }, AUTHORISER_KEY);
  expect(await claimOf(unsignedWithdrawal(deployment, { ...withdrawal, signature }))).toBeNull();
});

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

test("a signature that was altered without losing its force is still one", async () => {
  const signature = signWithdrawal(deployment, withdrawal, AUTHORISER_KEY);
  const [r, s] = [signature.slice(0, 64), signature.slice(64, 128)];
  const high = (ORDER - BigInt(`0x${s}`)).toString(16).padStart(64, "0");
  for (const altered of [`${r}${s}03`, `${r}${s}00`, `${r}${s}01`, `${r}${high}00`, `${r}${high}01`]) {
    const call = unsignedWithdrawal(deployment, { ...withdrawal, signature: altered });
    expect([altered, (await claimOf(call))?.kind]).toEqual([altered, "withdrawal"]);
  }
});

test("deposits, other contracts and arguments that are none are nothing", async () => {
  const deposit = unsignedDeposit(deployment, { depositor: SENDER, token: "STX", amount: 1n, reference: 0n });
  const foreign = { ...takes, contractId: `${SENDER}.other` };
  const empty = { ...takes, functionArgs: [] };
  const garbage = { ...takes, functionArgs: ["zz"] };
  expect(await shown(deposit, foreign, empty, garbage)).toEqual([]);
  expect(await shown(deposit, takes)).toHaveLength(1);
});
