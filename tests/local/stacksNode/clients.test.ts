/**
 * Hiro's own API client, unmodified, against every route that the node has of the API: each answer is compared with what
 * the chain did, and its fields with those that the client's published contract requires.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { createClient, type paths } from "@stacks/blockchain-api-client";
import {
  Cl,
  cvToHex,
  fetchCallReadOnlyFunction,
  fetchFeeEstimateTransaction,
  fetchFeeEstimateTransfer,
  fetchNonce,
  makeSTXTokenTransfer,
  Pc,
  privateKeyToAddress,
  serializePayload,
} from "@stacks/transactions";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type NodeClient, type Reply, startTestNode, type TestNode } from "./harness";

const START_MS = 1_800_000_000_000;
const MICROBLOCK = 0x7fffffff;

let node: TestNode;
let client: NodeClient;
let api: ReturnType<typeof createClient>;
let clock = START_MS;
/** What the chain did, as `tx/:id` tells it: the tests see that every other route tells the same. */
let deployed: Reply;
let bumped: Reply;
let minted: Reply;
let sent: Reply;
let paid: Reply;
let waiting: Reply;

const address = (wallet: number) => client.wallet(wallet).address;
const transfer = (options: { nonce: number; from?: number; amount?: bigint }) => {
  const { nonce, from = 1, amount = 12n } = options;
  const base = { recipient: address(2), amount, fee: 400, memo: "lunch", senderKey: client.wallet(from).privateKey };
  return makeSTXTokenTransfer({ ...base, nonce, ...client.network });
};

beforeAll(async () => {
  node = await startTestNode({ now: () => clock });
  client = node.client;
  api = createClient({ baseUrl: node.url });
  deployed = await client.deployProbe();
  clock += 10_000;
  bumped = await client.call(client.wallet(1), "bump", [Cl.uint(3)], { nonce: 0 });
  minted = await client.call(client.wallet(1), "mint", [], { nonce: 1, postConditionMode: "allow" });
  const coin = Pc.principal(address(1))
    .willSendLte(7)
    .ft(client.probe as `${string}.${string}`, "coin");
  const to = Cl.principal(address(2));
  sent = await client.call(client.wallet(1), "send-coin", [Cl.uint(7), to], { nonce: 2, postConditions: [coin] });
  paid = await client.send(await transfer({ nonce: 3 }));
  waiting = await client.send(await transfer({ nonce: 6, amount: 30n }));
}, 240_000);
afterAll(() => node.remove());

/** The fields that the client's contract requires, by operation: of the answer, and of each entry of its results. */
const schema = (() => {
  const main = createRequire(import.meta.url).resolve("@stacks/blockchain-api-client");
  return readFileSync(path.join(path.dirname(main), "generated/schema.d.ts"), "utf8");
})();
function requiredFields(operation: string): { answer: string[]; entry: string[] } {
  const start = schema.indexOf(`\n    ${operation}: {`);
  expect(start).toBeGreaterThan(0);
  const [, answer = ""] = schema.slice(start, schema.indexOf('"4XX"', start)).split(/"application\/json": \(*\{/);
  // Of a union, what all its members begin with.
  const [head = "", ...results] = (answer.split(/\n {20,24}\}\)* [&|] /)[0] ?? "").split(/\n {24}results: /);
  const fields = (text: string, indent: number) =>
    [...text.matchAll(new RegExp(`^ {${indent}}(\\w+): `, "gm"))].map(([, name]) => name as string);
  const entry = (results[0] ?? "").split(/\n {24,28}\}/)[0] ?? "";
  return { answer: [...fields(head, 24), ...(results.length > 0 ? ["results"] : [])], entry: fields(entry, 28) };
}

/** Sees that an answer has all that its contract requires. */
function conforms<T>(operation: string, answer: { data?: T; response: Response }): T {
  expect([operation, answer.response.status]).toEqual([operation, 200]);
  const { answer: fields, entry } = requiredFields(operation);
  expect(fields.length + entry.length).toBeGreaterThan(0);
  expect(Object.keys(answer.data as object)).toEqual(expect.arrayContaining(fields));
  for (const one of (answer.data as Reply).results ?? []) {
    expect(Object.keys(one)).toEqual(expect.arrayContaining(entry));
  }
  return answer.data as T;
}
const ids = (page: Reply): string[] => page.results.map((one: Reply) => one.tx_id ?? one.tx.tx_id);
const listed = (tx: Reply) => ({ ...tx, events: [] });

test("transactions: listed, filtered, one, several, raw, waiting, their events", async () => {
  const list = (query: paths["/extended/v1/tx/"]["get"]["parameters"]["query"]) =>
    api.GET("/extended/v1/tx/", { params: { query: query ?? {} } });
  const all = conforms("get_transaction_list", await list({}));
  expect(all).toEqual({ limit: 20, offset: 0, total: 5, results: [paid, sent, minted, bumped, deployed].map(listed) });
  const wants = async (query: Parameters<typeof list>[0], found: Reply[]) =>
    expect(ids((await list(query)).data)).toEqual(found.map(({ tx_id }) => tx_id));
  await wants({ limit: 1, offset: 1 }, [sent]);
  await wants({ type: ["token_transfer", "smart_contract"] }, [paid, deployed]);
  await wants({ from_address: address(0) }, [deployed]);
  await wants({ to_address: address(2) }, [paid]);
  await wants({ contract_id: client.probe, function_name: "bump" }, [bumped]);
  await wants({ nonce: 2 }, [sent]);
  await wants({ order: "asc", limit: 1 }, [deployed]);
  await wants({ sort_by: "fee", limit: 1 }, [deployed]);
  const { tx_id } = sent;
  const one = conforms(
    "get_transaction_by_id",
    await api.GET("/extended/v1/tx/{tx_id}", { params: { path: { tx_id } } }),
  );
  expect(one).toEqual(sent);
  expect(one).toMatchObject({
    post_conditions: [
      {
        type: "fungible",
        condition_code: "sent_less_than_or_equal_to",
        amount: "7",
        principal: { type_id: "principal_standard", address: address(1) },
        asset: { asset_name: "coin", contract_address: address(0), contract_name: "probe" },
      },
    ],
    event_count: 1,
    events: [{ event_type: "fungible_token_asset", asset: { amount: "7", sender: address(1), recipient: address(2) } }],
  });
  expect(await client.get(`/extended/v1/tx/${tx_id}?event_limit=0`)).toEqual(listed(sent));
  const raw = await api.GET("/extended/v1/tx/{tx_id}/raw", { params: { path: { tx_id: paid.tx_id } } });
  expect(raw.data).toEqual({ raw_tx: `0x${(await transfer({ nonce: 3 })).serialize()}` });
  const several = await api.GET("/extended/v1/tx/multiple", { params: { query: { tx_id: [tx_id, waiting.tx_id] } } });
  expect(several.data).toEqual({
    [tx_id]: { found: true, result: sent },
    [waiting.tx_id]: { found: true, result: waiting },
  });
  const mempool = conforms("get_mempool_transaction_list", await api.GET("/extended/v1/tx/mempool", {}));
  expect(mempool).toEqual({ limit: 20, offset: 0, total: 1, results: [waiting] });
  expect(waiting).toMatchObject({
    tx_status: "pending",
    token_transfer: { amount: "30", recipient_address: address(2) },
  });
  const none = { params: { query: { sender_address: address(2) } } };
  expect((await api.GET("/extended/v1/tx/mempool", none)).data).toMatchObject({ total: 0, results: [] });
  const events = conforms(
    "get_filtered_events",
    await api.GET("/extended/v1/tx/events", { params: { query: { tx_id } } }),
  );
  expect(events).toEqual({ limit: 20, offset: 0, events: sent.events });
  const logs = { params: { query: { address: client.probe, type: ["smart_contract_log" as const] } } };
  expect((await api.GET("/extended/v1/tx/events", logs)).data?.events).toEqual(bumped.events);
});

test("an account: balances, transactions, assets, nonces, what waits", async () => {
  const principal = address(2);
  const at = { params: { path: { principal } } };
  const held = String(await client.stxBalance(principal));
  const stx = conforms("get_account_stx_balance", await api.GET("/extended/v1/address/{principal}/stx", at));
  expect(stx).toMatchObject({
    balance: held,
    total_sent: "0",
    total_received: held,
    total_fees_sent: "0",
    locked: "0",
  });
  expect(stx).toMatchObject({ pending_balance_inbound: "30", estimated_balance: String(BigInt(held) + 30n) });
  const payer = await client.get(`/extended/v1/address/${address(1)}/stx`);
  expect(payer).toMatchObject({ total_sent: "12", total_fees_sent: "3400", pending_balance_outbound: "430" });
  const balances = conforms("get_account_balance", await api.GET("/extended/v1/address/{principal}/balances", at));
  const coin = `${client.probe}::coin`;
  expect(balances).toMatchObject({
    stx,
    fungible_tokens: { [coin]: { balance: "7", total_sent: "0", total_received: "7" } },
  });
  expect(balances.non_fungible_tokens).toEqual({});
  const transactions = conforms(
    "get_account_transactions",
    await api.GET("/extended/v1/address/{principal}/transactions", at),
  );
  expect(transactions).toEqual({ limit: 20, offset: 0, total: 2, results: [paid, sent].map(listed) });
  const pending = await api.GET("/extended/v1/address/{principal}/mempool", at);
  expect(conforms("get_address_mempool_transactions", pending).results).toEqual([waiting]);
  const assets = conforms("get_account_assets", await api.GET("/extended/v1/address/{principal}/assets", at));
  expect(assets.results).toEqual([...paid.events, ...sent.events]);
  const nonces = { params: { path: { principal: address(1) } } };
  const now = conforms("get_account_nonces", await api.GET("/extended/v1/address/{principal}/nonces", nonces));
  const next = { last_executed_tx_nonce: 3, last_mempool_tx_nonce: 6, possible_next_nonce: 7 };
  expect(now).toEqual({ ...next, detected_missing_nonces: [5, 4], detected_mempool_nonces: [6] });
  expect(await fetchNonce({ address: address(1), ...client.network })).toBe(7n);
  const before = `/extended/v1/address/${address(1)}/nonces?block_height=${minted.block_height}`;
  expect(await client.get(before)).toMatchObject({ last_executed_tx_nonce: 1, possible_next_nonce: 2 });
});

test("an account in v2 and v3: cursors, sums, each event that concerns it, balances", async () => {
  const page = async (query: { limit?: number; cursor?: string }) => {
    const at = { params: { path: { address: address(1) }, query } };
    return conforms("get_address_transactions", await api.GET("/extended/v2/addresses/{address}/transactions", at));
  };
  const first = await page({ limit: 2 });
  expect(ids(first)).toEqual([paid.tx_id, sent.tx_id]);
  const cursorOf = async (tx: Reply) =>
    `${(await client.get(`/extended/v2/blocks/${tx.block_hash}`)).index_block_hash}:${MICROBLOCK}:${tx.tx_index}`;
  const cursors = { cursor: await cursorOf(paid), prev_cursor: await cursorOf(minted), next_cursor: null };
  expect(first).toMatchObject({ ...cursors, total: 4 });
  const second = await page({ limit: 2, cursor: cursors.prev_cursor });
  expect(ids(second)).toEqual([minted.tx_id, bumped.tx_id]);
  expect(second).toMatchObject({ next_cursor: cursors.cursor, prev_cursor: null });
  const [{ tx, ...sums }] = first.results as [Reply];
  expect(tx).toEqual(listed(paid));
  const none = { transfer: 0, mint: 0, burn: 0 };
  const counts = { stx: { ...none, transfer: 1 }, ft: none, nft: none };
  expect(sums).toEqual({ stx_sent: "412", stx_received: "0", events: counts });
  const of = { path: { address: address(1), tx_id: minted.tx_id } };
  const events = await api.GET("/extended/v2/addresses/{address}/transactions/{tx_id}/events", { params: of });
  expect(events.data?.results).toMatchObject([
    { type: "ft", event_index: 0, data: { type: "mint", amount: "100", recipient: address(1) } },
    { type: "nft", event_index: 1, data: { type: "mint", value: { repr: "u1" }, recipient: address(1) } },
  ]);
  const at = { params: { path: { principal: address(1) } } };
  const balance = String(await client.stxBalance(address(1)));
  const stx = await api.GET("/extended/v2/addresses/{principal}/balances/stx", at);
  expect(conforms("get_principal_stx_balance", stx)).toMatchObject({ balance, locked: "0" });
  const token = `${client.probe}::coin`;
  const ft = await api.GET("/extended/v2/addresses/{principal}/balances/ft", at);
  expect(conforms("get_principal_ft_balances", ft).results).toEqual([{ token, balance: "93" }]);
  expect(await client.get(`/extended/v2/addresses/${address(1)}/balances/ft/${token}`)).toEqual({ balance: "93" });
  const v3 = conforms(
    "get_principal_balances_stx",
    await api.GET("/extended/v3/principals/{principal}/balances/stx", at),
  );
  expect(v3).toMatchObject({ balance, available: balance, locked: null });
  const nonces = conforms("get_principal_nonces", await api.GET("/extended/v3/principals/{principal}/nonces", at));
  const mempool = { last_nonce: 6, pending_nonces: [6], missing_nonces: [5, 4] };
  expect(nonces).toEqual({ next_nonce: 7, last_confirmed_nonce: 3, mempool });
});

test("blocks and burn blocks: listed by cursor, found by height, hash and time", async () => {
  const { data: blocks } = await api.GET("/extended/v2/blocks/", { params: { query: { limit: 2 } } });
  const [tip, older] = conforms("get_blocks", { data: blocks as Reply, response: new Response() }).results;
  // What waits came with an empty block.
  expect(tip).toMatchObject({ height: paid.block_height + 2, tx_count: 0, canonical: true });
  expect(blocks).toMatchObject({ cursor: tip.index_block_hash, next_cursor: null });
  const cursor = (blocks as Reply).prev_cursor;
  const { data: next } = await api.GET("/extended/v2/blocks/", { params: { query: { limit: 2, cursor } } });
  expect((next as Reply).results[0].hash).toBe(older.parent_block_hash);
  for (const id of [tip.height, tip.hash, tip.index_block_hash, "latest", "by-block-time/9999999999"]) {
    expect(await client.get(`/extended/v2/blocks/${id}`)).toEqual(tip);
  }
  const early = await client.get(`/extended/v2/blocks/by-block-time/${START_MS / 1000}`);
  expect(early.block_time).toBe(START_MS / 1000);
  expect(early.height).toBe(deployed.block_height);
  const of = { params: { path: { height_or_hash: paid.block_hash } } };
  const transactions = await api.GET("/extended/v2/blocks/{height_or_hash}/transactions", of);
  expect(conforms("get_transactions_by_block", transactions).results).toEqual([listed(paid)]);
  const burn = conforms("get_burn_blocks", await api.GET("/extended/v2/burn-blocks/", {}));
  const [latest, before] = burn.results as [Reply, Reply];
  expect(latest).toMatchObject({ burn_block_height: tip.burn_block_height, burn_block_hash: tip.burn_block_hash });
  expect(latest.stacks_blocks).toContain(tip.hash);
  expect(before).toMatchObject({ burn_block_height: paid.burn_block_height, total_tx_count: 1 });
  for (const id of [latest.burn_block_height, latest.burn_block_hash, "latest"]) {
    expect(await client.get(`/extended/v2/burn-blocks/${id}`)).toEqual(latest);
    expect((await client.get(`/extended/v2/burn-blocks/${id}/blocks`)).results[0]).toEqual(tip);
  }
  expect((await client.get(`/extended/v2/block-tenures/${tip.tenure_height}/blocks`)).results[0]).toEqual(tip);
  expect(await client.get("/extended/v2/blocks/average-times")).toHaveProperty("last_24h");
});

test("contracts: source, interface, logs, status, what is searched for", async () => {
  const contract_id = client.probe;
  const contract = await api.GET("/extended/v1/contract/{contract_id}", { params: { path: { contract_id } } });
  const { smart_contract: published } = deployed;
  const found = conforms("get_contract_by_id", contract);
  expect(found).toMatchObject({ tx_id: deployed.tx_id, block_height: deployed.block_height, clarity_version: 6 });
  expect(found.source_code).toBe(published.source_code);
  expect(JSON.parse(found.abi as string).maps).toMatchObject([{ name: "notes" }]);
  const logs = await api.GET("/extended/v2/smart-contracts/{contract_id}/logs", { params: { path: { contract_id } } });
  const page = conforms("get_smart_contract_logs", logs);
  const cursor = `${bumped.block_height}:${MICROBLOCK}:0:0`;
  expect(page).toEqual({
    limit: 20,
    offset: 0,
    total: 1,
    cursor,
    next_cursor: null,
    prev_cursor: null,
    results: bumped.events,
  });
  const unknown = `${address(1)}.nowhere`;
  const statuses = await client.get(`/extended/v2/smart-contracts/status?contract_id=${contract_id},${unknown}`);
  const result = { contract_id, block_height: deployed.block_height, status: "success", tx_id: deployed.tx_id };
  expect(statuses).toEqual({ [contract_id]: { found: true, result }, [unknown]: { found: false } });
  const search = async (id: string) => (await client.get(`/extended/v1/search/${id}`)).result;
  expect(await search(paid.tx_id)).toMatchObject({ entity_type: "tx_id", tx_data: { block_hash: paid.block_hash } });
  expect(await search(waiting.tx_id)).toMatchObject({ entity_type: "mempool_tx_id" });
  expect(await search(paid.block_hash)).toMatchObject({
    entity_type: "block_hash",
    block_data: { height: paid.block_height },
  });
  expect(await search(address(1))).toEqual({ entity_id: address(1), entity_type: "standard_address" });
  expect(await search(contract_id)).toMatchObject({
    entity_type: "contract_address",
    tx_data: { tx_id: deployed.tx_id },
  });
  const nobody = privateKeyToAddress("77".repeat(32), "testnet");
  for (const [term, entity_type] of [
    ["ab".repeat(32), "unknown_hash"],
    [nobody, "standard_address"],
    ["nonsense", "invalid_term"],
  ]) {
    const response = await fetch(`${client.url}/extended/v1/search/${term}`);
    expect([response.status, await response.json()]).toMatchObject([404, { found: false, result: { entity_type } }]);
  }
});

test("the node itself: info, stacking, sources, variables, constants, unconfirmed transactions, fees", async () => {
  const route = client.probe.replace(".", "/");
  const [contractAddress = "", contractName = ""] = client.probe.split(".");
  const source = await client.get(`/v2/contracts/source/${route}?proof=0`);
  expect(source).toEqual({ source: deployed.smart_contract.source_code, publish_height: deployed.block_height });
  const read = {
    contractAddress,
    contractName,
    functionName: "get-count",
    functionArgs: [],
    senderAddress: address(1),
  };
  expect(await fetchCallReadOnlyFunction({ ...read, ...client.network })).toEqual(Cl.uint(3));
  expect(await client.get(`/v2/data_var/${route}/count?proof=0`)).toEqual({ data: cvToHex(Cl.uint(3)) });
  const vault = `${address(0)}/liquidity-vault`;
  expect(await client.get(`/v2/constant_val/${vault}/delay-blocks`)).toEqual({ data: cvToHex(Cl.uint(144)) });
  const token = `${address(0)}/sbtc-token`;
  expect(await client.get(`/v2/constant_val/${token}/minter`)).toEqual({ data: cvToHex(Cl.principal(address(0))) });
  for (const [missing, words] of [
    [`/v2/data_var/${route}/nothing`, "Data var not found"],
    [`/v2/constant_val/${route}/nothing`, "Constant not found"],
    [`/v2/contracts/source/${route}x`, "No contract source data found"],
    [`/v2/contracts/interface/${route}x`, "No contract interface data found"],
    [`/v2/transactions/unconfirmed/${"ab".repeat(32)}`, "not found in mempool"],
  ]) {
    const response = await fetch(client.url + missing);
    expect([response.status, await response.text()]).toEqual([404, expect.stringContaining(words as string)]);
  }
  const raw = (await transfer({ nonce: 6, amount: 30n })).serialize();
  const unconfirmed = await client.get(`/v2/transactions/unconfirmed/${waiting.tx_id.slice(2)}`);
  expect(unconfirmed).toEqual({ tx: raw, status: "Mempool" });
  const info = await client.get("/v2/info");
  const { hash } = await client.get("/extended/v2/blocks/latest");
  expect(info).toMatchObject({ stacks_tip: hash.slice(2), network_id: 0x80000000, is_fully_synced: true });
  const stacking = await client.get("/v2/pox");
  expect(stacking.current_burnchain_block_height).toBe(info.burn_block_height);
  expect(stacking.next_cycle.reward_phase_start_block_height).toBe(
    stacking.next_cycle.id * stacking.reward_cycle_length,
  );
  const transaction = await transfer({ nonce: 4 });
  const payload = serializePayload(transaction.payload);
  const estimates = await fetchFeeEstimateTransaction({ payload, estimatedLength: 180, ...client.network });
  expect(estimates.map(({ fee }) => fee)).toEqual([180, 360, 720]);
  expect(await fetchFeeEstimateTransfer({ transaction, ...client.network })).toBe(180n);
  const fees = conforms("get_mempool_fee_priorities", await api.GET("/extended/v2/mempool/fees", {}));
  expect(fees.all.low_priority).toBeLessThanOrEqual(fees.all.high_priority);
  const rate = await api.POST("/extended/v1/fee_rate/", { body: { transaction: raw } });
  expect(rate.data).toEqual({ fee_rate: 400 });
  expect((await api.GET("/extended/v1/info/network_block_times", {})).data).toHaveProperty("testnet.target_block_time");
  const status = await api.GET("/extended", {});
  expect(conforms("get_status", status).chain_tip).toMatchObject({ block_hash: hash });
});

test("the faucets: real transfers, five in five minutes to an address, sBTC by the account that mints it", async () => {
  const someone = privateKeyToAddress("55".repeat(32), "testnet");
  const ask = async (what: "stx" | "sbtc", to = someone) => {
    const response = await fetch(`${client.url}/extended/v1/faucets/${what}?address=${to}`, { method: "POST" });
    return { status: response.status, reply: (await response.json()) as Reply };
  };
  const answers = await Promise.all([1, 2, 3, 4, 5].map(() => ask("stx")));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  expect(await client.stxBalance(someone)).toBe(2_500_000_000n);
  const { txId } = answers[0]?.reply ?? {};
  expect(await client.get(`/extended/v1/tx/${txId}`)).toMatchObject({
    tx_status: "success",
    tx_type: "token_transfer",
  });
  expect(await ask("stx")).toEqual({ status: 429, reply: { success: false, error: "Too many requests" } });
  expect((await ask("stx", address(2))).status).toBe(200);
  clock += 5 * 60_000 + 1;
  expect((await ask("stx")).status).toBe(200);
  expect(await ask("sbtc")).toMatchObject({ status: 200, reply: { success: true } });
  const { fungible_tokens: tokens } = await client.get(`/extended/v1/address/${someone}/balances`);
  expect(tokens[`${address(0)}.sbtc-token::sbtc-token`]).toMatchObject({ balance: "10000" });
  const nobody = await fetch(`${client.url}/extended/v1/faucets/stx`, { method: "POST" });
  expect([nobody.status, await nobody.json()]).toEqual([400, { success: false, error: "address required" }]);
  expect((await ask("stx", "SP3FGQ8Z7JY9BWYZ5WM53E0M9NK7WHJF0691NZ159")).status).toBe(400);
});

test("wrong parameters: a 400 with the API's body, an unknown thing a 404, never a 500", async () => {
  const account = `/extended/v1/address/${address(1)}`;
  const wrong = [
    "/extended/v1/tx?limit=51",
    "/extended/v1/tx?limit=x",
    "/extended/v1/tx?offset=-1",
    "/extended/v1/tx?type=gift",
    "/extended/v1/tx?from_address=me",
    "/extended/v1/tx?order=up",
    "/extended/v1/tx/abc",
    "/extended/v1/tx/abc/raw",
    "/extended/v1/tx/multiple",
    "/extended/v1/tx/multiple?tx_id=abc",
    "/extended/v1/tx/events",
    "/extended/v1/tx/events?tx_id=abc",
    `/extended/v1/tx/events?address=${address(1)}&type=gift`,
    "/extended/v1/tx/mempool?address=me",
    "/extended/v1/address/me/stx",
    "/extended/v1/address/me/balances",
    `${account}/transactions?limit=51`,
    `${account}/assets?limit=101`,
    `${account}/nonces?block_height=x`,
    "/extended/v2/addresses/me/transactions",
    `/extended/v2/addresses/${address(1)}/transactions/abc/events`,
    `/extended/v2/addresses/${address(1)}/balances/ft?limit=201`,
    "/extended/v2/blocks?limit=31",
    "/extended/v2/blocks/abc",
    "/extended/v2/blocks/by-block-time/x",
    "/extended/v2/burn-blocks?limit=31",
    "/extended/v2/burn-blocks/abc",
    "/extended/v1/contract/nonsense",
    "/extended/v2/smart-contracts/status",
    `/extended/v2/smart-contracts/${client.probe}/logs?limit=101`,
  ];
  for (const route of wrong) {
    const response = await fetch(client.url + route);
    const reply = (await response.json()) as Reply;
    expect([route, response.status, reply]).toMatchObject([route, 400, { statusCode: 400, error: "Bad Request" }]);
    expect([route, typeof reply.message]).toEqual([route, "string"]);
  }
  const unknown = [
    `/extended/v1/tx/${"ab".repeat(32)}`,
    `/extended/v1/tx/${"ab".repeat(32)}/raw`,
    `/extended/v1/contract/${address(1)}.nowhere`,
    "/extended/v2/blocks/999999999",
    "/extended/v2/burn-blocks/999999999",
    `/extended/v2/blocks?cursor=0x${"ab".repeat(32)}`,
    "/extended/v1/nothing",
  ];
  for (const route of unknown) {
    const response = await fetch(client.url + route);
    expect([route, response.status, await response.json()]).toMatchObject([
      route,
      404,
      { statusCode: 404, error: "Not Found" },
    ]);
  }
});
