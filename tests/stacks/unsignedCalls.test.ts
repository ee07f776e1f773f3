import { hexToCV, makeContractCall, Pc, postConditionToHex } from "@stacks/transactions";
import { expect, test } from "vitest";
import { contracts } from "../../src/stacks/bindings";
import { localDeployment } from "../../src/stacks/deployment";
import { isPrincipal, isSignerAddress } from "../../src/stacks/principals";
import { unsignedDeposit, unsignedWithdrawal } from "../../src/stacks/unsignedCalls";

const DEPLOYER = "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM";
const ALICE = "ST1SJ3DTE5DN7X54YDH5D64R3BCB6A2AG2ZQ8YPD5";
const deployment = localDeployment(DEPLOYER);

test("a deposit of sBTC names the token, and may move exactly that from exactly that depositor", () => {
  const call = unsignedDeposit(deployment, { depositor: ALICE, token: "sBTC", amount: 5n, reference: 2n ** 63n - 1n });
  expect(call.functionArgs.map((hex) => hexToCV(hex))).toMatchObject([
    { type: "uint", value: 5n },
    { type: "some", value: { type: "contract", value: deployment.sbtcContract } },
    { type: "uint", value: 2n ** 63n - 1n },
  ]);
  const expected = Pc.principal(ALICE)
    .willSendEq(5n)
    .ft(deployment.sbtcContract as `${string}.${string}`, contracts.sbtcToken.fungible_tokens[0].name);
  expect(call.postConditions).toEqual([postConditionToHex(expected)]);
});

test("a withdrawal may move exactly its amount from the vault", () => {
  const terms = { token: "STX" as const, amount: 7n, id: 9n, expiresAt: 1_900_000_000n, signature: "ab".repeat(65) };
  const call = unsignedWithdrawal(deployment, terms);
  expect(call.functionArgs.map((hex) => hexToCV(hex))).toMatchObject([
    { type: "uint", value: 7n },
    { type: "none" },
    { type: "tuple", value: { id: { value: 9n }, "expires-at": { value: 1_900_000_000n } } },
    { type: "buffer", value: "ab".repeat(65) },
  ]);
  expect(call.postConditions).toEqual([
    postConditionToHex(Pc.principal(deployment.vaultContract).willSendEq(7n).ustx()),
  ]);
});

test("makeContractCall takes it as it is", async () => {
  const call = unsignedDeposit(deployment, { depositor: ALICE, token: "STX", amount: 5n, reference: 1n });
  const [contractAddress = "", contractName = ""] = call.contractId.split(".");
  const transaction = await makeContractCall({
    contractAddress,
    contractName,
    functionName: call.functionName,
    functionArgs: call.functionArgs.map((hex) => hexToCV(hex)),
    postConditions: call.postConditions,
    postConditionMode: call.postConditionMode,
    network: call.network,
    senderKey: "11".repeat(32),
    fee: 1_000,
    nonce: 0,
    validateWithAbi: false,
  });
  expect(transaction.postConditions.values).toHaveLength(1);
});

test.each([
  [ALICE, "devnet", true, true],
  [`${ALICE}.pool`, "devnet", true, false],
  [ALICE, "mainnet", false, false],
  ["SP2J6ZY48GV1EZ5V2V5RB9MP66SW86PYKKNRV9EJ7", "mainnet", true, true],
  ["SP2J6ZY48GV1EZ5V2V5RB9MP66SW86PYKKNRV9EJ7", "testnet", false, false],
  ["SM3VDXK3WZZSA84XXFKAFAF15NNZX32CTSG82JFQ4", "mainnet", true, false],
  [`${ALICE}.`, "devnet", false, false],
  [`${ALICE}.a.b`, "devnet", false, false],
  [`${ALICE}.1a`, "devnet", false, false],
  [ALICE.replace("5", "6"), "devnet", false, false],
  ["", "devnet", false, false],
] as const)("%s on %s: principal %s, signer %s", (text, network, principal, signer) => {
  expect([isPrincipal(text, network), isSignerAddress(text, network)]).toEqual([principal, signer]);
});
