/**
 * What a thief gets who holds one key alone: the authoriser's, the service's, the guardian's, or that of an admin who has
 * handed over. Of several at once: stolenKeys.test.ts.
 */
import { beforeEach, describe, expect, it } from "vitest";
import { Chain, DONE, errors, NO_CHANGE } from "./chain";

const chain = await Chain.open();
const { vault, sbtc, service, guardian, deployer, alice, bob } = chain;
const thief = chain.simnet.getAccounts().get("wallet_3") as string;
const POOLED = 1_000_000n;
/** At once half of each may leave. */
const CAPS = { withdrawals: 200_000n, settlements: 400_000n };
const BURST = { withdrawals: CAPS.withdrawals / 2n, settlements: CAPS.settlements / 2n };

beforeEach(async () => {
  await chain.restart();
  chain.launch({ stx: CAPS, sbtc: CAPS });
  for (const owner of [alice, bob, thief]) chain.mint(owner, POOLED);
  for (const token of [null, sbtc.identifier]) chain.send(vault.depositFunds(POOLED, token, 1n), bob);
});

const held = (owner: string) => ({ stx: chain.stxOf(owner), sbtc: chain.sbtcOf(owner) });
const result = (call: Parameters<typeof chain.send>[0], sender: string) => chain.send(call, sender).result;

describe("a thief of the authoriser's key alone", () => {
  it("gets the cap of withdrawals in any window of 144 burn blocks, and no settlement", () => {
    const before = held(thief);
    let id = 100n;
    for (let block = 0; block < 144; block += 8) {
      const room = chain.read(vault.getBucket(null))?.withdrawals.room ?? 0n;
      id += 1n;
      if (room > 0n) expect(chain.draw(chain.withdrawal({ withdrawer: thief, amount: room, id })).result).toEqual(DONE);
      const more = chain.withdrawal({ withdrawer: thief, amount: 1n, id: id + 1_000n });
      expect(chain.draw(more).result).toEqual(errors.errOutflowExceedsCap);
      chain.simnet.mineEmptyBurnBlocks(8);
    }
    const stolen = held(thief).stx - before.stx;
    expect(stolen).toBeLessThanOrEqual(CAPS.withdrawals);
    expect(stolen).toBeGreaterThanOrEqual((CAPS.withdrawals * 95n) / 100n);
    expect(chain.buy(chain.policy({ buyer: thief, policyId: 7n })).result).toEqual(DONE);
    expect(result(vault.settlePolicy(7n, 1n, null), thief)).toEqual(errors.errNotAuthorized);
  });

  it("can lock what is free behind policies of its own, for ever; the service ends each for one base unit", () => {
    const before = held(thief);
    const ids = [1n, 2n, 3n, 4n, 5n];
    const terms = { buyer: thief, premium: 1n, lock: BURST.settlements, coverage: BURST.settlements };
    const releaseAfter = errors.int64Limit - 1n;
    for (const policyId of ids)
      expect(chain.buy(chain.policy({ policyId, releaseAfter, ...terms })).result).toEqual(DONE);
    const { balance, locked } = chain.state().stx;
    expect(balance - locked).toBe(BigInt(ids.length));
    expect(chain.draw(chain.withdrawal({ withdrawer: bob, amount: 1_000n })).result).toEqual(
      errors.errInsufficientBalance,
    );
    expect(result(vault.releaseCollateralAggregate(ids, null), service)).toEqual(errors.errReleaseTooEarly);
    for (const policyId of ids) expect(result(vault.settlePolicy(policyId, 1n, null), service)).toEqual(DONE);
    expect(chain.state().stx).toMatchObject({ balance: POOLED, locked: 0n });
    expect(held(thief)).toEqual(before);
  });
});

describe("a thief of the service's key alone", () => {
  it("pays only buyers, and them what is locked behind what they have bought on signed terms", () => {
    const before = { thief: held(thief), alice: held(alice) };
    const policy = chain.policy({ lock: 100n, coverage: 200n, premium: 10n, releaseAfter: errors.int64Limit - 1n });
    expect(chain.buy(policy).result).toEqual(DONE);
    expect(chain.draw(chain.withdrawal({ withdrawer: service }), new Uint8Array(65)).result).toEqual(
      errors.errInvalidSignature,
    );
    expect(chain.buy(chain.policy({ buyer: thief, policyId: 9n }), new Uint8Array(65)).result).toEqual(
      errors.errInvalidSignature,
    );
    expect(result(vault.settlePolicy(9n, 1n, null), service)).toEqual(errors.errPolicyNotLive);
    const lock = (amount: bigint) => vault.lockCollateralAggregate([{ policyId: 1n, amount }], null);
    expect(result(lock(201n), service)).toEqual(errors.errLockExceedsCoverage);
    expect(result(lock(200n), service)).toEqual(DONE);
    expect(result(vault.releaseCollateralAggregate([1n], null), service)).toEqual(errors.errReleaseTooEarly);
    expect(result(vault.settlePolicy(1n, 201n, null), service)).toEqual(errors.errUnlockExceedsLocked);
    expect(result(vault.settlePolicy(1n, 200n, null), service)).toEqual(DONE);
    expect(held(alice).stx - before.alice.stx).toBe(190n);
    expect(held(thief)).toEqual(before.thief);
    for (const call of [vault.pause(), vault.unpause(), vault.cancelChange(), vault.scheduleChange(NO_CHANGE)]) {
      expect(result(call, service)).toEqual(errors.errNotAuthorized);
    }
  });
});

describe("a thief of the guardian's key", () => {
  it("brings a standstill that the admin ends, and moves nothing", () => {
    const seen = () => ({
      thief: held(thief),
      guardian: held(guardian),
      stx: chain.state().stx,
      sbtc: chain.state().sbtc,
    });
    const before = seen();
    const change = { ...NO_CHANGE, service: alice };
    for (let round = 0; round < 3; round += 1) {
      expect(result(vault.pause(), guardian)).toEqual(DONE);
      expect(result(vault.scheduleChange(change), deployer)).toEqual(DONE);
      expect(result(vault.cancelChange(), guardian)).toEqual(DONE);
      expect(chain.draw(chain.withdrawal({ withdrawer: bob, id: 1n })).result).toEqual(errors.errPaused);
      expect(seen()).toEqual(before);
      expect(result(vault.depositFunds(5n, null, 1n), alice)).toEqual(DONE);
      expect(chain.draw(chain.withdrawal({ withdrawer: alice, id: 1n, amount: 5n })).result).toEqual(errors.errPaused);
      expect(result(vault.unpause(), deployer)).toEqual(DONE);
      const back = chain.withdrawal({ withdrawer: alice, id: BigInt(round + 10), amount: 5n });
      expect(chain.draw(back).result).toEqual(DONE);
      before.stx = chain.state().stx;
    }
    expect(result(vault.revokeAuthorization(50n), guardian)).toEqual(DONE);
    expect(chain.draw(chain.withdrawal({ withdrawer: bob, id: 50n })).result).toEqual(errors.errAuthorizationUsed);
    const forbidden = [
      vault.unpause(),
      vault.scheduleChange({ ...NO_CHANGE, guardian: thief }),
      vault.settlePolicy(1n, 1n, null),
      vault.lockCollateralAggregate([], null),
      vault.lowerCaps({ stx: CAPS, sbtc: CAPS }),
    ];
    for (const call of forbidden) expect(result(call, guardian)).toEqual(errors.errNotAuthorized);
  });
});

describe("a thief of the deployer's key, after the admin's office has passed on", () => {
  it("is nobody to the vault", () => {
    expect(result(vault.scheduleChange({ ...NO_CHANGE, admin: alice }), deployer)).toEqual(DONE);
    chain.simnet.mineEmptyBurnBlocks(Number(errors.delayBlocks));
    expect(result(vault.applyChange(), alice)).toEqual(DONE);
    const before = chain.state();
    const forbidden = [
      vault.pause(),
      vault.unpause(),
      vault.cancelChange(),
      vault.scheduleChange({ ...NO_CHANGE, admin: thief }),
      vault.lowerCaps({ stx: CAPS, sbtc: CAPS }),
      vault.setSbtcTokenPrincipal(sbtc.identifier),
      vault.revokeAuthorization(1n),
      vault.settlePolicy(1n, 1n, null),
    ];
    for (const call of forbidden) expect(result(call, deployer)).toEqual(errors.errNotAuthorized);
    expect(chain.state()).toEqual(before);
  });
});
