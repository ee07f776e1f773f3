/**
 * The API's answers as its official client types them (tests/fixtures/stacksApi.ts), read by ours; and the same answers
 * with one thing wrong, which must never be taken for another fact.
 */

import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ApiError, type StacksApi, stacksApi } from "../../src/stacks/api";
import { localDeployment, vaultCalls } from "../../src/stacks/deployment";
import { decodeVaultEvent } from "../../src/stacks/vaultEvents";
import * as captured from "../fixtures/stacksApi";

const DEPLOYER = "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM";
const { vaultContract, sbtcContract } = localDeployment(DEPLOYER);
const [deposit = "", refused = "", unknown = ""] = Object.keys(captured.transactions);

let server: Server;
let answer: { status: number; body: unknown };
let api: StacksApi;
beforeAll(async () => {
  server = createServer((_request, response) => {
    response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  api = stacksApi(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterAll(() => void server.close());

type Ask = () => Promise<unknown>;
const ASKED: Record<string, { body: unknown; ask: Ask }> = {
  "the newest block": { body: captured.latestBlock, ask: () => api.latestBlock() },
  "a burn block's blocks": { body: captured.blocksOfBurnBlock, ask: () => api.blockOfBurnBlock(17) },
  "the vault's events": {
    body: captured.contractEvents,
    ask: () => api.contractEvents(vaultContract, { limit: 2, offset: 0 }),
  },
  transactions: { body: captured.transactions, ask: () => api.transactions([deposit, refused, unknown]) },
  "a read": {
    body: captured.readOnly,
    ask: () => api.readOnly(vaultCalls(localDeployment(DEPLOYER)).getBackendPrincipal(), "0xab"),
  },
};

function read(name: string, body: unknown = ASKED[name]?.body): Promise<unknown> {
  answer = { status: 200, body };
  return (ASKED[name] as { ask: Ask }).ask();
}

test("what the API answers is read, and a deposit is a deposit", async () => {
  const { canonical, height, hash, index_block_hash, block_time, burn_block_height } = captured.latestBlock;
  const block = { canonical, height, hash, index_block_hash, block_time, burn_block_height };
  expect(await read("the newest block")).toEqual(block);
  expect(await read("a burn block's blocks")).toEqual(block);
  expect(await read("a read")).toMatch(/^ST/);
  const [newest, launch] = (await read("the vault's events")) as typeof captured.contractEvents.results;
  expect(decodeVaultEvent(newest?.contract_log.value.hex ?? "", sbtcContract)).toEqual({
    kind: "deposit",
    sequence: 3n,
    token: "STX",
    amount: 5_000_000n,
    balance: 5_000_000n,
    locked: 0n,
    depositor: "ST1SJ3DTE5DN7X54YDH5D64R3BCB6A2AG2ZQ8YPD5",
    reference: 77n,
  });
  expect(decodeVaultEvent(launch?.contract_log.value.hex ?? "", sbtcContract)).toMatchObject({ kind: "control" });
});

test("of the transactions the refused one is told apart, and the unknown one is none", async () => {
  const found = (await read("transactions")) as Awaited<ReturnType<StacksApi["transactions"]>>;
  expect([...found].map(([id, { tx_status, block_height }]) => [id, tx_status, block_height])).toEqual([
    [deposit, "success", 19],
    [refused, "abort_by_response", 21],
  ]);
});

test("a missing block is null, by the API's own words as by the examples of its package", async () => {
  const example = createRequire(import.meta.url)(
    "@stacks/stacks-blockchain-api-types/api/errors/block-not-found.example.json",
  );
  for (const body of [captured.missingBlock, example]) {
    answer = { status: 404, body };
    expect(await api.blockAt(999_999)).toBeNull();
  }
});

test("a read that failed says why, by the example of the API's package", async () => {
  const example = createRequire(import.meta.url)(
    "@stacks/stacks-blockchain-api-types/api/contract/post-call-read-only-fn-fail.example.json",
  );
  await expect(read("a read", example)).rejects.toThrow("PublicFunctionNotReadOnly");
});

/** What is read of each answer, by its path in it. */
const FIELDS: [name: string, path: (string | number)[]][] = [
  ...["canonical", "height", "hash", "index_block_hash", "block_time", "burn_block_height"].flatMap(
    (field): [string, (string | number)[]][] => [
      ["the newest block", [field]],
      ["a burn block's blocks", ["results", 0, field]],
    ],
  ),
  ["a burn block's blocks", ["results"]],
  ["the vault's events", ["results"]],
  ...["event_index", "event_type", "tx_id"].map((field): [string, (string | number)[]] => [
    "the vault's events",
    ["results", 1, field],
  ]),
  ...["contract_id", "topic", "value"].map((field): [string, (string | number)[]] => [
    "the vault's events",
    ["results", 0, "contract_log", field],
  ]),
  ["the vault's events", ["results", 0, "contract_log", "value", "hex"]],
  ["transactions", [deposit, "found"]],
  ["transactions", [deposit, "result"]],
  ...[
    "tx_id",
    "tx_status",
    "canonical",
    "microblock_canonical",
    "block_hash",
    "block_height",
    "block_time",
    "tx_index",
  ].map((field): [string, (string | number)[]] => ["transactions", [deposit, "result", field]]),
  ["a read", ["okay"]],
];

/** The answer with another value at a path; undefined leaves it out. */
function spoilt(body: unknown, path: (string | number)[], value: unknown): unknown {
  const copy = structuredClone(body);
  const parent = path.slice(0, -1).reduce((at: unknown, key) => (at as Record<string, unknown>)[key], copy);
  (parent as Record<string, unknown>)[path.at(-1) as string] = value;
  return copy;
}

describe("an answer with one thing wrong is an ApiError", () => {
  test.each(FIELDS)("%s: %j", async (name, path) => {
    const { body } = ASKED[name] as { body: unknown };
    for (const value of [undefined, null, {}, [[]]]) {
      await expect(read(name, spoilt(body, path, value)), String(value)).rejects.toThrow(ApiError);
    }
  });

  test.each([
    ["a height as text", "the newest block", ["height"], "21"],
    ["a fraction", "the newest block", ["block_time"], 7.5],
    ["a status that nobody knows", "transactions", [deposit, "result", "tx_status"], "success_of_a_kind"],
    ["a read without its result", "a read", ["result"], undefined],
  ])("%s", async (_what, name, path, value) => {
    const { body } = ASKED[name] as { body: unknown };
    await expect(read(name, spoilt(body, path, value))).rejects.toThrow(ApiError);
  });
});
