/** What becomes of transactions: accepted or rejected in the node's words, then run, aborted or undone. */
import {
  Cl,
  fetchAbi,
  fetchCallReadOnlyFunction,
  fetchContractMapEntry,
  fetchFeeEstimate,
  fetchNonce,
  makeContractCall,
  makeContractDeploy,
  makeSTXTokenTransfer,
  Pc,
  type PostCondition,
  type PostConditionModeName,
  privateKeyToPublic,
  sponsorTransaction,
} from "@stacks/transactions";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type NodeClient, startTestNode, type TestNode } from "./harness";

let node: TestNode;
let client: NodeClient;

beforeAll(async () => {
  node = await startTestNode();
  client = node.client;
  await client.deployProbe();
});
afterAll(() => node.remove());

async function readCount(): Promise<number> {
  const [contractAddress = "", contractName = ""] = client.probe.split(".");
  const call = { contractAddress, contractName, functionName: "get-count", functionArgs: [] };
  const value = await fetchCallReadOnlyFunction({ ...call, senderAddress: contractAddress, ...client.network });
  return Number((value as { value: bigint }).value);
}

function transfer(options: { nonce?: number; fee?: number; amount?: bigint; to?: string; from?: number } = {}) {
  const { nonce, fee = 300, amount = 5n, to = client.wallet(2).address, from = 1 } = options;
  const base = { recipient: to, amount, fee, senderKey: client.wallet(from).privateKey };
  return makeSTXTokenTransfer({ ...base, ...(nonce !== undefined && { nonce }), ...client.network });
}

describe("unmodified @stacks/transactions", () => {
  test("deploys, calls with its own nonce and fee, reads, and reads maps", async () => {
    const [contractAddress = "", contractName = ""] = client.probe.split(".");
    const { address, privateKey } = client.wallet(1);
    const before = await fetchNonce({ address, ...client.network });
    const args = { contractAddress, contractName, functionName: "bump", functionArgs: [Cl.uint(3)] };
    const transaction = await makeContractCall({ ...args, senderKey: privateKey, ...client.network });
    expect(Number(await fetchFeeEstimate({ transaction, ...client.network }))).toBeGreaterThan(0);
    const tx = await client.send(transaction);
    expect(tx).toMatchObject({ tx_status: "success", tx_result: { repr: "(ok u3)" }, tx_type: "contract_call" });
    expect(await fetchNonce({ address, ...client.network })).toBe(before + 1n);
    expect((await fetchAbi({ contractAddress, contractName, ...client.network })).functions.length).toBe(10);
    const entry = { contractAddress, contractName, mapName: "notes", ...client.network };
    expect(Cl.prettyPrint(await fetchContractMapEntry({ ...entry, mapKey: Cl.uint(3) }))).toBe("(some u3)");
    expect(Cl.prettyPrint(await fetchContractMapEntry({ ...entry, mapKey: Cl.uint(4) }))).toBe("none");
  });

  test("the contract sees the height, time and burn height that the API shows", async () => {
    const tx = await client.call(client.wallet(1), "bump", [Cl.uint(1)]);
    const { repr } = tx.events[0].contract_log.value;
    expect(repr).toContain(`(height u${tx.block_height})`);
    expect(repr).toContain(`(time u${tx.block_time})`);
    expect(repr).toContain(`(burn u${tx.burn_block_height})`);
    const block = await client.get(`/extended/v2/blocks/${tx.block_hash}`);
    expect(block).toMatchObject({ height: tx.block_height, block_time: tx.block_time, tx_count: 1 });
  });

  test("transfers charge amount and fee, whatever the post-condition mode", async () => {
    const [from, to] = [client.wallet(1).address, client.wallet(2).address];
    const before = [await client.stxBalance(from), await client.stxBalance(to)] as const;
    const tx = await client.send(await transfer({ amount: 12n, fee: 400 }));
    expect(tx).toMatchObject({ tx_status: "success", tx_type: "token_transfer", post_condition_mode: "deny" });
    expect(await client.stxBalance(from)).toBe(before[0] - 412n);
    expect(await client.stxBalance(to)).toBe(before[1] + 12n);
  });
});

describe("rejections", () => {
  const reasonOf = async (transaction: Awaited<ReturnType<typeof transfer>>) => {
    const result = await client.broadcast(transaction);
    if (!("error" in result)) throw new Error("It was accepted.");
    expect(result.error).toBe("transaction rejected");
    expect(result.txid).toBe(transaction.txid());
    return result as { reason: string; reason_data?: Record<string, unknown> };
  };

  test("a tampered or foreign signature", async () => {
    const tampered = await transfer();
    (tampered.payload as { amount: bigint }).amount = 6n;
    expect((await reasonOf(tampered)).reason).toBe("SignatureValidation");
  });

  test("a multi-signature account, a sponsored transaction", async () => {
    const keys = [1, 2].map((n) => client.wallet(n).privateKey);
    const publicKeys = keys.map((key) => privateKeyToPublic(key) as string);
    const base = { recipient: client.wallet(2).address, amount: 1n, nonce: 0, fee: 500, ...client.network };
    const shared = await makeSTXTokenTransfer({ ...base, numSignatures: 2, publicKeys, signerKeys: keys });
    const sponsored = await makeSTXTokenTransfer({ ...base, senderKey: keys[0] as string, sponsored: true });
    const signing = { transaction: sponsored, sponsorPrivateKey: keys[1] as string, fee: 900, ...client.network };
    for (const transaction of [shared, await sponsorTransaction(signing)]) {
      const rejected = await reasonOf(transaction);
      expect(rejected.reason).toBe("ServerFailureOther");
      expect(rejected.reason_data?.message).toContain("single-signature");
    }
  });

  test("another network's", async () => {
    const { privateKey: senderKey, address } = client.wallet(1);
    const base = { amount: 1n, nonce: 0, fee: 500, senderKey };
    const foreign = await makeSTXTokenTransfer({ ...base, recipient: address, network: "mainnet" });
    expect((await reasonOf(foreign)).reason).toBe("BadTransactionVersion");
    const recipient = "SP3FGQ8Z7JY9BWYZ5WM53E0M9NK7WHJF0691NZ159";
    const misdirected = await makeSTXTokenTransfer({ ...base, recipient, ...client.network });
    expect((await reasonOf(misdirected)).reason).toBe("BadAddressVersionByte");
  });

  test("a nonce that is spent, or too far ahead", async () => {
    const { address } = client.wallet(1);
    const expected = Number(await fetchNonce({ address, ...client.network }));
    const spent = await reasonOf(await transfer({ nonce: expected - 1 }));
    const facts = { principal: address, is_origin: true };
    expect(spent).toMatchObject({ reason: "BadNonce", reason_data: { expected, actual: expected - 1, ...facts } });
    const ahead = await reasonOf(await transfer({ nonce: expected + 26 }));
    expect(ahead).toMatchObject({ reason: "TooMuchChaining", reason_data: { expected: expected + 25, ...facts } });
  });

  test("a fee below a micro-STX a byte, or beyond the balance", async () => {
    expect(await reasonOf(await transfer({ fee: 100 }))).toMatchObject({
      reason: "FeeTooLow",
      reason_data: { expected: 180, actual: 100 },
    });
    const poor = await reasonOf(await transfer({ amount: 10n ** 15n }));
    expect(poor.reason).toBe("NotEnoughFunds");
    expect(BigInt(poor.reason_data?.expected as string)).toBe(10n ** 15n + 300n);
  });

  test("a transfer of nothing, or to its sender", async () => {
    expect((await reasonOf(await transfer({ amount: 0n }))).reason).toBe("TransferAmountMustBePositive");
    const self = client.wallet(1).address;
    expect((await reasonOf(await transfer({ to: self }))).reason).toBe("TransferRecipientCannotEqualSender");
  });

  test("an unknown contract or function, wrong arguments, a contract that exists", async () => {
    const wallet = client.wallet(1);
    const probe = client.probe;
    client.probe = `${wallet.address}.nowhere`;
    expect((await reasonOf(await client.sign(wallet, "bump"))).reason).toBe("NoSuchContract");
    client.probe = probe;
    expect((await reasonOf(await client.sign(wallet, "leap"))).reason).toBe("NoSuchPublicFunction");
    for (const args of [[], [Cl.int(1)], [Cl.uint(1), Cl.uint(1)], [Cl.some(Cl.uint(1))]]) {
      expect((await reasonOf(await client.sign(wallet, "bump", args))).reason).toBe("BadFunctionArgument");
    }
    const again = { contractName: "probe", codeBody: "1", senderKey: client.wallet(0).privateKey, fee: 1000 };
    const rejected = await reasonOf(await makeContractDeploy({ ...again, ...client.network }));
    expect(rejected).toMatchObject({ reason: "ContractAlreadyExists", reason_data: { contract_identifier: probe } });
  });

  test("garbage is a 400 or a Deserialization, never a crash", async () => {
    const post = (body: string | Uint8Array<ArrayBuffer>) =>
      fetch(`${client.url}/v2/transactions`, { method: "POST", body });
    const good = (await transfer()).serialize();
    const bodies = ["", "{", "{}", '{"tx":7}', '{"tx":"zz"}', '{"tx":"00"}', `{"tx":"${good}00"}`, "not hex"];
    const bytes = Uint8Array.from(Buffer.from(good, "hex"));
    const cut = [1, 5, 40, 100, 150].map((length) => bytes.slice(0, length));
    for (const body of [...bodies, ...cut, new Uint8Array(500).fill(7)]) {
      const response = await post(body);
      expect([response.status, typeof body === "string" ? body : body.length]).toEqual([400, expect.anything()]);
      expect(await response.json()).toHaveProperty("error");
    }
    expect((await post(bytes)).status).toBe(200);
  });
});

describe("results", () => {
  test("an err response aborts: nothing changes but nonce and fee", async () => {
    const { address } = client.wallet(1);
    const [count, balance] = [await readCount(), await client.stxBalance(address)];
    const tx = await client.call(client.wallet(1), "refuse", [], { postConditionMode: "allow" });
    expect(tx).toMatchObject({ tx_status: "abort_by_response", tx_result: { repr: "(err u7)" }, event_count: 0 });
    expect(await readCount()).toBe(count);
    expect(await client.stxBalance(address)).toBe(balance - 1000n);
  });

  test("a runtime error aborts with the VM's words, alone among its block's transactions", async () => {
    const count = await readCount();
    const [a, b] = [client.wallet(1), client.wallet(2)];
    const first = Number(await fetchNonce({ address: a.address, ...client.network }));
    // A gap in the nonces holds the first wallet's transactions back, so that one block takes all of them.
    for (const [n, name] of [
      [1, "crash"],
      [2, "bump"],
      [3, "crash"],
    ] as const) {
      await client.call(a, name, name === "bump" ? [Cl.uint(1)] : [], { nonce: first + n });
    }
    const filler = await client.call(a, "bump", [Cl.uint(1)], { nonce: first });
    const block = await client.get(`/extended/v2/blocks/${filler.block_hash}/transactions`);
    const statuses = block.results.map((tx: { tx_status: string }) => tx.tx_status);
    expect(statuses).toEqual(["success", "abort_by_response", "success", "abort_by_response"]);
    expect(block.results[1].vm_error).toContain("ArithmeticUnderflow");
    expect(block.results[1].tx_result.repr).toBe("(err none)");
    expect(await readCount()).toBe(count + 2);
    expect(await client.call(b, "bump", [Cl.uint(1)])).toMatchObject({ tx_status: "success" });
  });

  test("a deployment that does not compile aborts, and the name stays free", async () => {
    const deploy = { contractName: "broken", senderKey: client.wallet(1).privateKey, fee: 1000, ...client.network };
    const broken = await client.send(await makeContractDeploy({ ...deploy, codeBody: "(define-public (x) (nope))" }));
    expect(broken).toMatchObject({ tx_status: "abort_by_response", tx_type: "smart_contract" });
    const mended = await client.send(await makeContractDeploy({ ...deploy, codeBody: "(print u1)" }));
    expect(mended).toMatchObject({ tx_status: "success", tx_result: { repr: "(ok true)" } });
  });
});

describe("post-conditions", () => {
  const owner = () => client.wallet(1);
  const other = () => Cl.principal(client.wallet(2).address);
  const coin = () => [`${client.probe}`, "coin"] as const;
  const run = async (
    fn: string,
    args: Parameters<typeof client.call>[2],
    mode: PostConditionModeName,
    pc: PostCondition[],
  ) => {
    const tx = await client.call(owner(), fn, args, { postConditionMode: mode, postConditions: pc });
    return tx.tx_status as string;
  };
  const breach = "abort_by_post_condition";

  beforeAll(async () => {
    await client.call(owner(), "mint", [], { postConditionMode: "allow" });
  });

  test("STX: a breach undoes the call and keeps its would-be result", async () => {
    const count = await readCount();
    const tx = await client.call(owner(), "pay", [Cl.uint(10), other()], { postConditionMode: "deny" });
    expect(tx).toMatchObject({ tx_status: breach, tx_result: { repr: "(ok true)" }, event_count: 0, events: [] });
    expect(await readCount()).toBe(count);
    const pays = (mode: PostConditionModeName, pc: PostCondition[]) => run("pay", [Cl.uint(10), other()], mode, pc);
    const sends = () => Pc.principal(owner().address);
    expect(await pays("deny", [sends().willSendEq(10).ustx()])).toBe("success");
    expect(await pays("deny", [Pc.origin().willSendEq(10).ustx()])).toBe("success");
    expect(await pays("deny", [sends().willSendGt(10).ustx()])).toBe(breach);
    expect(await pays("deny", [sends().willSendGte(10).ustx()])).toBe("success");
    expect(await pays("deny", [sends().willSendLt(10).ustx()])).toBe(breach);
    expect(await pays("deny", [sends().willSendLte(10).ustx()])).toBe("success");
    expect(await pays("allow", [])).toBe("success");
    expect(await pays("allow", [sends().willSendEq(9).ustx()])).toBe(breach);
    expect(await pays("originator", [])).toBe(breach);
    expect(await readCount()).toBe(count + 5);
  });

  test("originator mode minds the origin's assets only", async () => {
    await client.send(await transfer({ to: client.probe, amount: 100n }));
    expect(await run("refund", [Cl.uint(10)], "originator", [])).toBe("success");
    expect(await run("refund", [Cl.uint(10)], "deny", [])).toBe(breach);
    const contract = Pc.principal(client.probe).willSendEq(10).ustx();
    expect(await run("refund", [Cl.uint(10)], "deny", [contract])).toBe("success");
  });

  test("fungible tokens", async () => {
    const sends = (amount: number) =>
      Pc.principal(owner().address)
        .willSendEq(amount)
        .ft(...(coin() as [`${string}.${string}`, string]));
    const send = (mode: PostConditionModeName, pc: PostCondition[]) =>
      run("send-coin", [Cl.uint(2), other()], mode, pc);
    expect(await send("deny", [])).toBe(breach);
    expect(await send("deny", [sends(3)])).toBe(breach);
    expect(await send("deny", [sends(2)])).toBe("success");
  });

  test("non-fungible tokens", async () => {
    const badge = (id: number) =>
      Pc.principal(owner().address)
        .willSendAsset()
        .nft(`${client.probe}::badge` as `${string}.${string}::${string}`, Cl.uint(id));
    const keeps = Pc.principal(owner().address)
      .willNotSendAsset()
      .nft(`${client.probe}::badge` as `${string}.${string}::${string}`, Cl.uint(1));
    expect(await run("send-badge", [other()], "deny", [])).toBe(breach);
    expect(await run("send-badge", [other()], "allow", [keeps])).toBe(breach);
    expect(await run("send-badge", [other()], "deny", [badge(2)])).toBe(breach);
    expect(await run("send-badge", [other()], "deny", [badge(1)])).toBe("success");
  });
});
