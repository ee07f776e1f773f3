/** settle-policy: pays the registered buyer, once, out of the policy's lock and within the settlement bucket. */
import { beforeEach, describe, expect, it } from "vitest";
import type { Policy } from "./authorization";
import { Chain, DONE, errors, events, U128_MAX } from "./chain";

const chain = await Chain.open();
const { vault, sbtc, service, guardian, deployer, alice, bob } = chain;
const POOLED = 10_000n;
const SETTLEMENT_CAP = 1_000n;
const BURST = SETTLEMENT_CAP / 2n;

beforeEach(async () => {
  await chain.restart();
  const settlements = SETTLEMENT_CAP;
  chain.launch({ cap: 40_000n, stx: { settlements }, sbtc: { settlements } });
  for (const owner of [alice, bob]) chain.mint(owner, POOLED);
  for (const token of [null, sbtc.identifier]) chain.send(vault.depositFunds(POOLED, token, 1n), bob);
});

const tokens = [
  { name: "STX", token: null, other: sbtc.identifier, held: (owner: string) => chain.stxOf(owner) },
  { name: "sBTC", token: sbtc.identifier, other: null, held: (owner: string) => chain.sbtcOf(owner) },
];

/** A refusal prints nothing and leaves every variable, the policy and its buyer's money as they were. */
function expectRefusal(attempt: () => unknown, error: unknown): void {
  const seen = () => [chain.state(), chain.read(vault.getPolicy(1n)), chain.stxOf(alice), chain.sbtcOf(alice)];
  const before = seen();
  expect(attempt()).toEqual({ result: error, events: [] });
  expect(seen()).toEqual(before);
}

describe.each(tokens)("a settlement in $name", ({ token, other, held }) => {
  const settle = (policyId: bigint, amount: bigint, sender = service) =>
    chain.send(vault.settlePolicy(policyId, amount, token), sender);

  function buy(...changes: Partial<Policy>[]): void {
    for (const change of changes) expect(chain.buy(chain.policy({ token, ...change })).result).toEqual(DONE);
  }

  it("pays the registered buyer, frees the rest of the lock, and tells both and the state after it", () => {
    buy({}, { policyId: 2n });
    const before = held(alice);
    const event = { event: events.eventSettlementPaid, token, buyer: alice, unlocked: 100n };
    expect(settle(1n, 30n)).toEqual({
      result: DONE,
      events: [{ ...event, sequence: 7n, amount: 30n, balance: POOLED - 10n, locked: 100n, policyId: 1n }],
    });
    expect(settle(2n, 100n).events).toEqual([
      { ...event, sequence: 8n, amount: 100n, balance: POOLED - 110n, locked: 0n, policyId: 2n },
    ]);
    expect(held(alice)).toBe(before + 130n);
    expect(held(vault.identifier)).toBe(POOLED - 110n);
  });

  it("ends its policy, and changes nothing else of it", () => {
    buy({}, { policyId: 2n });
    const [ended, untouched] = [1n, 2n].map((id) => chain.read(vault.getPolicy(id)));
    settle(1n, 30n);
    expect(chain.read(vault.getPolicy(1n))).toEqual({ ...ended, lock: 0n });
    expect(chain.read(vault.getPolicy(2n))).toEqual(untouched);
  });

  it("frees the rest for withdrawals", () => {
    buy({ lock: 500n, coverage: 500n });
    settle(1n, 1n);
    const draw = (amount: bigint) => chain.draw(chain.withdrawal({ token, amount, withdrawer: bob }));
    expect(draw(POOLED + 10n)).toEqual({ result: errors.errInsufficientBalance, events: [] });
    expect(draw(POOLED + 9n).result).toEqual(DONE);
  });

  it("is at most what is locked, however much the policy covers", () => {
    buy({});
    for (const amount of [101n, 200n, errors.int64Limit - 1n]) {
      expectRefusal(() => settle(1n, amount), errors.errUnlockExceedsLocked);
    }
    expect(settle(1n, 100n).result).toEqual(DONE);
  });

  it("can use what was locked after the sale", () => {
    buy({});
    chain.send(vault.lockCollateralAggregate([{ policyId: 1n, amount: 200n }], token), service);
    expectRefusal(() => settle(1n, 201n), errors.errUnlockExceedsLocked);
    expect(settle(1n, 200n).events).toMatchObject([{ amount: 200n, unlocked: 200n, locked: 0n }]);
  });

  it("is at least one base unit and fits an int64", () => {
    buy({});
    for (const amount of [0n, errors.int64Limit, U128_MAX]) {
      expectRefusal(() => settle(1n, amount), errors.errInvalidAmount);
    }
    expect(settle(1n, 1n).result).toEqual(DONE);
  });

  it("is paid once for each policy", () => {
    buy({}, { policyId: 2n });
    expect(settle(1n, 30n).result).toEqual(DONE);
    for (const amount of [30n, 70n, 1n]) expectRefusal(() => settle(1n, amount), errors.errPolicyNotLive);
  });

  it("is not paid after the release, nor for a policy that was never bought", () => {
    buy({}, { policyId: 2n });
    chain.send(vault.releaseCollateralAggregate([1n], token), service);
    for (const policyId of [1n, 3n, errors.int64Limit, U128_MAX]) {
      expectRefusal(() => settle(policyId, 1n), errors.errPolicyNotLive);
    }
  });

  it("does not wait for release-after, nor end there", () => {
    buy({ releaseAfter: errors.int64Limit - 1n }, { policyId: 2n, releaseAfter: 0n });
    for (const policyId of [1n, 2n]) expect(settle(policyId, 1n).result).toEqual(DONE);
  });

  it("is in the policy's own token", () => {
    // As much is locked in the other, so that nothing but the rule refuses.
    buy({}, { policyId: 2n, token: other });
    const copy = chain.deploy("sbtc-token-copy", chain.simnet.getContractSource(sbtc.identifier) as string);
    for (const stranger of [other, copy]) {
      const attempt = () => chain.send(vault.settlePolicy(1n, 1n, stranger), service);
      expectRefusal(attempt, errors.errInvalidTokenContract);
    }
  });

  it("is the service's, and not even the buyer's", () => {
    buy({});
    for (const sender of [alice, bob, deployer, guardian]) {
      expectRefusal(() => settle(1n, 1n, sender), errors.errNotAuthorized);
    }
  });

  it("is not paid while the vault is paused, and is after it", () => {
    buy({});
    chain.send(vault.pause(), guardian);
    expectRefusal(() => settle(1n, 1n), errors.errPaused);
    chain.send(vault.unpause(), deployer);
    expect(settle(1n, 1n).result).toEqual(DONE);
  });

  it("passes the bucket of settlements, which lets half the cap through at once and drains", () => {
    buy({ lock: BURST, coverage: BURST }, { policyId: 2n }, { policyId: 3n });
    expect(settle(1n, BURST - 1n).result).toEqual(DONE);
    expect(settle(2n, 2n)).toEqual({ result: errors.errOutflowExceedsCap, events: [] });
    expect(settle(2n, 1n).result).toEqual(DONE);
    expect(settle(3n, 1n)).toEqual({ result: errors.errOutflowExceedsCap, events: [] });
    expect(chain.read(vault.getPolicy(3n))?.lock).toBe(100n);
    chain.simnet.mineEmptyBurnBlocks(1);
    expect(settle(3n, 4n)).toEqual({ result: errors.errOutflowExceedsCap, events: [] });
    expect(settle(3n, 3n).result).toEqual(DONE);
  });

  it("leaves the bucket of withdrawals and both of the other token alone, and withdrawals leave it its own", () => {
    buy({ lock: BURST, coverage: BURST });
    const before = chain.read(vault.getBucket(token));
    const elsewhere = chain.read(vault.getBucket(other));
    expect(chain.draw(chain.withdrawal({ token, amount: 1_000n })).result).toEqual(DONE);
    expect(chain.read(vault.getBucket(token))?.settlements).toEqual({ cap: SETTLEMENT_CAP, room: BURST });
    expect(settle(1n, BURST).result).toEqual(DONE);
    expect(chain.read(vault.getBucket(token))).toEqual({
      withdrawals: { cap: 40_000n, room: (before?.withdrawals.room ?? 0n) - 1_000n },
      settlements: { cap: SETTLEMENT_CAP, room: 0n },
    });
    expect(chain.read(vault.getBucket(other))).toEqual(elsewhere);
  });

  it("of the full coverage waits for a cap that was lowered after the sale", () => {
    buy({ lock: BURST, coverage: BURST });
    const lower = { withdrawals: 40_000n, settlements: SETTLEMENT_CAP - 2n };
    chain.send(vault.lowerCaps({ stx: lower, sbtc: lower }), deployer);
    expectRefusal(() => settle(1n, BURST), errors.errOutflowExceedsCap);
    chain.simnet.mineEmptyBurnBlocks(1_000);
    expectRefusal(() => settle(1n, BURST), errors.errOutflowExceedsCap);
    expect(settle(1n, BURST - 1n).result).toEqual(DONE);
  });
});
