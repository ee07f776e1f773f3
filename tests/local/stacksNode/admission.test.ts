/** What the node takes and what it refuses, by `broadcastTransaction`: each refusal with its reason and its facts. */
import { STACKS_TESTNET } from "@stacks/network";
import {
  AddressHashMode,
  addressFromPublicKeys,
  addressToString,
  Cl,
  createLPList,
  createSingleSigSpendingCondition,
  createStacksPublicKey,
  fetchNonce,
  makeContractCall,
  makeContractDeploy,
  makeSTXTokenTransfer,
  Pc,
  postConditionToWire,
  privateKeyToPublic,
  type StacksTransactionWire,
  sponsorTransaction,
  TransactionSigner,
} from "@stacks/transactions";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type NodeClient, type Reply, startTestNode, type TestNode } from "./harness";

let node: TestNode;
let client: NodeClient;

beforeAll(async () => {
  node = await startTestNode();
  client = node.client;
  await client.deployProbe();
}, 120_000);
afterAll(() => node.remove());

const address = (wallet: number) => client.wallet(wallet).address;
const key = (wallet: number) => client.wallet(wallet).privateKey;
const publicKey = (wallet: number) => privateKeyToPublic(key(wallet)) as string;
const nonceOf = async (of: string) => Number(await fetchNonce({ address: of, ...client.network }));
const hex = (amount: bigint) => `0x${amount.toString(16).padStart(32, "0")}`;

interface Transfer {
  nonce?: number;
  fee?: number;
  amount?: bigint;
  to?: string;
  from?: number;
}

function transfer({ nonce, fee = 300, amount = 5n, to = address(2), from = 1 }: Transfer = {}) {
  const base = { recipient: to, amount, fee, senderKey: key(from), ...client.network };
  return makeSTXTokenTransfer({ ...base, ...(nonce !== undefined && { nonce }) });
}

/** Broadcasts what must be refused, and sees that nothing of it stays. */
async function refusal(transaction: StacksTransactionWire): Promise<Reply> {
  const result = await client.broadcast(transaction);
  if (!("error" in result)) throw new Error("It was accepted.");
  const txid = transaction.txid();
  expect(result).toMatchObject({ error: "transaction rejected", txid });
  expect((await fetch(`${client.url}/extended/v1/tx/${txid}`)).status).toBe(404);
  const { reason, reason_data } = result as Reply;
  return reason_data === undefined ? { reason } : { reason, reason_data };
}

const probeCall = (functionName: string, functionArgs: Parameters<typeof client.sign>[2], name = "probe") => {
  const call = { contractAddress: address(0), contractName: name, functionName, functionArgs: functionArgs ?? [] };
  return makeContractCall({ ...call, ...client.network, senderKey: key(1), fee: 1000, validateWithAbi: false });
};

describe("refused", () => {
  test("SignatureValidation: a tampered transaction, a foreign key, a signature's twin, another chain's id", async () => {
    const tampered = await transfer();
    (tampered.payload as { amount: bigint }).amount = 6n;
    const foreign = await transfer();
    foreign.auth.spendingCondition.signer = "11".repeat(20);
    const twin = await transfer();
    const { signature } = twin.auth.spendingCondition as { signature: { data: string } };
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const s = (order - BigInt(`0x${signature.data.slice(66)}`)).toString(16).padStart(64, "0");
    signature.data = `0${1 - Number(signature.data.slice(0, 2))}${signature.data.slice(2, 66)}${s}`;
    expect(() => twin.verifyOrigin()).not.toThrow();
    const base = { recipient: address(2), amount: 1n, fee: 300, nonce: 0, senderKey: key(1) };
    const other = await makeSTXTokenTransfer({ ...base, network: { ...STACKS_TESTNET, chainId: 7 } });
    const cases: [StacksTransactionWire, string][] = [
      [tampered, "Signer hash does not equal"],
      [foreign, "Signer hash does not equal"],
      [twin, "high S"],
      [other, "invalid chain ID 7 (expected 2147483648)"],
    ];
    for (const [transaction, message] of cases) {
      const { reason, reason_data } = await refusal(transaction);
      expect([reason, reason_data.message]).toEqual(["SignatureValidation", expect.stringContaining(message)]);
    }
  });

  test("BadTransactionVersion, BadAddressVersionByte: another network's", async () => {
    const base = { amount: 1n, nonce: 0, fee: 500, senderKey: key(1) };
    const foreign = await makeSTXTokenTransfer({ ...base, recipient: address(2), network: "mainnet" });
    expect(await refusal(foreign)).toEqual({ reason: "BadTransactionVersion" });
    const mainnet = "SP3FGQ8Z7JY9BWYZ5WM53E0M9NK7WHJF0691NZ159";
    expect(await refusal(await transfer({ to: mainnet }))).toEqual({ reason: "BadAddressVersionByte" });
    const call = { contractAddress: mainnet, contractName: "probe", functionName: "f", functionArgs: [], fee: 500 };
    const misdirected = await makeContractCall({
      ...call,
      ...client.network,
      senderKey: key(1),
      validateWithAbi: false,
    });
    expect(await refusal(misdirected)).toEqual({ reason: "BadAddressVersionByte" });
  });

  test("BadNonce, TooMuchChaining: a nonce that is spent, or more than 25 after the next", async () => {
    await client.send(await transfer({ from: 0 }));
    const expected = await nonceOf(address(0));
    const facts = { principal: address(0), is_origin: true };
    const spent = { reason: "BadNonce", reason_data: { expected, actual: expected - 1, ...facts } };
    expect(await refusal(await transfer({ from: 0, nonce: expected - 1, amount: 6n }))).toEqual(spent);
    const message = "Nonce would exceed chaining limit in mempool";
    const ahead = { message, expected: expected + 26, actual: expected + 27, ...facts };
    expect(await refusal(await transfer({ from: 0, nonce: expected + 27 }))).toEqual({
      reason: "TooMuchChaining",
      reason_data: ahead,
    });
    expect(await client.send(await transfer({ from: 0, nonce: expected + 26 }))).toMatchObject({
      tx_status: "pending",
    });
  });

  test("FeeTooLow: less than a micro-STX a byte", async () => {
    const transaction = await transfer({ fee: 179 });
    expect(transaction.serializeBytes()).toHaveLength(180);
    expect(await refusal(transaction)).toEqual({ reason: "FeeTooLow", reason_data: { expected: 180, actual: 179 } });
    expect(await client.send(await transfer({ fee: 180 }))).toMatchObject({ tx_status: "success", fee_rate: "180" });
  });

  test("NotEnoughFunds: for amount and fee, in the node's notation", async () => {
    const actual = await client.stxBalance(address(1));
    const reason_data = { expected: hex(actual + 1n), actual: hex(actual) };
    const transaction = await transfer({ amount: actual - 299n });
    expect(await refusal(transaction)).toEqual({ reason: "NotEnoughFunds", reason_data });
    const call = { contractAddress: address(0), contractName: "probe", functionName: "refuse", functionArgs: [] };
    const poor = { senderKey: `${"22".repeat(32)}01`, fee: 500, nonce: 0, ...client.network };
    const unpaid = await makeContractCall({ ...call, ...poor, validateWithAbi: false });
    expect(await refusal(unpaid)).toEqual({
      reason: "NotEnoughFunds",
      reason_data: { expected: hex(500n), actual: hex(0n) },
    });
  });

  test("TransferAmountMustBePositive, TransferRecipientCannotEqualSender", async () => {
    expect(await refusal(await transfer({ amount: 0n }))).toEqual({ reason: "TransferAmountMustBePositive" });
    const self = { reason: "TransferRecipientCannotEqualSender", reason_data: { recipient: address(1) } };
    expect(await refusal(await transfer({ to: address(1) }))).toEqual(self);
  });

  test("NoSuchContract, NoSuchPublicFunction, BadFunctionArgument, ContractAlreadyExists", async () => {
    expect(await refusal(await probeCall("bump", [], "nowhere"))).toEqual({ reason: "NoSuchContract" });
    expect(await refusal(await probeCall("leap", []))).toEqual({ reason: "NoSuchPublicFunction" });
    for (const args of [[], [Cl.int(1)], [Cl.uint(1), Cl.uint(1)], [Cl.some(Cl.uint(1))]]) {
      const { reason, reason_data } = await refusal(await probeCall("bump", args));
      expect([reason, reason_data.message]).toEqual(["BadFunctionArgument", expect.any(String)]);
    }
    // What waits of this account is far ahead of its next nonce.
    const { nonce } = await client.get(`/v2/accounts/${address(0)}`);
    const again = { nonce, contractName: "probe", codeBody: "1", senderKey: key(0), fee: 1000, ...client.network };
    const reason_data = { contract_identifier: client.probe };
    expect(await refusal(await makeContractDeploy(again))).toEqual({ reason: "ContractAlreadyExists", reason_data });
  });

  test("ConflictingNonceInMempool: no higher fee than what waits; a higher one takes its place", async () => {
    const nonce = (await nonceOf(address(3))) + 1;
    const waiting = await client.send(await transfer({ from: 3, nonce, fee: 400 }));
    for (const fee of [399, 400]) {
      const rival = await transfer({ from: 3, nonce, fee, amount: 6n });
      expect(await refusal(rival)).toEqual({ reason: "ConflictingNonceInMempool" });
    }
    const better = await client.send(await transfer({ from: 3, nonce, fee: 401 }));
    expect(better).toMatchObject({ tx_status: "pending", replaced_by_tx_id: null });
    expect(await client.get(`/extended/v1/tx/${waiting.tx_id}`)).toMatchObject({
      tx_status: "dropped_replace_by_fee",
      replaced_by_tx_id: better.tx_id,
    });
    expect(await client.send(await transfer({ from: 3, nonce: nonce - 1 }))).toMatchObject({ tx_status: "success" });
    expect(await client.get(`/extended/v1/tx/${better.tx_id}`)).toMatchObject({ tx_status: "success" });
    expect(await client.get(`/extended/v1/tx/${waiting.tx_id}`)).toMatchObject({ tx_status: "dropped_replace_by_fee" });
  });

  test("staking post-conditions", async () => {
    const transaction = await probeCall("refuse", []);
    const staking = { ...postConditionToWire(Pc.origin().willSendEq(1).ustx()), conditionType: 3 };
    transaction.postConditions = createLPList([staking as never]);
    new TransactionSigner(transaction).signOrigin(key(1));
    const { reason, reason_data } = await refusal(transaction);
    expect([reason, reason_data.message]).toEqual(["ServerFailureOther", expect.stringContaining("staking")]);
  });

  test("Deserialization: garbage is a 400, never a crash", async () => {
    const post = (body: string | Uint8Array<ArrayBuffer>) =>
      fetch(`${client.url}/v2/transactions`, { method: "POST", body });
    const good = (await transfer()).serialize();
    const bodies = ["", "{", "{}", '{"tx":7}', '{"tx":"zz"}', '{"tx":"00"}', `{"tx":"${good}00"}`, "not hex"];
    const bytes = Uint8Array.from(Buffer.from(good, "hex"));
    const cut = [1, 5, 40, 100, 150].map((length) => bytes.slice(0, length));
    for (const body of [...bodies, ...cut, new Uint8Array(500).fill(7)]) {
      const response = await post(body);
      expect([response.status, typeof body === "string" ? body : body.length]).toEqual([400, expect.anything()]);
      const reply = (await response.json()) as Reply;
      expect(["Bad Request", "transaction rejected"]).toContain(reply.error);
      if (reply.reason)
        expect(reply).toMatchObject({ reason: "Deserialization", reason_data: { message: expect.any(String) } });
    }
    expect((await post(bytes)).status).toBe(200);
  });
});

describe("accounts of several keys, and segwit's", () => {
  /** Two of three. */
  const shared = (hashMode: AddressHashMode) => {
    const keys = [0, 1, 2].map((wallet) => createStacksPublicKey(publicKey(wallet)));
    return addressToString(addressFromPublicKeys(21 as never, hashMode as never, 2, keys));
  };
  const fund = async (to: string) => client.send(await transfer({ from: 2, to, amount: 100_000n }));

  test.each([
    ["P2SH", { useNonSequentialMultiSig: false }, AddressHashMode.P2SH],
    ["P2SH, in any order", { useNonSequentialMultiSig: true }, AddressHashMode.P2SHNonSequential],
  ] as const)("%s: two of three sign; one does not do", async (_, form, hashMode) => {
    const from = shared(hashMode);
    const [nonce, before] = [await nonceOf(from), await client.stxBalance(from)];
    await fund(from);
    const publicKeys = [0, 1, 2].map(publicKey);
    const base = { recipient: address(3), amount: 7n, fee: 1000, publicKeys, numSignatures: 2, ...form };
    const signed = (signers: number[]) =>
      makeSTXTokenTransfer({
        ...base,
        signerKeys: signers.map(key),
        address: from,
        nonce,
        ...client.network,
      } as never);
    const { reason, reason_data } = await refusal(await signed([1]));
    expect([reason, reason_data.message]).toEqual(["SignatureValidation", "Incorrect number of signatures"]);
    const tx = await client.send(await signed([0, 2]));
    expect(tx).toMatchObject({ tx_status: "success", sender_address: from, nonce, sponsored: false });
    expect(await client.stxBalance(from)).toBe(before + 100_000n - 1007n);
    expect(await nonceOf(from)).toBe(nonce + 1);
  });

  test("P2WPKH: signed by its key, and by no other", async () => {
    const condition = (nonce: number) =>
      createSingleSigSpendingCondition(AddressHashMode.P2WPKH, publicKey(1), nonce, 500);
    const wires = [createStacksPublicKey(publicKey(1))];
    const from = addressToString(addressFromPublicKeys(21 as never, AddressHashMode.P2WPKH, 1, wires));
    await fund(from);
    const signed = async (signer: number) => {
      const transaction = await transfer({ amount: 9n, to: address(3) });
      transaction.auth = { authType: 4, spendingCondition: condition(0) };
      new TransactionSigner(transaction).signOrigin(key(signer));
      return transaction;
    };
    expect(await refusal(await signed(2))).toMatchObject({ reason: "SignatureValidation" });
    expect(await client.send(await signed(1))).toMatchObject({ tx_status: "success", sender_address: from });
    expect(await client.stxBalance(from)).toBe(100_000n - 509n);
  });
});

describe("sponsored", () => {
  const origin = { key: `${"33".repeat(32)}01`, address: "" };
  const call = { contractName: "probe", functionName: "bump", functionArgs: [Cl.uint(1)], validateWithAbi: false };
  const unsponsored = async (nonce = 0, senderKey = origin.key) =>
    makeContractCall({
      ...call,
      contractAddress: address(0),
      senderKey,
      fee: 0,
      nonce,
      sponsored: true,
      ...client.network,
    });
  const sponsored = async (options: { nonce?: number; sponsorNonce?: number; fee?: number; by?: string } = {}) => {
    const { nonce = 0, fee = 900, by = key(3), sponsorNonce } = options;
    const transaction = await unsponsored(nonce);
    const signing = { transaction, sponsorPrivateKey: by, fee, ...client.network };
    return sponsorTransaction({ ...signing, ...(sponsorNonce !== undefined && { sponsorNonce }) });
  };
  beforeAll(() => {
    const wires = [createStacksPublicKey(privateKeyToPublic(origin.key) as string)];
    origin.address = addressToString(addressFromPublicKeys(26 as never, AddressHashMode.P2PKH, 1, wires));
  });

  test("the sponsor pays, each spends its own nonce, and the origin needs no STX", async () => {
    const [balance, sponsor_nonce] = [await client.stxBalance(address(3)), await nonceOf(address(3))];
    expect(await client.stxBalance(origin.address)).toBe(0n);
    const tx = await client.send(await sponsored());
    const sponsor = { sponsored: true, sponsor_address: address(3), sponsor_nonce };
    expect(tx).toMatchObject({
      tx_status: "success",
      sender_address: origin.address,
      nonce: 0,
      fee_rate: "900",
      ...sponsor,
    });
    expect(await client.stxBalance(address(3))).toBe(balance - 900n);
    expect([await nonceOf(origin.address), await nonceOf(address(3))]).toEqual([1, sponsor_nonce + 1]);
    expect(await client.send(await sponsored({ nonce: 1 }))).toMatchObject({ tx_status: "success" });
  });

  test("no sponsor, a forged one, one without money, one whose nonce is spent or too far ahead", async () => {
    expect(await refusal(await unsponsored(2))).toMatchObject({ reason: "SignatureValidation" });
    const forged = await sponsored({ nonce: 2 });
    (forged.auth as Reply).sponsorSpendingCondition.fee = 901n;
    expect(await refusal(forged)).toMatchObject({ reason: "SignatureValidation" });
    const poor = await sponsored({ nonce: 2, by: `${"44".repeat(32)}01`, sponsorNonce: 0 });
    const reason_data = { expected: hex(900n), actual: hex(0n) };
    expect(await refusal(poor)).toEqual({ reason: "NotEnoughFunds", reason_data });
    const expected = await nonceOf(address(3));
    const facts = { principal: address(3), is_origin: false };
    expect(await refusal(await sponsored({ nonce: 2, sponsorNonce: expected - 1 }))).toEqual({
      reason: "BadNonce",
      reason_data: { expected, actual: expected - 1, ...facts },
    });
    expect(await refusal(await sponsored({ nonce: 2, sponsorNonce: expected + 27 }))).toMatchObject({
      reason: "TooMuchChaining",
      reason_data: { expected: expected + 26, actual: expected + 27, ...facts },
    });
  });

  test("a sponsor's nonce waits, conflicts and is counted like an origin's", async () => {
    const next = await nonceOf(address(3));
    const waiting = await client.send(await sponsored({ nonce: 2, sponsorNonce: next + 1 }));
    expect(waiting).toMatchObject({ tx_status: "pending", sponsor_nonce: next + 1 });
    expect(await client.get(`/extended/v1/address/${address(3)}/nonces`)).toMatchObject({
      possible_next_nonce: next + 2,
      detected_missing_nonces: [next],
      detected_mempool_nonces: [next + 1],
    });
    const rival = await transfer({ from: 3, nonce: next + 1, fee: 900 });
    expect(await refusal(rival)).toEqual({ reason: "ConflictingNonceInMempool" });
    await client.send(await transfer({ from: 3, nonce: next }));
    expect(await client.get(`/extended/v1/tx/${waiting.tx_id}`)).toMatchObject({ tx_status: "success" });
  });
});
