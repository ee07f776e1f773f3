/** The proof that a policy is backed: read from a node, held against the service, and never taken for granted. */
import { Cl, cvToHex } from "@stacks/transactions";
import { afterEach, expect, test, vi } from "vitest";
import { compare } from "../../../src/web/policies/comparison";
import { lifeOf } from "../../../src/web/policies/life";
import { type LockOnChain, readLock } from "../../../src/web/policies/lock";
import type { Policy } from "../../../src/web/policies/words";
import { config } from "../page";
import { policy } from "./policy";

afterEach(() => vi.unstubAllGlobals());

const record = Cl.tuple({
  buyer: Cl.principal(policy.buyer),
  token: Cl.none(),
  lock: Cl.uint(policy.locked),
  coverage: Cl.uint(policy.coverage),
  "release-after": Cl.uint(policy.expiresAt / 1_000),
});
const onChain: LockOnChain = {
  ...{ buyer: policy.buyer, token: "STX", lock: policy.locked, coverage: policy.coverage },
  releaseAfter: policy.expiresAt,
};
const BLOCK = { height: 77, index_block_hash: "0xabcd", block_time: 1_800_000_000 };

/** A node that answers this of `get-policy`. */
function node(reply: object, status = 200) {
  const asked: { url: string; body: unknown }[] = [];
  vi.stubGlobal("fetch", async (url: string, init?: { body: string }) => {
    asked.push({ url, body: init && JSON.parse(init.body) });
    return Response.json(init ? reply : BLOCK, { status: init ? status : 200 });
  });
  return asked;
}

test("the vault's record is read at the newest block, by its id", async () => {
  const asked = node({ okay: true, result: cvToHex(Cl.some(record)) });
  expect(await readLock(config, 4711n)).toEqual({ lock: onChain, block: { height: 77, timeMs: 1_800_000_000_000 } });
  expect(asked[1]?.url).toMatch(/\/v2\/contracts\/call-read\/.*\/liquidity-vault\/get-policy\?tip=abcd$/);
  expect(asked[1]?.body).toMatchObject({ arguments: [cvToHex(Cl.uint(4711))] });
});

test("sBTC is the one that the page knows; a policy that the vault does not know is none", async () => {
  const [address = "", name = ""] = config.sbtcContract.split(".");
  const sbtc = Cl.tuple({ ...record.value, token: Cl.some(Cl.contractPrincipal(address, name)) });
  node({ okay: true, result: cvToHex(Cl.some(sbtc)) });
  expect((await readLock(config, 1n)).lock?.token).toBe("sBTC");
  node({ okay: true, result: cvToHex(Cl.none()) });
  expect((await readLock(config, 1n)).lock).toBeNull();
});

test.each([
  ["a refusal", { okay: false, cause: "NoSuchContract" }, 200, /NoSuchContract/],
  ["another form", { okay: true, result: cvToHex(Cl.uint(1)) }, 200, /form that is not known/],
  [
    "another coin",
    { okay: true, result: cvToHex(Cl.some(Cl.tuple({ ...record.value, token: Cl.some(Cl.principal(policy.buyer)) }))) },
    200,
    /token/,
  ],
  [
    "a record without a lock",
    { okay: true, result: cvToHex(Cl.some(Cl.tuple({ ...record.value, lock: Cl.none() }))) },
    200,
    /no lock/,
  ],
  ["an error of the node", {}, 503, /HTTP 503/],
])("%s proves nothing", async (_, reply, status, message) => {
  node(reply, status);
  await expect(readLock(config, 4711n)).rejects.toThrow(message);
});

test.each<[string, Partial<Policy>, Partial<LockOnChain> | null, string]>([
  ["the same lock", {}, {}, "agree"],
  ["less than the service says", {}, { lock: 1n }, "differ"],
  ["more than anybody asked for", {}, { lock: 600_000_000n }, "differ"],
  ["nothing, where there should be a lock", {}, null, "differ"],
  ["ended, where it should be live", {}, { lock: 0n }, "differ"],
  ["another buyer", {}, { buyer: config.vaultContract }, "differ"],
  ["another coverage", {}, { coverage: 1n }, "differ"],
  ["another coin", {}, { token: "sBTC" }, "differ"],
  ["released earlier", {}, { releaseAfter: policy.expiresAt - 1_000 }, "differ"],
  ["a raise that is not final", { lockTarget: 600_000_000n }, { lock: 600_000_000n }, "ahead"],
  ["a raise that is not there yet", { lockTarget: 600_000_000n }, {}, "agree"],
  ["not paid", { status: "quoted", locked: 0n }, null, "agree"],
  ["paid, not final", { status: "quoted", locked: 0n }, {}, "ahead"],
  ["lapsed", { status: "lapsed", locked: 0n }, null, "agree"],
  ["lapsed, and sold all the same", { status: "lapsed", locked: 0n }, {}, "differ"],
  ["settled on the chain, not final", { status: "settling" }, { lock: 0n }, "ahead"],
  ["settled", { status: "settled", locked: 0n }, { lock: 0n }, "agree"],
  ["settled, and still locked", { status: "settled", locked: 0n }, {}, "differ"],
])("%s", (_, ofService, ofVault, verdict) => {
  const seen = compare({ ...policy, ...ofService }, ofVault && { ...onChain, ...ofVault });
  expect(seen.verdict).toBe(verdict);
});

test("the life of a policy, by what it has come to", () => {
  const titles = (change: Partial<Policy>) =>
    lifeOf({ ...policy, ...change }, { steps: [] }).map(({ title, state }) => `${state}: ${title}`);
  expect(titles({ status: "quoted", startedAt: null })).toEqual(["done: Quoted", "now: Waits for its premium"]);
  expect(titles({ status: "lapsed", startedAt: null })).toEqual(["done: Quoted", "done: Lapsed"]);
  expect(titles({})).toEqual([
    ...["done: Quoted", "done: Premium paid, cover starts", "ahead: Ends", "ahead: Paid, or its capital is free again"],
  ]);
  const outcome = { priceUsdMicros: 1_200_000n, payout: 250_000_000n, missing: 50_000_000n };
  expect(titles({ status: "settled", exercisedAt: 1, outcome }).slice(2)).toEqual([
    ...["done: Exercised", "done: Decided at $1.20", "done: Paid to its buyer"],
  ]);
  const [, , , decided] = lifeOf({ ...policy, status: "settled", exercisedAt: 1, outcome }, { steps: [] });
  expect(decided?.note).toBe(
    "It pays 200 STX. 50 STX is missing: neither the capital behind it nor insurance could add that.",
  );
  const nothing = { priceUsdMicros: 1_600_000n, payout: 0n, missing: 0n };
  expect(titles({ status: "worthless", exercisedAt: 1, outcome: nothing }).at(-1)).toBe(
    "ahead: Release of its capital",
  );
});

test("a raise and a settlement stand where they happened, with their transactions", () => {
  const steps = [
    { kind: "lock" as const, amount: 600_000_000n, status: "done" as const, txIds: ["0x01"] },
    { kind: "settlement" as const, amount: 1n, status: "sent" as const, txIds: ["0x02", "0x03"] },
  ];
  const outcome = { priceUsdMicros: 1_200_000n, payout: 250_000_000n, missing: 0n };
  const moments = lifeOf({ ...policy, status: "settling", outcome }, { steps });
  expect(moments.map(({ title, txIds }) => [title, txIds.length])).toEqual([
    ...[
      ["Quoted", 0],
      ["Premium paid, cover starts", 0],
      ["Lock raised to 600 STX", 1],
    ],
    ...[
      ["Decided at $1.20", 0],
      ["Payment to its buyer", 2],
    ],
  ]);
});
