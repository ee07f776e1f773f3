/**
 * Inputs that no well-behaved client sends, on every route of the node: each is refused in a sentence, none reaches the
 * journal, and someone else is answered throughout.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { Cl, makeContractDeploy, makeSTXTokenTransfer, type StacksTransactionWire } from "@stacks/transactions";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Mutator } from "../malformed/mutator";
import { rawRequest, sendRaw } from "../malformed/rawHttp";
import { WellBehaved } from "../malformed/wellBehaved";
import { type NodeClient, startTestNode, type TestNode } from "./harness";

const SEED = Number(process.env.SEED ?? 20261);
const mutator = new Mutator(SEED);
const repeated = <Item>(count: number, make: (n: number) => Item) => Array.from({ length: count }, (_, n) => make(n));

let node: TestNode;
let client: NodeClient;
let probe: string;
let wellBehaved: WellBehaved;
let journal: Buffer;
let sent = 0;
const logs: string[] = [];
const strayErrors: unknown[] = [];
const stray = (error: unknown) => void strayErrors.push(error);

beforeAll(async () => {
  process.on("unhandledRejection", stray);
  node = await startTestNode({ onLog: (line) => logs.push(line) });
  client = node.client;
  await client.deployProbe();
  await client.call(client.wallet(1), "bump", [Cl.uint(1)]);
  probe = client.probe.replace(".", "/");
  journal = journalNow();
  const { height } = await client.get("/extended/v2/blocks/latest");
  wellBehaved = new WellBehaved(async () => {
    expect((await client.get("/extended/v2/blocks/latest")).height).toBeGreaterThanOrEqual(height);
    const read = { sender: client.wallet(1).address, arguments: [] };
    const { reply } = await client.post(`/v2/contracts/call-read/${probe}/get-count`, read);
    expect(reply).toMatchObject({ okay: true });
  });
}, 180_000);
afterAll(async () => {
  await wellBehaved.stop();
  await node.remove();
  process.off("unhandledRejection", stray);
  console.log(`${sent} malformed inputs, seed ${SEED}; ${wellBehaved.answers} answers to someone else meanwhile`);
  expect(sent).toBeGreaterThan(300);
});

function journalNow(): Buffer {
  return readFileSync(path.join(node.stateDir, "chain.jsonl"));
}

interface Request {
  method: string;
  route: string;
  body?: string | Uint8Array<ArrayBuffer>;
}

async function expectNothingChanged(): Promise<void> {
  expect(wellBehaved.failures).toEqual([]);
  expect([strayErrors, logs]).toEqual([[], []]);
  expect(journalNow().equals(journal)).toBe(true);
}

/** A read that the VM refuses is an answer, too: `okay: false` with its cause. */
async function refuseEach(requests: Request[]): Promise<void> {
  const answersBefore = wellBehaved.answers;
  for (const { method, route, body } of requests) {
    sent += 1;
    const response = await fetch(client.url + route, { method, ...(body === undefined ? {} : { body }) });
    const text = await response.text();
    const shown = `${response.status} ${text.slice(0, 300)} to ${method} ${route.slice(0, 200)} ${String(body).slice(0, 200)}`;
    expect(response.status, shown).toBeLessThan(500);
    if (response.status >= 400) expect(text, shown).toMatch(/"(error|message)":\s*"[^"]{5,}|^[A-Z][^{]{5,}/);
  }
  await expect.poll(() => wellBehaved.answers, { timeout: 60_000 }).toBeGreaterThan(answersBefore);
  await expectNothingChanged();
}

function signedTransfer(): Promise<StacksTransactionWire> {
  const senderKey = client.wallet(2).privateKey;
  const transfer = { recipient: client.wallet(3).address, amount: 1n, fee: 1_000, nonce: 0, senderKey };
  return makeSTXTokenTransfer({ ...transfer, ...client.network });
}

test("transactions cut, flipped, doubled and filled, as bytes and as JSON", async () => {
  const call = await client.sign(client.wallet(1), "bump", [Cl.uint(1)], { nonce: 1 });
  const deploy = await makeContractDeploy({
    contractName: "other",
    codeBody: "(define-public (x) (ok true))",
    senderKey: client.wallet(2).privateKey,
    fee: 5_000,
    nonce: 0,
    ...client.network,
  });
  const valid = [await signedTransfer(), call, deploy].map((wire) => Buffer.from(wire.serialize(), "hex"));
  const requests = valid.flatMap((bytes) =>
    repeated(45, (n): Request => {
      const spoilt = mutator.bytes(bytes);
      const body = n % 3 === 0 ? JSON.stringify({ tx: Buffer.from(spoilt).toString("hex") }) : spoilt;
      return { method: "POST", route: "/v2/transactions", body };
    }),
  );
  // A cut of nothing, and a flip of the one bit that says mainnet, are among them: none may be taken.
  await refuseEach(requests);
  const json = repeated(30, (): Request => {
    const body = mutator.json({ tx: valid[0]?.toString("hex").slice(0, -2) ?? "", attachment: "00" });
    return { method: "POST", route: "/v2/transactions", body };
  });
  await refuseEach(json);
  expect((await client.get(`/v2/accounts/${client.wallet(2).address}?proof=0`)).nonce).toBe(0);
});

/** Values in Clarity's encoding that are too long, too deep, torn or none. */
const VALUES = [
  ...[
    "",
    "0x",
    "zz",
    "0",
    "63",
    "ff",
    "0c",
    "0b",
    "0d",
    "02ffffffff",
    "0bffffffff",
    "0cffffffff",
    "0dffffffff61",
    "0effffffff",
  ],
  ...["05", "0600", "0516", `0516${"00".repeat(20)}`, `06${"16".padEnd(42, "0")}00`, "0e00000002c328", "0d00000001ff"],
  ...[`${"0a".repeat(10)}03`, `${"0a".repeat(40)}03`, `${"0a".repeat(50_000)}03`, `${"0b00000001".repeat(40)}03`],
  ...[`${"0b00000001".repeat(20_000)}03`, `0c00000002${"0161".repeat(1)}03016103`, `0c00000001${"ff".repeat(129)}03`],
  ...[
    `0200100001${"00".repeat(0x100001)}`,
    `0b00002710${"03".repeat(10_000)}`,
    "08".repeat(3_000),
    `0${"x".repeat(99)}`,
  ],
];

test("Clarity values too long, too deep, torn or none, as arguments and as keys", { timeout: 120_000 }, async () => {
  const sender = client.wallet(1).address;
  const asArguments = VALUES.flatMap((value): Request[] => [
    {
      method: "POST",
      route: `/v2/contracts/call-read/${probe}/get-count`,
      body: JSON.stringify({ sender, arguments: [value] }),
    },
    {
      method: "POST",
      route: `/v2/contracts/call-read/${probe}/bump`,
      body: JSON.stringify({ sender, arguments: [`0x${value}`] }),
    },
    { method: "POST", route: `/v2/map_entry/${probe}/notes?proof=0`, body: JSON.stringify(value) },
  ]);
  await refuseEach(asArguments);
  const many = JSON.stringify({ sender, arguments: repeated(5_000, () => "0x03") });
  await refuseEach([{ method: "POST", route: `/v2/contracts/call-read/${probe}/get-count`, body: many }]);
});

test("bodies with one thing changed", async () => {
  const sender = client.wallet(1).address;
  const valid: [route: string, body: object | string][] = [
    [`/v2/contracts/call-read/${probe}/get-count`, { sender, arguments: ["0x03", "0x04"] }],
    ["/v2/fees/transaction", { transaction_payload: "0xabcd", estimated_len: -350 }],
    ["/control/mine", { blocks: -1, burnBlocks: 0.5 }],
  ];
  await refuseEach(
    valid.flatMap(([route, body]) =>
      // Where a change leaves the body out altogether, the defaults would mine: that is no malformed input.
      repeated(25, (): Request => ({ method: "POST", route, body: mutator.json(body as never) })).filter(
        ({ body: text }) => route !== "/control/mine" || /"blocks":-1|"burnBlocks":0.5/.test(String(text)),
      ),
    ),
  );
});

test("addresses, ids, pages and methods", async () => {
  const nasty = [
    "",
    "%00",
    "%",
    "..%2f..%2fetc",
    "__proto__",
    "constructor",
    "'",
    "%F0%9F%92%A9",
    "-1",
    "1e9",
    "NaN",
    "a".repeat(5_000),
  ];
  const routes = nasty.flatMap((text) => [
    `/v2/accounts/${text}`,
    `/v2/contracts/interface/${client.wallet(0).address}/${text}`,
    `/v2/contracts/interface/${text}/probe`,
    `/extended/v1/tx/${text}`,
    `/extended/v1/tx/multiple?tx_id=${text}`,
    `/extended/v1/address/${text}/balances`,
    `/extended/v1/contract/${text}/events`,
    `/extended/v2/blocks/${text}/transactions`,
    `/extended/v2/blocks?limit=${text}`,
    `/extended/v2/blocks?offset=${text}`,
    `/extended/v2/burn-blocks/${text}/blocks`,
    `/${text}`,
  ]);
  await refuseEach(routes.map((route) => ({ method: "GET", route })));
  await refuseEach(["PUT", "DELETE", "PATCH"].map((method) => ({ method, route: "/v2/transactions", body: "x" })));
});

test("requests that HTTP does not know, and those that are never finished", async () => {
  const whole = rawRequest("POST", "/v2/transactions", {}, Buffer.from((await signedTransfer()).serialize(), "hex"));
  const requests = [
    rawRequest("TRACE", "/v2/info", {}, ""),
    rawRequest("CONNECT", "/v2/info", {}, ""),
    rawRequest("GET", "http://[", {}, ""),
    rawRequest("GET", "*", {}, ""),
    rawRequest("GET", "/v2/info", { host: "[" }, ""),
    rawRequest("GET", "/v2/info", { host: "" }, ""),
    rawRequest("GET", "/v2/info", { "x-long": "x".repeat(20_000) }, ""),
    rawRequest("POST", "/v2/transactions", { "content-length": "-1" }, "{}"),
    rawRequest("POST", "/v2/transactions", { "content-length": "5000" }, "{}"),
    rawRequest("POST", "/v2/transactions", { "content-encoding": "br" }, "{}"),
    rawRequest("POST", "/v2/transactions", { "transfer-encoding": "chunked", "content-length": "" }, "zz\r\n"),
    ...repeated(15, () => whole.subarray(0, mutator.below(whole.length))),
    ...repeated(15, () => mutator.bytes(whole.subarray(0, 60))),
  ];
  for (const request of requests) {
    sent += 1;
    expect(await sendRaw(client.url, request, "cut")).not.toMatch(/^HTTP\/1\.1 5/);
  }
  await expectNothingChanged();
});

test("contracts that no compiler should see: each aborts or is refused, and the next block is fine", {
  timeout: 120_000,
}, async () => {
  const wallet = client.wallet(3);
  const sources = [
    "(".repeat(20_000),
    `${"(+ 1 ".repeat(2_000)}1${")".repeat(2_000)}`,
    `(define-data-var x ${"(optional ".repeat(60)}uint${")".repeat(60)} none)`,
    "(define-constant x 0x0)",
    "(define-public (x) (x))",
    "\u{1f4a9}",
  ];
  for (const [n, codeBody] of sources.entries()) {
    const deploy = {
      contractName: `evil-${n}`,
      codeBody,
      senderKey: wallet.privateKey,
      fee: 200_000,
      clarityVersion: 6,
    };
    const result = await client.broadcast(await makeContractDeploy({ ...deploy, ...client.network }));
    if ("error" in result) continue;
    const { tx_status: status } = await client.get(`/extended/v1/tx/${result.txid}`);
    expect([n, status]).toEqual([n, "abort_by_response"]);
  }
  expect(await client.call(client.wallet(1), "bump", [Cl.uint(1)])).toMatchObject({ tx_status: "success" });
  expect([wellBehaved.failures, strayErrors, logs]).toEqual([[], [], []]);
});
