/** pause and unpause: what stops, what goes on, and who decides. */
import { beforeEach, describe, expect, it } from "vitest";
import { Chain, DONE, errors, events, NO_CHANGE } from "./chain";

const chain = await Chain.open();
const { vault, sbtc, service, guardian, deployer, alice, bob } = chain;
const PAUSED = { result: errors.errPaused, events: [] };

beforeEach(async () => {
  await chain.restart();
  chain.launch();
  for (const owner of [alice, bob]) chain.mint(owner, 2_000n);
  for (const token of [null, sbtc.identifier]) chain.send(vault.depositFunds(1_000n, token, 1n), bob);
});

const pause = (sender = guardian) => chain.send(vault.pause(), sender);
const unpause = (sender = deployer) => chain.send(vault.unpause(), sender);

/** A refusal prints nothing and leaves every variable as it was. */
function expectRefusal(attempt: () => unknown, error: unknown): void {
  const before = chain.state();
  expect(attempt()).toEqual({ result: error, events: [] });
  expect(chain.state()).toEqual(before);
}

describe("a pause", () => {
  it.each([
    ["guardian", guardian],
    ["admin", deployer],
  ])("is the %s's, is told, and changes nothing else", (_, sender) => {
    const before = chain.state();
    expect(pause(sender)).toEqual({ result: DONE, events: [{ event: events.eventVaultPaused, sequence: 5n }] });
    expect(chain.state()).toEqual({ ...before, sequence: 5n, paused: true });
  });

  it("is nobody else's", () => {
    for (const sender of [service, alice, bob]) expectRefusal(() => pause(sender), errors.errNotAuthorized);
  });

  it("can be repeated, and one end of it ends it", () => {
    pause();
    expect(pause().events).toMatchObject([{ event: events.eventVaultPaused, sequence: 6n }]);
    unpause();
    expect(chain.state().paused).toBe(false);
  });
});

describe("the end of a pause", () => {
  it("is the admin's, is told, and leaves all as it was before", () => {
    const before = chain.state();
    pause();
    expect(unpause()).toEqual({ result: DONE, events: [{ event: events.eventVaultUnpaused, sequence: 6n }] });
    expect(chain.state()).toEqual({ ...before, sequence: 6n });
  });

  it("is not even the guardian's", () => {
    pause();
    for (const sender of [guardian, service, alice, bob]) {
      expectRefusal(() => unpause(sender), errors.errNotAuthorized);
    }
  });

  it("can come without a pause", () => {
    expect(unpause().result).toEqual(DONE);
    expect(chain.state().paused).toBe(false);
  });
});

describe.each([
  { name: "STX", token: null, donate: () => chain.simnet.transferSTX(5n, vault.identifier, alice) },
  {
    name: "sBTC",
    token: sbtc.identifier,
    donate: () => chain.send(sbtc.transfer(5n, alice, vault.identifier, null), alice),
  },
])("while the vault is paused, in $name", ({ token, donate }) => {
  const settle = () => chain.send(vault.settlePolicy(1n, 50n, token), service);

  it("no withdrawal is paid, and its id stays unused for afterwards", () => {
    const signed = chain.withdrawal({ token });
    pause();
    expectRefusal(() => chain.draw(signed), errors.errPaused);
    expect(chain.read(vault.getAuthorizationStatus(1n))).toEqual({ paid: false, revoked: false });
    unpause();
    expect(chain.draw(signed).result).toEqual(DONE);
  });

  it("no premium is taken, and the policy can be bought afterwards", () => {
    const signed = chain.policy({ token });
    pause();
    expectRefusal(() => chain.buy(signed), errors.errPaused);
    expect(chain.read(vault.getPolicy(1n))).toBeNull();
    unpause();
    expect(chain.buy(signed).result).toEqual(DONE);
  });

  it("no settlement is paid, and its lock stays for afterwards", () => {
    chain.buy(chain.policy({ token }));
    pause();
    expectRefusal(settle, errors.errPaused);
    expect(chain.read(vault.getPolicy(1n))?.lock).toBe(100n);
    unpause();
    expect(settle().result).toEqual(DONE);
  });

  it("deposits, locks, releases, surpluses and revocations go on", () => {
    for (const policyId of [1n, 2n]) chain.buy(chain.policy({ token, policyId }));
    donate();
    pause();
    const goOn = [
      chain.send(vault.depositFunds(100n, token, 1n), alice),
      chain.send(vault.lockCollateralAggregate([{ policyId: 1n, amount: 150n }], token), service),
      chain.send(vault.releaseCollateralAggregate([2n], token), service),
      chain.send(vault.absorbSurplus(token), bob),
      chain.send(vault.revokeAuthorization(7n), service),
      chain.send(vault.revokeAuthorization(8n), guardian),
    ];
    for (const { result } of goOn) expect(result).toEqual(DONE);
    const side = token === null ? "stx" : "sbtc";
    expect(chain.state()).toMatchObject({ paused: true, [side]: { balance: 1_125n, locked: 150n } });
  });
});

describe("while the vault is paused", () => {
  it("the configuration goes on: changes are scheduled, cancelled and applied, and none of them ends the pause", () => {
    pause();
    const schedule = () => chain.send(vault.scheduleChange({ ...NO_CHANGE, service: alice }), deployer);
    schedule();
    expect(chain.send(vault.cancelChange(), guardian).result).toEqual(DONE);
    schedule();
    chain.simnet.mineEmptyBurnBlocks(Number(errors.delayBlocks));
    expect(chain.send(vault.applyChange(), bob).result).toEqual(DONE);
    expect(chain.state()).toMatchObject({ paused: true, service: alice });
    const closed = { withdrawals: 0n, settlements: 0n };
    expect(chain.send(vault.lowerCaps({ stx: closed, sbtc: closed }), deployer).result).toEqual(DONE);
    expect(chain.draw(chain.withdrawal({ amount: 1n }))).toEqual(PAUSED);
  });

  it("a launch opens a vault that is paused still", async () => {
    await chain.restart();
    pause(deployer);
    chain.launch();
    expect(chain.state().paused).toBe(true);
    expect(chain.send(vault.depositFunds(1_000n, null, 1n), bob).result).toEqual(DONE);
    expect(chain.draw(chain.withdrawal())).toEqual(PAUSED);
  });

  it("the buckets go on draining", () => {
    chain.draw(chain.withdrawal());
    pause();
    chain.simnet.mineEmptyBurnBlocks(Number(errors.windowBlocks));
    expect(chain.read(vault.getBucket(null))?.withdrawals).toEqual({ cap: 10n ** 12n, room: 10n ** 12n / 2n });
  });
});
