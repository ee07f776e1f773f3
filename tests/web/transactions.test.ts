import { expect, test } from "vitest";
import type { Token } from "../../src/domain/tokens";
import { VAULT_ERRORS } from "../../src/domain/vaultErrors";
import { CONTRACT_ERRORS, describeAbort } from "../../src/domain/vaultRefusals";
import { parseChainStatus } from "../../src/web/transactions/chainStatus";
import { changeRecord, keepRecord, readRecord } from "../../src/web/transactions/record";
import {
  type ChainStatus,
  describe as describeTransaction,
  isSettled,
  nextProgress,
  type Progress,
  type SentTransaction,
  stepsDone,
} from "../../src/web/transactions/transaction";
import { ALICE, config, DEPLOYER, memoryStorage } from "./page";

const NOW = 1_800_000_000_000;
const deposit: SentTransaction = {
  txId: `0x${"a".repeat(64)}`,
  sender: ALICE.address,
  action: "deposit",
  token: "STX",
  tier: "Balanced",
  amount: 2n ** 62n,
  feeUstx: 476n,
  signedAt: NOW,
  progress: { kind: "signed" },
};

const MINED: Progress = { kind: "mined", blockHeight: 9, sequence: 4n };
const INCLUDED: ChainStatus = { kind: "included", blockHeight: 9, sequence: 4n };

test.each<[string, Progress, ChainStatus, [Token, bigint][], number, string]>([
  ["the node has not heard of it yet", { kind: "signed" }, { kind: "unknown" }, [], 119_000, "signed"],
  ["it never arrived", { kind: "signed" }, { kind: "unknown" }, [], 120_000, "failed"],
  ["an API that lags forgets nothing for us", { kind: "inMempool" }, { kind: "unknown" }, [], 500_000, "inMempool"],
  ["it waits for a block", { kind: "signed" }, { kind: "waiting" }, [], 0, "inMempool"],
  ["it is in a block that is not in the books", { kind: "inMempool" }, INCLUDED, [["STX", 3n]], 0, "mined"],
  ["the other token's events say nothing", MINED, INCLUDED, [["sBTC", 9n]], 0, "mined"],
  ["its event is in the books", MINED, INCLUDED, [["STX", 4n]], 0, "final"],
  ["a later event is in the books", MINED, INCLUDED, [["STX", 5n]], 0, "final"],
  ["a reorganisation undid its block", MINED, { kind: "waiting" }, [], 0, "inMempool"],
  ["the contract refused", { kind: "inMempool" }, { kind: "aborted", reason: "no" }, [], 0, "failed"],
  ["the network dropped it", { kind: "inMempool" }, { kind: "dropped", reason: "no" }, [], 0, "failed"],
])("%s", (_, progress, status, booked, elapsed, expected) => {
  const next = nextProgress({ ...deposit, progress }, status, new Map(booked), NOW + elapsed);
  expect(next.kind).toBe(expected);
});

test("only what is final or failed is settled, and each step says where the money is", () => {
  const at = (progress: Progress) => ({ ...deposit, progress });
  expect([MINED, { kind: "final", blockHeight: 9 } as const].map((p) => isSettled(at(p)))).toEqual([false, true]);
  expect(isSettled(at({ kind: "failed", reason: "x" }))).toBe(true);
  expect([{ kind: "signed" } as const, MINED].map(stepsDone)).toEqual([1, 3]);
  expect(describeTransaction(at(MINED))).toMatch(/block 9; credited as soon as/);
  expect(describeTransaction({ ...at(MINED), action: "withdrawal" })).toMatch(/Paid to your wallet in block 9/);
  expect(describeTransaction(at({ kind: "failed", reason: "because" }))).toBe("because");
});

test("the record survives a reload exactly, newest first", () => {
  const storage = memoryStorage();
  const second = { ...deposit, txId: "0x02", progress: MINED };
  let record = changeRecord([], { kind: "signed", transaction: deposit });
  record = changeRecord(record, { kind: "signed", transaction: second });
  keepRecord(storage, record);
  expect(readRecord(storage)).toEqual([second, deposit]);
});

test("a rejected transaction leaves the record; one that moves on keeps its place", () => {
  const record = [{ ...deposit, txId: "0x02" }, deposit];
  expect(changeRecord(record, { kind: "rejected", txId: "0x02" })).toEqual([deposit]);
  const moved = changeRecord(record, { kind: "moved", txId: deposit.txId, progress: MINED });
  expect(moved.map(({ progress }) => progress.kind)).toEqual(["signed", "mined"]);
});

test("a record of another version of the page is put aside", () => {
  const storage = memoryStorage();
  storage.setItem("bithedge.transactions", '[{"txId":"0x02"}]');
  expect(readRecord(storage)).toEqual([]);
});

const log = (contract: string, repr: string) => ({
  event_type: "smart_contract_log",
  contract_log: { contract_id: contract, topic: "print", value: { hex: "0x", repr } },
});

test("a mined transaction is told by its block and by the vault's own event", () => {
  const mined = {
    tx_status: "success",
    block_height: 57,
    events: [
      { event_type: "stx_asset", asset: {} },
      log(`${DEPLOYER}.other`, "(tuple (sequence u99))"),
      log(config.vaultContract, '(tuple (amount u5000000) (event "any") (sequence u12) (token none))'),
    ],
  };
  expect(parseChainStatus(mined, config.vaultContract)).toEqual({ kind: "included", blockHeight: 57, sequence: 12n });
  expect(() => parseChainStatus({ ...mined, events: [] }, config.vaultContract)).toThrow(/without its block/);
});

test.each([
  [{ tx_status: "pending" }, "waiting", null],
  [
    { tx_status: "abort_by_response", tx_result: { repr: `(err u${VAULT_ERRORS.errOutflowExceedsCap})` } },
    "aborted",
    /outflow cap/,
  ],
  [{ tx_status: "abort_by_response", tx_result: { repr: "(err none)" } }, "aborted", /returned \(err none\)/],
  [{ tx_status: "abort_by_post_condition", tx_result: { repr: "(ok true)" } }, "aborted", /Nothing moved but the fee/],
  [{ tx_status: "dropped_replace_by_fee" }, "dropped", /dropped_replace_by_fee/],
  [{ tx_status: "problematic_skipped" }, "dropped", /problematic_skipped/],
] as const)("%j", (json, kind, reason) => {
  const status = parseChainStatus(json, config.vaultContract);
  expect(status.kind).toBe(kind);
  if (reason) expect(status).toMatchObject({ reason: expect.stringMatching(reason) });
});

test("what is no error of the vault is told as it is", () => {
  expect(Object.keys(CONTRACT_ERRORS)).toHaveLength(13);
  expect(describeAbort("(err u2130)")).toMatch(/returned \(err u2130\)/);
});
