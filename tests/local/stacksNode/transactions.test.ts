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
