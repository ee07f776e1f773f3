/** deposit-funds: anyone pays in either token; what it counts for is the backend's business. */
import { beforeEach, describe, expect, it } from "vitest";
import { Chain, DONE, errors, events, U128_MAX } from "./chain";

const chain = await Chain.open();
const { vault, sbtc, alice, bob } = chain;
const INT64_LIMIT = errors.int64Limit;
const MINTED_SATS = 1_000n;

beforeEach(async () => {
  await chain.restart();
  chain.launch();
  chain.mint(alice, MINTED_SATS);
});

const tokens = [
  { name: "STX", token: null, held: (owner: string) => chain.stxOf(owner) },
  { name: "sBTC", token: sbtc.identifier, held: (owner: string) => chain.sbtcOf(owner) },
];

describe.each(tokens)("a deposit of $name", ({ token, held }) => {
  const deposit = (amount: bigint, reference = 7n, sender = alice) =>
    chain.send(vault.depositFunds(amount, token, reference), sender);

  it("moves the amount and tells who paid it, for which commitment, and the state after it", () => {
    const before = held(alice);
    const event = { event: events.eventFundsDeposited, token, locked: 0n, depositor: alice, reference: 7n };
    expect(deposit(100n)).toEqual({
      result: DONE,
      events: [{ ...event, sequence: 3n, amount: 100n, balance: 100n }],
    });
    expect(deposit(23n).events).toEqual([{ ...event, sequence: 4n, amount: 23n, balance: 123n }]);
    expect(held(alice)).toBe(before - 123n);
    expect(held(vault.identifier)).toBe(123n);
  });

  it("is counted in its own token alone", () => {
    deposit(100n);
    const totals = [chain.read(vault.getTotalStxBalance()), chain.read(vault.getTotalSbtcBalance())];
    expect(totals).toEqual(token === null ? [100n, 0n] : [0n, 100n]);
  });

  it("leaves the buckets alone", () => {
    const buckets = chain.read(vault.getBucket(token));
    deposit(100n);
    expect(chain.read(vault.getBucket(token))).toEqual(buckets);
  });

  it("is at least one base unit and fits an int64", () => {
    for (const amount of [0n, INT64_LIMIT, U128_MAX]) {
      expect(deposit(amount)).toEqual({ result: errors.errInvalidAmount, events: [] });
    }
    expect(deposit(1n).result).toEqual(DONE);
  });

  it("is at most what the sender has", () => {
    for (const amount of [held(alice) + 1n, INT64_LIMIT - 1n]) {
      expect(deposit(amount)).toEqual({ result: errors.errTransferFailed, events: [] });
    }
    expect(deposit(held(alice)).result).toEqual(DONE);
    expect(held(alice)).toBe(0n);
  });

  it("refuses a sender who has none", () => {
    if (token !== null) expect(deposit(1n, 7n, bob).result).toEqual(errors.errTransferFailed);
    else expect(deposit(held(bob) + 1n, 7n, bob).result).toEqual(errors.errTransferFailed);
  });

  it("takes references that fit an int64", () => {
    for (const reference of [INT64_LIMIT, U128_MAX]) {
      expect(deposit(1n, reference)).toEqual({ result: errors.errInvalidId, events: [] });
    }
    for (const reference of [0n, INT64_LIMIT - 1n, INT64_LIMIT - 1n]) {
      expect(deposit(1n, reference).events).toMatchObject([{ reference }]);
    }
  });
});
