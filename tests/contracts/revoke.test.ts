/** revoke-authorization: an id that the service or the guardian revoked will never be paid, signed or not. */
import { beforeEach, describe, expect, it } from "vitest";
import { Chain, DONE, errors, events, U128_MAX } from "./chain";

const chain = await Chain.open();
const { vault, sbtc, service, guardian, deployer, alice, bob } = chain;
const USED = { result: errors.errAuthorizationUsed, events: [] };

beforeEach(async () => {
  await chain.restart();
  chain.launch();
  chain.mint(bob, 1_000n);
  for (const token of [null, sbtc.identifier]) chain.send(vault.depositFunds(1_000n, token, 1n), bob);
});

const revoke = (id: bigint, sender: string) => chain.send(vault.revokeAuthorization(id), sender);
const status = (id: bigint) => chain.read(vault.getAuthorizationStatus(id));

describe.each([
  { role: "service", sender: service },
  { role: "guardian", sender: guardian },
])("a revocation by the $role", ({ sender }) => {
  it("is told, and changes nothing but the id's status", () => {
    const before = chain.state();
    expect(status(7n)).toEqual({ paid: false, revoked: false });
    expect(revoke(7n, sender)).toEqual({
      result: DONE,
      events: [{ event: events.eventAuthorizationRevoked, sequence: 5n, id: 7n }],
    });
    expect(status(7n)).toEqual({ paid: false, revoked: true });
    expect(status(8n)).toEqual({ paid: false, revoked: false });
    expect(chain.state()).toEqual({ ...before, sequence: 5n });
  });

  it.each([null, sbtc.identifier])("stops every withdrawal of its id in %s, however late, and no other", (token) => {
    const signed = chain.withdrawal({ token, id: 7n, expiresAt: U128_MAX });
    revoke(7n, sender);
    expect(chain.draw(signed)).toEqual(USED);
    chain.simnet.mineEmptyBurnBlocks(1_000);
    for (const amount of [1n, 100n]) expect(chain.draw({ ...signed, amount })).toEqual(USED);
    expect(chain.draw({ ...signed, withdrawer: bob })).toEqual(USED);
    expect(status(7n)).toEqual({ paid: false, revoked: true });
    expect(chain.draw({ ...signed, id: 8n }).result).toEqual(DONE);
  });

  it("comes too late for an id that was paid", () => {
    chain.draw(chain.withdrawal({ id: 7n }));
    expect(revoke(7n, sender)).toEqual(USED);
    expect(status(7n)).toEqual({ paid: true, revoked: false });
  });

  it("cannot be repeated, by either", () => {
    revoke(7n, sender);
    for (const again of [service, guardian]) expect(revoke(7n, again)).toEqual(USED);
  });

  it("takes an id whose withdrawal was refused", () => {
    chain.draw(chain.withdrawal({ id: 7n, amount: 1_001n }));
    expect(revoke(7n, sender).result).toEqual(DONE);
  });

  it("takes ids that fit an int64", () => {
    for (const id of [errors.int64Limit, U128_MAX]) {
      expect(revoke(id, sender)).toEqual({ result: errors.errInvalidId, events: [] });
    }
    for (const id of [0n, errors.int64Limit - 1n]) expect(revoke(id, sender).events).toMatchObject([{ id }]);
  });
});

describe("a revocation", () => {
  it("is neither the admin's nor a user's", () => {
    for (const sender of [deployer, alice, bob]) {
      expect(revoke(7n, sender)).toEqual({ result: errors.errNotAuthorized, events: [] });
    }
    expect(status(7n)).toEqual({ paid: false, revoked: false });
  });

  it("leaves the policy of the same number alone", () => {
    revoke(1n, guardian);
    expect(chain.buy(chain.policy({ policyId: 1n })).result).toEqual(DONE);
    expect(chain.send(vault.settlePolicy(1n, 1n, null), service).result).toEqual(DONE);
  });
});
