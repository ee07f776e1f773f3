/** The service's batches: locks that rise with the risk of their policies, and are released when these have ended. */
import { beforeEach, describe, expect, it } from "vitest";
import type { Policy } from "./authorization";
import { Chain, DONE, errors, events, U128_MAX } from "./chain";

const chain = await Chain.open();
const { vault, sbtc, service, guardian, deployer, alice, bob } = chain;
const POOLED = 10_000n;
const COVERAGE = 200n;
const BATCH = 50;

beforeEach(async () => {
  await chain.restart();
  chain.launch({ cap: 40_000n });
  for (const owner of [alice, bob]) chain.mint(owner, POOLED);
  for (const token of [null, sbtc.identifier]) chain.send(vault.depositFunds(POOLED, token, 1n), bob);
});

const tokens = [
  { name: "STX", token: null, other: sbtc.identifier },
  { name: "sBTC", token: sbtc.identifier, other: null },
];

type Target = { policyId: bigint; amount: bigint };
type Token = string | null;

const lock = (targets: Target[], token: Token, sender = service) =>
  chain.send(vault.lockCollateralAggregate(targets, token), sender);
const release = (policyIds: bigint[], token: Token, sender = service) =>
  chain.send(vault.releaseCollateralAggregate(policyIds, token), sender);
const lockOf = (policyId: bigint) => chain.read(vault.getPolicy(policyId))?.lock;

/** Policies 1, 2, 3 and so on, each with 100 locked of a coverage of 200 and a premium of 10. */
function buyPolicies(count: number, token: Token, changes: Partial<Policy> = {}): bigint[] {
  const ids = Array.from({ length: count }, (_, i) => BigInt(i + 1));
  for (const policyId of ids) expect(chain.buy(chain.policy({ token, policyId, ...changes })).result).toEqual(DONE);
  return ids;
}

/** A refusal prints nothing and leaves every variable, and all locks, as they were. */
function expectRefusal(attempt: () => unknown, error: unknown): void {
  const seen = () => [chain.state(), [1n, 2n, 3n].map((id) => chain.read(vault.getPolicy(id)))];
  const before = seen();
  expect(attempt()).toEqual({ result: error, events: [] });
  expect(seen()).toEqual(before);
}

describe.each(tokens)("a batch of locks in $name", ({ token, other }) => {
  const event = { event: events.eventCollateralLocked, token };

  it("raises each lock to its amount, and tells what was added and the state after it", () => {
    buyPolicies(3, token);
    const targets = [
      { policyId: 2n, amount: 150n },
      { policyId: 1n, amount: 101n },
    ];
    const added = [
      { policyId: 2n, amount: 50n },
      { policyId: 1n, amount: 1n },
    ];
    const state = { sequence: 8n, amount: 51n, balance: POOLED + 30n, locked: 351n };
    expect(lock(targets, token)).toEqual({ result: DONE, events: [{ ...event, ...state, policies: added }] });
    expect([1n, 2n, 3n].map(lockOf)).toEqual([101n, 150n, 100n]);
  });

  it("changes nothing of a policy but its lock, and no bucket", () => {
    buyPolicies(1, token);
    const [policy, bucket] = [chain.read(vault.getPolicy(1n)), chain.read(vault.getBucket(token))];
    lock([{ policyId: 1n, amount: 150n }], token);
    expect(chain.read(vault.getPolicy(1n))).toEqual({ ...policy, lock: 150n });
    expect(chain.read(vault.getBucket(token))).toEqual(bucket);
  });

  it("leaves a lock that stands at the amount or higher, so that repeating it is harmless", () => {
    buyPolicies(1, token);
    for (const [i, amount] of [150n, 150n, 149n, 100n, 1n, 0n].entries()) {
      const added = i === 0 ? 50n : 0n;
      expect(lock([{ policyId: 1n, amount }], token).events).toMatchObject([
        { amount: added, locked: 150n, policies: [{ policyId: 1n, amount: added }] },
      ]);
      expect(lockOf(1n)).toBe(150n);
    }
  });

  it("finds in a policy's second entry what its first has locked", () => {
    buyPolicies(2, token);
    const twice = (policyId: bigint, amounts: bigint[]) => amounts.map((amount) => ({ policyId, amount }));
    const entries = [...twice(1n, [150n, 180n]), ...twice(2n, [180n, 150n])];
    expect(lock(entries, token).events).toMatchObject([
      {
        amount: 160n,
        locked: 360n,
        policies: [...twice(1n, [50n, 30n]), ...twice(2n, [80n, 0n])],
      },
    ]);
    expect([1n, 2n].map(lockOf)).toEqual([180n, 180n]);
  });

  it("takes fifty, and one more than that is no batch", () => {
    const ids = buyPolicies(BATCH, token);
    const targets = ids.map((policyId) => ({ policyId, amount: 100n + policyId }));
    const added = ids.map((policyId) => ({ policyId, amount: policyId }));
    expect(lock(targets, token).events).toMatchObject([{ amount: 1_275n, locked: 6_275n, policies: added }]);
    expect(ids.map(lockOf)).toEqual(targets.map(({ amount }) => amount));
    expect(() => lock([...targets, { policyId: 1n, amount: 1n }], token)).toThrow();
  });

  it("of nothing adds nothing", () => {
    const { balance, locked } = { balance: POOLED, locked: 0n };
    expect(lock([], token)).toEqual({
      result: DONE,
      events: [{ ...event, sequence: 5n, amount: 0n, balance, locked, policies: [] }],
    });
  });

  it("raises to the coverage at most", () => {
    buyPolicies(1, token);
    for (const amount of [COVERAGE + 1n, errors.int64Limit, U128_MAX]) {
      expectRefusal(() => lock([{ policyId: 1n, amount }], token), errors.errLockExceedsCoverage);
    }
    expect(lock([{ policyId: 1n, amount: COVERAGE }], token).result).toEqual(DONE);
  });

  it("takes all that is free, together, and not one unit more", () => {
    buyPolicies(2, token, { coverage: 20_000n });
    const targets = (more: bigint) => [
      { policyId: 1n, amount: 5_000n },
      { policyId: 2n, amount: 5_020n + more },
    ];
    expectRefusal(() => lock(targets(1n), token), errors.errLockExceedsAvailable);
    expect(lock(targets(0n), token).events).toMatchObject([{ balance: 10_020n, locked: 10_020n }]);
  });

  it("does nothing at all if one policy is unknown, ended, above its coverage, or of the other token", () => {
    buyPolicies(2, token);
    chain.buy(chain.policy({ policyId: 3n, token: other }));
    release([2n], token);
    const good = { policyId: 1n, amount: 150n };
    const bad: [Target, unknown][] = [
      [{ policyId: 4n, amount: 150n }, errors.errPolicyNotLive],
      [{ policyId: 2n, amount: 150n }, errors.errPolicyNotLive],
      [{ policyId: errors.int64Limit, amount: 150n }, errors.errPolicyNotLive],
      [{ policyId: U128_MAX, amount: 150n }, errors.errPolicyNotLive],
      [{ policyId: 1n, amount: 201n }, errors.errLockExceedsCoverage],
      [{ policyId: 3n, amount: 150n }, errors.errInvalidTokenContract],
    ];
    for (const [target, error] of bad) {
      for (const batch of [[target], [good, target], [target, good]]) expectRefusal(() => lock(batch, token), error);
    }
    expect(lock([good], token).result).toEqual(DONE);
  });

  it("is the service's", () => {
    buyPolicies(1, token);
    for (const sender of [alice, bob, deployer, guardian]) {
      expectRefusal(() => lock([{ policyId: 1n, amount: 150n }], token, sender), errors.errNotAuthorized);
    }
  });
});

describe.each(tokens)("a batch of releases in $name", ({ token, other }) => {
  const event = { event: events.eventCollateralReleased, token };

  it("frees each whole lock, and tells how much and the state after it", () => {
    buyPolicies(3, token);
    lock([{ policyId: 3n, amount: 150n }], token);
    const policies = [
      { policyId: 3n, amount: 150n },
      { policyId: 1n, amount: 100n },
    ];
    const state = { sequence: 9n, amount: 250n, balance: POOLED + 30n, locked: 100n };
    expect(release([3n, 1n], token)).toEqual({ result: DONE, events: [{ ...event, ...state, policies }] });
    expect([1n, 2n, 3n].map(lockOf)).toEqual([0n, 100n, 0n]);
  });

  it("makes what it freed withdrawable again", () => {
    buyPolicies(1, token, { lock: POOLED, coverage: POOLED });
    const draw = () => chain.draw(chain.withdrawal({ token, amount: POOLED + 10n }));
    expect(draw()).toEqual({ result: errors.errInsufficientBalance, events: [] });
    release([1n], token);
    expect(draw().result).toEqual(DONE);
  });

  it("is refused one second before release-after", () => {
    buyPolicies(1, token, { releaseAfter: chain.nextBlockTime() + 11n });
    expectRefusal(() => release([1n], token), errors.errReleaseTooEarly);
    expect(release([1n], token).result).toEqual(DONE);
  });

  it("is accepted in the second of release-after", () => {
    buyPolicies(1, token, { releaseAfter: chain.nextBlockTime() + 10n });
    expect(release([1n], token).result).toEqual(DONE);
  });

  it("takes fifty, and one more than that is no batch", () => {
    const ids = buyPolicies(BATCH, token);
    expect(() => release([...ids, 51n], token)).toThrow();
    const freed = ids.map((policyId) => ({ policyId, amount: 100n }));
    expect(release(ids, token).events).toMatchObject([{ amount: 5_000n, locked: 0n, policies: freed }]);
    expect(new Set(ids.map(lockOf))).toEqual(new Set([0n]));
  });

  it("of nothing frees nothing", () => {
    expect(release([], token)).toEqual({
      result: DONE,
      events: [{ ...event, sequence: 5n, amount: 0n, balance: POOLED, locked: 0n, policies: [] }],
    });
  });

  it("does nothing at all if one policy is named twice, unknown, ended, too early, or of the other token", () => {
    buyPolicies(1, token);
    chain.buy(chain.policy({ policyId: 2n, token, releaseAfter: errors.int64Limit - 1n }));
    chain.buy(chain.policy({ policyId: 3n, token: other }));
    chain.buy(chain.policy({ policyId: 4n, token }));
    chain.send(vault.settlePolicy(4n, 1n, token), service);
    const bad: [bigint, unknown][] = [
      [1n, errors.errPolicyNotLive],
      [4n, errors.errPolicyNotLive],
      [5n, errors.errPolicyNotLive],
      [U128_MAX, errors.errPolicyNotLive],
      [2n, errors.errReleaseTooEarly],
      [3n, errors.errInvalidTokenContract],
    ];
    for (const [policyId, error] of bad) {
      for (const batch of [
        [1n, policyId],
        [policyId, 1n],
      ]) {
        expectRefusal(() => release(batch, token), error);
      }
    }
    expect(release([1n], token).result).toEqual(DONE);
    expectRefusal(() => release([1n], token), errors.errPolicyNotLive);
  });

  it("is the service's", () => {
    buyPolicies(1, token);
    for (const sender of [alice, bob, deployer, guardian]) {
      expectRefusal(() => release([1n], token, sender), errors.errNotAuthorized);
    }
  });
});

describe("a batch in a token that is not accepted", () => {
  it.each(["before the launch", "after it"])("is refused even when it is empty, %s", async (when) => {
    if (when === "before the launch") await chain.restart();
    const sender = when === "before the launch" ? deployer : service;
    const strangers = when === "before the launch" ? [null, sbtc.identifier] : [vault.identifier, alice];
    for (const token of strangers) {
      expectRefusal(() => lock([], token, sender), errors.errInvalidTokenContract);
      expectRefusal(() => release([], token, sender), errors.errInvalidTokenContract);
    }
  });
});
