import { expect, test } from "vitest";
import type { Token } from "../../../src/domain/tokens";
import { VAULT_ERRORS } from "../../../src/domain/vaultErrors";
import { CONTRACT_ERRORS, describeAbort } from "../../../src/domain/vaultRefusals";
import { findCall, parseChainStatus } from "../../../src/web/transactions/chainStatus";
import { describe as describeTransaction, slowness, stepsDone } from "../../../src/web/transactions/progressWords";
import { changeRecord, keepRecord, readRecord, recordKey } from "../../../src/web/transactions/record";
import {
  type ChainStatus,
  isSettled,
  nextProgress,
  type Progress,
  type SentTransaction,
} from "../../../src/web/transactions/transaction";
import { ALICE, config, DEPLOYER, memoryStorage } from "../page";
import { deposit, NOW } from "./sample";

const MINED: Progress = { kind: "mined", blockHeight: 9, sequence: 4n };
const INCLUDED: ChainStatus = { kind: "included", blockHeight: 9, sequence: 4n };

test.each<[string, Progress, ChainStatus, [Token, bigint][], number, string]>([
  ["the node has not heard of it yet", { kind: "signed" }, { kind: "unknown" }, [], 119_000, "signed"],
  ["the wallet has not answered", { kind: "handed" }, { kind: "unknown" }, [], 3_599_000, "handed"],
  ["nobody knows whether the wallet sent it", { kind: "handed" }, { kind: "unknown" }, [], 3_600_000, "lost"],
  ["it is found on the chain before the wallet answers", { kind: "handed" }, { kind: "waiting" }, [], 0, "inMempool"],
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

const at = (progress: Progress): SentTransaction => ({ ...deposit, progress });

test("only what is final, failed or given up is settled", () => {
  expect([MINED, { kind: "final", blockHeight: 9 } as const].map((p) => isSettled(at(p)))).toEqual([false, true]);
  expect(isSettled(at({ kind: "failed", reason: "x" }))).toBe(true);
  expect(isSettled(at({ kind: "lost", reason: "x" }))).toBe(true);
  expect([{ kind: "handed" } as const, { kind: "signed" } as const, MINED].map(stepsDone)).toEqual([0, 1, 3]);
});

test("each step says where the money is, and what is waited for", () => {
  const paidOut = { ...deposit, action: "withdrawal" as const, ...{ progress: MINED } } as SentTransaction;
  const [early, settled] = [
    { tipHeight: 10, finalHeight: 8 },
    { tipHeight: 12, finalHeight: 9 },
  ];
  expect(describeTransaction(at(MINED))).toBe("The vault has it: in block 9, waiting for it to be final.");
  expect(describeTransaction(at(MINED), early)).toMatch(/block 9, 2 confirmations; final once Bitcoin blocks/);
  expect(describeTransaction(at(MINED), settled)).toMatch(/which is final; waiting for the books/);
  expect(describeTransaction(paidOut)).toMatch(/^Paid to your wallet: in block 9/);
  expect(describeTransaction(at({ kind: "final", blockHeight: 9 }))).toBe("Credited to Balanced: block 9 is final.");
  expect(describeTransaction(at({ kind: "failed", reason: "because" }))).toBe("because");
});

test("what waits long says so, and what can be done; what has just been sent does not", () => {
  const waiting = at({ kind: "inMempool" });
  expect(slowness(waiting, NOW + 599_000)).toBeNull();
  expect(slowness(waiting, NOW + 600_000)).toMatch(/raise its fee in your wallet/);
  expect(slowness({ ...waiting, expiresAt: NOW }, NOW + 600_000)).toMatch(/the vault refuses it/);
  expect(slowness(at({ kind: "handed" }), NOW + 60_000)).toMatch(/take this off the list/);
});

test("the record survives a reload exactly, newest first, and is its address's alone", () => {
  const storage = memoryStorage();
  const second = { ...deposit, id: "two", txId: null, expiresAt: 5, progress: { kind: "handed" as const } };
  let record = changeRecord([], { kind: "added", transaction: deposit });
  record = changeRecord(record, { kind: "added", transaction: second });
  keepRecord(storage, ALICE.address, record);
  expect(readRecord(storage, ALICE.address)).toEqual([second, deposit]);
  expect(readRecord(storage, DEPLOYER)).toEqual([]);
  storage.setItem(recordKey(DEPLOYER), storage.getItem(recordKey(ALICE.address)) ?? "");
  expect(readRecord(storage, DEPLOYER)).toEqual([]);
});

test("what was not sent leaves the record; what the wallet tells of late gets its id; what moves on keeps its place", () => {
  const handed = { ...deposit, id: "two", txId: null, progress: { kind: "handed" as const } };
  const record = [handed, deposit];
  expect(changeRecord(record, { kind: "withdrawn", id: "two" })).toEqual([deposit]);
  const [told] = changeRecord(record, { kind: "identified", id: "two", txId: "0x02" });
  expect(told).toEqual({ ...handed, txId: "0x02", progress: { kind: "signed" } });
  const moved = changeRecord(record, { kind: "moved", id: deposit.id, progress: MINED });
  expect(moved.map(({ progress }) => progress.kind)).toEqual(["handed", "mined"]);
});

test("a long record lets go of what is settled first", () => {
  let record: SentTransaction[] = [deposit];
  for (let n = 0; n < 40; n++) {
    const transaction = { ...at({ kind: "final", blockHeight: n }), id: `settled ${n}` };
    record = changeRecord(record, { kind: "added", transaction });
  }
  expect(record).toHaveLength(30);
  expect(record.at(-1)).toEqual(deposit);
  expect(record[0]?.id).toBe("settled 39");
});

test("a record of another version of the page is put aside", () => {
  const storage = memoryStorage();
  storage.setItem(recordKey(ALICE.address), '[{"txId":"0x02"}]');
  expect(readRecord(storage, ALICE.address)).toEqual([]);
});

test("a call whose id only the wallet knows is found by the number that is its own", () => {
  const call = (function_name: string, hex: string, contract_id = config.vaultContract) => ({
    ...{ contract_id, function_name, function_args: [{ hex: "0x01" }, { hex: `0x${hex}` }] },
  });
  const { mark } = deposit;
  const sent = (tx_id: string, contract_call: object, tx_status = "pending") => ({ tx_id, tx_status, contract_call });
  const others = [
    sent("0x1", call("withdraw-funds", mark)),
    sent("0x2", call("deposit-funds", mark, `${DEPLOYER}.other`)),
    sent("0x3", call("deposit-funds", mark.replace("7", "8"))),
    sent("0x4", call("deposit-funds", mark), "dropped_replace_by_fee"),
    { tx_id: "0x5", tx_status: "success" },
  ];
  expect(findCall({ results: others }, deposit, config.vaultContract)).toBeNull();
  const found = { results: [...others, sent("0x6", call("deposit-funds", mark.toUpperCase()))] };
  expect(findCall(found, deposit, config.vaultContract)).toBe("0x6");
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
  [{ tx_status: "dropped_replace_by_fee" }, "dropped", /took its place, so this one moved nothing/],
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
