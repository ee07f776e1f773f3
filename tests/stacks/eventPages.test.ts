/** How a look at the chain pages, joins and filters, against an API whose list grows and whose chain turns. */
import { Cl } from "@stacks/transactions";
import { expect, test } from "vitest";
import type { Block, ContractEvent, StacksApi, Transaction } from "../../src/stacks/api";
import { contracts } from "../../src/stacks/bindings";
import type { Known } from "../../src/stacks/canonical";
import { localDeployment } from "../../src/stacks/deployment";
import { type Observation, observeVault } from "../../src/stacks/observe";

const DEPLOYER = "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM";
const deployment = localDeployment(DEPLOYER);

const printed = (sequence: number) =>
  `0x${Cl.serialize(
    Cl.tuple({
      event: Cl.stringAscii(contracts.liquidityVault.constants.eventFundsDeposited),
      sequence: Cl.uint(sequence),
      token: Cl.none(),
      amount: Cl.uint(1),
      balance: Cl.uint(sequence),
      locked: Cl.uint(0),
      depositor: Cl.principal(DEPLOYER),
      reference: Cl.uint(0),
    }),
  )}`;

const bucket = { cap: 10n, usedByWindow: 0n, drainedAt: 1n };
const account = { balance: 5n, locked: 0n, withdrawals: bucket, settlements: bucket };

/** Event n is the only one of transaction n, in block n. */
class ListedApi implements StacksApi {
  /** Oldest first. */
  events: ContractEvent[] = [];
  changed = new Map<string, Partial<Transaction>>();
  sequence: bigint;
  pages = 0;
  beforePage = () => {};
  account = account;
  sbtcToken: string | null = deployment.sbtcContract;

  constructor(count: number) {
    this.sequence = BigInt(count);
    for (let n = 1; n <= count; n += 1) this.print(n);
  }

  print(n: number, contract = deployment.vaultContract, topic = "print") {
    const contract_log = { contract_id: contract, topic, value: { hex: printed(n) } };
    this.events.push({ event_index: 0, event_type: "smart_contract_log", tx_id: `0x${n}`, contract_log });
  }

  private block(height: number): Block {
    return {
      canonical: true,
      height,
      hash: `0xb${height}`,
      index_block_hash: `0xi${height}`,
      block_time: height,
      burn_block_height: height,
    };
  }

  blockAt = async (id: number | string) => this.block(Number(String(id).replace("0xb", "")));
  latestBlock = async () => this.block(Number(this.sequence) + 1);
  blockOfBurnBlock = async (height: number) => (height > 0 ? this.block(height) : null);

  async contractEvents(_id: string, { limit, offset }: { limit: number; offset: number }) {
    this.beforePage();
    this.pages += 1;
    expect(limit).toBeLessThanOrEqual(50);
    return this.events.toReversed().slice(offset, offset + limit);
  }

  async transactions(ids: string[]) {
    expect(ids.length).toBeLessThanOrEqual(50);
    return new Map(
      ids.map((tx_id): [string, Transaction] => [
        tx_id,
        {
          tx_id,
          tx_status: "success",
          canonical: true,
          microblock_canonical: true,
          block_hash: `0xb${tx_id.slice(2)}`,
          block_height: Number(tx_id.slice(2)),
          block_time: 1,
          tx_index: 0,
          ...this.changed.get(tx_id),
        },
      ]),
    );
  }

  async readOnly<T>(call: { function: { name: string } }): Promise<T> {
    const { sequence, sbtcToken } = this;
    const state = { sequence, heldStx: 7n, sbtcToken, stx: this.account, sbtc: this.account };
    const result = call.function.name === "get-vault-state" ? state : { isOk: true, value: 9n };
    return result as T;
  }
}

const NOTHING: Known = {
  booked: 0n,
  newest: null,
  final: null,
  tip: null,
  seenTip: null,
  ladder: () => Promise.reject(new Error("nothing was reorganised")),
};
const look = (api: StacksApi, booked = 0n, seenTip: string | null = null) =>
  observeVault(api, deployment, { ...NOTHING, booked, seenTip }, 6);

async function seen(api: StacksApi, booked = 0n): Promise<Observation> {
  const found = await look(api, booked);
  if (found.kind !== "seen") throw new Error(`nothing was seen: ${found.kind}`);
  return found.observation;
}

const sequences = ({ events }: Observation) => events.map(({ event }) => Number(event.sequence));

test("a tip that was seen is not read again", async () => {
  const api = new ListedApi(3);
  expect(await look(api, 0n, "0xb4")).toEqual({ kind: "same" });
  expect(api.pages).toBe(0);
});

test("what is held, counted and final at one tip", async () => {
  expect(await seen(new ListedApi(20), 19n)).toMatchObject({
    tip: { height: 21, burnHeight: 21 },
    final: { height: 15 },
    sequence: 20n,
    accounts: [
      { token: "STX", held: 7n, balance: 5n },
      { token: "sBTC", held: 9n, balance: 5n },
    ],
    events: [{ txId: "0x20", blockHeight: 20, event: { kind: "deposit", sequence: 20n } }],
  });
});

test("before the launch there are no accounts", async () => {
  const api = new ListedApi(1);
  api.sbtcToken = null;
  expect((await seen(api)).accounts).toEqual([]);
});

test("a cap beyond int64 is kept as the largest one", async () => {
  const api = new ListedApi(1);
  const settlements = { ...bucket, cap: 2n ** 98n };
  api.account = { ...account, withdrawals: { ...bucket, cap: 2n ** 99n, usedByWindow: 2n ** 70n }, settlements };
  const [stx] = (await seen(api)).accounts;
  expect(stx).toMatchObject({ withdrawalCap: 2n ** 63n - 1n, usedByWindow: 2n ** 63n - 1n });
  expect(stx?.settlementCap).toBe(2n ** 63n - 1n);
});

test.each([1, 40, 41, 50, 51, 100, 120, 121, 1_000])(
  "of %i events, the oldest come first, without a gap",
  async (count) => {
    const api = new ListedApi(count);
    const expected = Array.from({ length: Math.min(count, 80) }, (_, n) => n + 1);
    const found = sequences(await seen(api));
    expect(found.slice(0, 80)).toEqual(expected);
    expect(found.length).toBeLessThanOrEqual(100);
    expect(api.pages).toBeLessThanOrEqual(2);
  },
);

test("events that arrive between the pages push nothing out: what is found is in order and without a gap", async () => {
  const api = new ListedApi(200);
  api.beforePage = () => {
    const newest = api.events.length;
    for (let n = newest + 1; n <= newest + 10; n += 1) api.print(n);
  };
  const found = sequences(await seen(api));
  expect(found.length).toBeGreaterThanOrEqual(40);
  expect(found).toEqual(Array.from(found, (_, n) => n + 1));
});

test("an index that lags behind the vault is waited for", async () => {
  const api = new ListedApi(3);
  api.sequence = 5n;
  await expect(look(api, 3n)).rejects.toThrow("event 4 is not shown yet");
  expect(sequences(await seen(api, 2n))).toEqual([3]);
});

test.each([
  ["a failed transaction", { tx_status: "abort_by_response" as const }],
  ["an aborted post-condition", { tx_status: "abort_by_post_condition" as const }],
  ["another fork's", { canonical: false }],
  ["another microblock fork's", { microblock_canonical: false }],
])("%s is nothing", async (_what, change) => {
  const api = new ListedApi(3);
  api.changed.set("0x3", change);
  expect(sequences(await seen(api))).toEqual([1, 2]);
  await expect(look(api, 2n)).rejects.toThrow("event 3 is not shown yet");
});

test("where the chain's order is not that of the vault's numbers, the answers are of two chains", async () => {
  const api = new ListedApi(20);
  for (const block_height of [1, 0]) {
    api.changed.set("0x2", { block_height });
    await expect(look(api)).rejects.toThrow("Event 2 stands before event 1");
  }
  api.changed.set("0x2", { block_height: 1, tx_index: 1 });
  expect(sequences(await seen(api))).toHaveLength(20);
});

test("an event above finality whose block is not in the chain is no event", async () => {
  const api = new ListedApi(20);
  api.changed.set("0x20", { block_hash: "0xb20 of another fork" });
  await expect(look(api)).rejects.toThrow("changed during the look: block 20");
  api.changed.clear();
  expect(sequences(await seen(api))).toHaveLength(20);
});

test("a look whose tip is replaced while the events are read is thrown away", async () => {
  const api = new ListedApi(20);
  const { blockAt } = api;
  api.beforePage = () => {
    api.blockAt = async (id) => ({ ...(await blockAt(id)), ...(id === 21 && { hash: "0xb21 of another fork" }) });
  };
  await expect(look(api)).rejects.toThrow("changed during the look: block 21");
});

test("other contracts' prints and other topics are nothing of ours", async () => {
  const api = new ListedApi(2);
  api.print(3, `${DEPLOYER}.other`);
  api.print(3, deployment.vaultContract, "notprint");
  expect(sequences(await seen(api))).toEqual([1, 2]);
});

test("an event of ours that can't be decoded is not skipped", async () => {
  const api = new ListedApi(2);
  const [first] = api.events;
  if (first?.contract_log) first.contract_log.value.hex = "0x0100000000000000000000000000000001";
  await expect(look(api)).rejects.toThrow("The vault printed something unknown");
});
