/**
 * What a thief gets who holds the backend's keys and plays as well as can be scripted: at most the caps, until the
 * guardian stops it; and nothing that others have locked. All keys but the guardian's are stolen in turn.
 */
import { tx } from "@stacks/clarinet-sdk";
import { Cl } from "@stacks/transactions";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OTHER_KEY, type Policy, sign, signPolicy } from "./authorization";
import { Chain, DONE, errors, NO_CHANGE, publicKeyOf, U128_MAX } from "./chain";

const chain = await Chain.open();
const { vault, sbtc, service, guardian, deployer, alice, bob } = chain;
const thief = chain.simnet.getAccounts().get("wallet_3") as string;
const POOLED = 10_000_000n;
const LOCKED = 250_000n;
const PREMIUM = 1n;
const DELAY = Number(errors.delayBlocks);
/** One every second block, and for more than a window, so that one is full of thefts. */
const STRIKES = (errors.windowBlocks + 50n) / 2n;
const LONG_TEST_MS = 600_000;
const NO_CAP = { withdrawals: errors.capLimit - 1n, settlements: errors.capLimit - 1n };
const RAISE = { ...NO_CHANGE, caps: { stx: NO_CAP, sbtc: NO_CAP } };

const accounts = [
  { side: "stx", token: null, withdrawals: 1_000_000n, settlements: 600_000n },
  { side: "sbtc", token: sbtc.identifier, withdrawals: 500_000n, settlements: 700_000n },
] as const;
type Side = (typeof accounts)[number]["side"];

let losses: { side: Side; height: bigint; net: bigint; gross: bigint }[];
let lastId = 100n;

beforeEach(async () => {
  // The SDK prints the events of each mined block.
  vi.spyOn(console, "log").mockImplementation(() => {});
  await chain.restart();
  losses = [];
  chain.launch({ stx: accounts[0], sbtc: accounts[1] });
  for (const owner of [alice, bob, thief]) chain.mint(owner, POOLED);
  for (const { token } of accounts) {
    chain.send(vault.depositFunds(POOLED, token, 1n), bob);
    expect(chain.buy(honestPolicy(token)).result).toEqual(DONE);
  }
});

afterEach(() => vi.restoreAllMocks());

/** Another buyer's policy, which can't be released while the thief is at work. */
function honestPolicy(token: string | null): Policy {
  const [policyId, releaseAfter] = [token === null ? 1n : 2n, errors.int64Limit - 1n];
  return chain.policy({ token, policyId, lock: LOCKED, coverage: LOCKED, releaseAfter });
}

const least = (...amounts: bigint[]) => amounts.reduce((least, amount) => (amount < least ? amount : least));
const holdings = (owner: string) => ({ stx: chain.stxOf(owner), sbtc: chain.sbtcOf(owner) });
const burnHeight = () => BigInt(chain.simnet.burnBlockHeight);
const nextBurnBlock = () => chain.simnet.mineEmptyBurnBlocks(1);
type Call = Parameters<typeof chain.send>[0];
const transactionOf = ({ contractAddress, contractName, function: abi, functionArgs }: Call, sender: string) =>
  tx.callPublicFn(`${contractAddress}.${contractName}`, abi.name, functionArgs, sender);

/** A policy on the thief's own terms, its settlement in full, and a withdrawal: all that the buckets let through now. */
function theftOf({ side, token }: (typeof accounts)[number], state = chain.books()) {
  const bucket = chain.read(vault.getBucket(token));
  if (bucket === null) throw new Error("the vault is not launched");
  const { balance, locked } = state[side];
  lastId += 1n;
  const payout = least(bucket.settlements.room, balance - locked);
  const terms = { lock: payout, coverage: payout, releaseAfter: 0n, expiresAt: U128_MAX };
  const policy = chain.policy({ buyer: thief, policyId: lastId, token, premium: PREMIUM, ...terms });
  const amount = least(bucket.withdrawals.room, balance - locked - payout + PREMIUM);
  const authorization = { id: lastId, expiresAt: U128_MAX };
  const withdrawal = chain.withdrawal({ withdrawer: thief, token, amount, ...authorization });
  const calls = [
    { call: vault.payPremium(lastId, PREMIUM, token, terms, signPolicy(policy)), sender: thief },
    { call: vault.settlePolicy(lastId, payout, token), sender: service },
    { call: vault.withdrawFunds(amount, token, authorization, sign(withdrawal)), sender: thief },
  ];
  return calls.map(({ call, sender }) => transactionOf(call, sender));
}

/** Empties all four buckets within one Stacks block, and notes what the books lost by it. */
function strike(): void {
  const before = chain.books();
  const outcomes = chain.simnet.mineBlock(accounts.flatMap((account) => theftOf(account, before)));
  for (const { result } of outcomes) expect(result).toEqual(Cl.ok(Cl.bool(true)));
  const after = chain.books();
  for (const { side } of accounts) {
    const net = before[side].balance - after[side].balance;
    losses.push({ side, height: burnHeight(), net, gross: net + PREMIUM });
  }
}

const sum = (side: Side, kind: "net" | "gross", from = 0n, to = U128_MAX) =>
  losses
    .filter((loss) => loss.side === side && loss.height >= from && loss.height <= to)
    .reduce((total, loss) => total + loss[kind], 0n);

/** The most that was lost in any window of 144 burn blocks, counting both of its ends. */
const busiestWindow = (side: Side, kind: "net" | "gross") =>
  losses
    .map(({ height }) => sum(side, kind, height, height + errors.windowBlocks))
    .reduce((most, total) => (total > most ? total : most), 0n);

/** In no window more than both caps, even before what the thief paid in; and in one nearly that, after it. */
function expectLossesWithinCaps(): void {
  for (const { side, withdrawals, settlements } of accounts) {
    const caps = withdrawals + settlements;
    expect(busiestWindow(side, "gross")).toBeLessThanOrEqual(caps);
    expect(busiestWindow(side, "net")).toBeGreaterThanOrEqual((caps * 95n) / 100n);
  }
}

/** The vault still holds all that it counts, and the honest buyer's policies are live and paid in full. */
function expectHonestBuyerIsPaid(): void {
  const { heldStx, stx, sbtc: sats } = chain.state();
  expect([heldStx, chain.sbtcOf(vault.identifier)]).toEqual([stx.balance, sats.balance]);
  const before = holdings(alice);
  for (const { token } of accounts) {
    const { policyId } = honestPolicy(token);
    expect(chain.read(vault.getPolicy(policyId))).toMatchObject({ buyer: alice, lock: LOCKED });
    expect(chain.send(vault.settlePolicy(policyId, LOCKED, token), service).result).toEqual(DONE);
  }
  expect(holdings(alice)).toEqual({ stx: before.stx + LOCKED, sbtc: before.sbtc + LOCKED });
}

/** What the thief tries of the honest buyer's: to release it, and to have it for itself. */
function attackHonestPolicies(): void {
  for (const { token } of accounts) {
    const { policyId } = honestPolicy(token);
    const release = vault.releaseCollateralAggregate([policyId], token);
    expect(chain.send(release, service).result).toEqual(errors.errReleaseTooEarly);
    const stolen = { ...honestPolicy(token), buyer: thief };
    expect(chain.buy(stolen).result).toEqual(errors.errPolicyExists);
  }
}

describe("a thief of the service's and the authoriser's keys", () => {
  it("gets the caps of each window, until the guardian pauses; then nothing", { timeout: LONG_TEST_MS }, () => {
    const before = { thief: holdings(thief), bob: holdings(bob), alice: holdings(alice) };
    const counted = chain.state();
    for (let strikes = 0n; strikes < STRIKES; strikes++) {
      strike();
      chain.simnet.mineEmptyBurnBlocks(2);
    }
    expectLossesWithinCaps();
    attackHonestPolicies();
    const after = chain.state();
    for (const { side } of accounts) {
      expect(holdings(thief)[side] - before.thief[side]).toBe(sum(side, "net"));
      expect(sum(side, "gross") - sum(side, "net")).toBe(STRIKES * PREMIUM);
      expect(after[side]).toMatchObject({ balance: counted[side].balance - sum(side, "net"), locked: LOCKED });
    }
    expect([holdings(bob), holdings(alice)]).toEqual([before.bob, before.alice]);

    const ready = chain.policy({ policyId: 50n, buyer: thief, lock: 1_000n, coverage: 1_000n });
    expect(chain.buy(ready).result).toEqual(DONE);
    const loot = holdings(thief);
    expect(chain.send(vault.pause(), guardian).result).toEqual(DONE);
    for (let day = 0; day < 3; day++) {
      chain.simnet.mineEmptyBurnBlocks(DELAY);
      const outcomes = chain.simnet.mineBlock(accounts.flatMap((account) => theftOf(account)));
      for (const { result } of outcomes) expect(result).toEqual(Cl.error(Cl.uint(errors.errPaused.value)));
      expect(chain.send(vault.settlePolicy(50n, 1_000n, null), service).result).toEqual(errors.errPaused);
      for (const sender of [service, thief]) {
        expect(chain.send(vault.unpause(), sender).result).toEqual(errors.errNotAuthorized);
      }
    }
    expect(holdings(thief)).toEqual(loot);
    chain.send(vault.unpause(), deployer);
    expectHonestBuyerIsPaid();
  });

  it("gets nothing of what is locked for others, even where no cap would stop it", () => {
    chain.send(vault.scheduleChange(RAISE), deployer);
    chain.simnet.mineEmptyBurnBlocks(DELAY);
    chain.send(vault.applyChange(), bob);
    strike();
    for (const { side, token } of accounts) {
      expect(chain.state()[side]).toMatchObject({ balance: LOCKED, locked: LOCKED });
      const more = chain.withdrawal({ withdrawer: thief, token, amount: 1n, id: 7n });
      expect(chain.draw(more).result).toEqual(errors.errInsufficientBalance);
      const policy = chain.policy({ policyId: 7n, buyer: thief, token, premium: 1n, lock: 1n });
      expect(chain.buy(policy).result).toEqual(errors.errLockExceedsAvailable);
    }
    attackHonestPolicies();
    expectHonestBuyerIsPaid();
  });
});

const OVERTHROW = {
  ...RAISE,
  service: thief,
  guardian: thief,
  authoriser: publicKeyOf(OTHER_KEY),
};
const overthrow = () => expect(chain.send(vault.scheduleChange(OVERTHROW), deployer).result).toEqual(DONE);

function configuration() {
  const { admin, service, guardian, authoriser, sbtcToken, stx, sbtc } = chain.state();
  const caps = [stx, sbtc].flatMap(({ withdrawals, settlements }) => [withdrawals.cap, settlements.cap]);
  return { roles: { admin, service, guardian, authoriser, sbtcToken }, caps };
}

describe("a thief of the admin's key", () => {
  const withdrawal = chain.withdrawal({ withdrawer: thief, id: 7n, expiresAt: U128_MAX });
  const lowered = (by: bigint) => {
    const { stx, sbtc } = chain.state();
    const caps = ({ withdrawals, settlements }: typeof stx) => ({
      withdrawals: withdrawals.cap - by,
      settlements: settlements.cap - by,
    });
    return vault.lowerCaps({ stx: caps(stx), sbtc: caps(sbtc) });
  };
  /** Each with the answer that it gets; none of them touches a change that waits. */
  const tries: { call: () => Call; error?: unknown }[] = [
    { call: () => vault.pause() },
    { call: () => vault.unpause() },
    { call: () => lowered(-1n), error: errors.errCapNotLower },
    { call: () => vault.setSbtcTokenPrincipal(sbtc.identifier), error: errors.errAlreadyInitialized },
    { call: () => vault.settlePolicy(1n, 1n, null), error: errors.errNotAuthorized },
    { call: () => vault.lockCollateralAggregate([], null), error: errors.errNotAuthorized },
    { call: () => vault.releaseCollateralAggregate([1n], null), error: errors.errNotAuthorized },
    { call: () => vault.revokeAuthorization(1n), error: errors.errNotAuthorized },
    { call: () => vault.absorbSurplus(null), error: errors.errNoSurplus },
  ];

  /** Lives through the whole delay of a change but its last block, trying everything, and loosens and gains nothing. */
  function liveThroughDelay(): void {
    const seen = () => ({ ...configuration(), thief: holdings(thief), admin: holdings(deployer) });
    const before = seen();
    overthrow();
    for (let block = 1; block < DELAY; block++) {
      nextBurnBlock();
      if (block % 13 === 0 || block === DELAY - 1) {
        expect(chain.send(vault.applyChange(), deployer).result).toEqual(errors.errChangeTooEarly);
      }
      const { call, error = DONE } = tries[block % tries.length] as (typeof tries)[number];
      expect(chain.send(call(), deployer).result).toEqual(error);
      expect(seen()).toEqual(before);
    }
    chain.send(vault.unpause(), deployer);
    expect(chain.draw(withdrawal, sign(withdrawal, { key: OTHER_KEY })).result).toEqual(errors.errInvalidSignature);
    expect(chain.state().pendingChange).not.toBeNull();
  }

  it("gains nothing as long as the guardian cancels in time, again and again", { timeout: LONG_TEST_MS }, () => {
    for (let round = 0; round < 2; round++) {
      liveThroughDelay();
      expect(chain.send(vault.cancelChange(), guardian).result).toEqual(DONE);
      nextBurnBlock();
      expect(chain.send(vault.applyChange(), thief).result).toEqual(errors.errNoPendingChange);
    }
    expectHonestBuyerIsPaid();
  });

  it("has the vault if nobody cancels for the whole delay", () => {
    overthrow();
    chain.simnet.mineEmptyBurnBlocks(DELAY);
    expect(chain.send(vault.applyChange(), thief).result).toEqual(DONE);
    expect(configuration().roles).toMatchObject({ service: thief, guardian: thief });
    expect(chain.draw(withdrawal, sign(withdrawal, { key: OTHER_KEY })).result).toEqual(DONE);
  });

  it("can tighten, and what it lowered only rises again after the delay", () => {
    expect(chain.send(lowered(1_000n), deployer).result).toEqual(DONE);
    expect(configuration().caps).toEqual([999_000n, 599_000n, 499_000n, 699_000n]);
    expect(chain.send(lowered(-1n), deployer).result).toEqual(errors.errCapNotLower);
  });
});

describe("a thief of every key but the guardian's", () => {
  const raise = () => expect(chain.send(vault.scheduleChange(RAISE), deployer).result).toEqual(DONE);

  it("gets the caps, whoever pauses, until a change has passed its delay", { timeout: LONG_TEST_MS }, () => {
    for (let round = 0; round < 2; round++) {
      raise();
      for (let block = 0; block < DELAY; block += 2) {
        if (block % 24 === 0) {
          expect(chain.send(vault.pause(), guardian).result).toEqual(DONE);
          expect(chain.send(vault.unpause(), deployer).result).toEqual(DONE);
        }
        strike();
        chain.simnet.mineEmptyBurnBlocks(2);
      }
      expect(chain.send(vault.cancelChange(), guardian).result).toEqual(DONE);
    }
    expectLossesWithinCaps();
    attackHonestPolicies();

    raise();
    chain.simnet.mineEmptyBurnBlocks(DELAY);
    expect(chain.send(vault.applyChange(), thief).result).toEqual(DONE);
    strike();
    for (const { side, withdrawals, settlements } of accounts) {
      expect(busiestWindow(side, "net")).toBeGreaterThan(withdrawals + settlements);
    }
    expectHonestBuyerIsPaid();
  });
});
