/** The launch: what is set before it, who may do it, once; and that no money moves before it. */
import { beforeEach, describe, expect, it } from "vitest";
import { AUTHORISER_KEY } from "./authorization";
import { Chain, DONE, errors, events, NO_CHANGE, publicKeyOf, U128_MAX } from "./chain";

const chain = await Chain.open();
const { vault, sbtc, deployer, alice, bob } = chain;
const key = (length: number) => new Uint8Array(length).fill(3);
const CAP_LIMIT = errors.capLimit;
const caps = { stx: { withdrawals: 1_000n, settlements: 2_000n }, sbtc: { withdrawals: 3_000n, settlements: 4_000n } };

beforeEach(() => chain.restart());

type Change = Parameters<typeof vault.scheduleChange>[0];
const change = (fields: Partial<Change>, sender = deployer) =>
  chain.send(vault.scheduleChange({ ...NO_CHANGE, ...fields }), sender);
const launch = (sender = deployer) => chain.send(vault.setSbtcTokenPrincipal(sbtc.identifier), sender);

describe("before the launch", () => {
  it("the deployer has every role, nobody signs, and the accounts are empty and closed", () => {
    expect(chain.state()).toEqual({
      admin: deployer,
      service: deployer,
      guardian: deployer,
      authoriser: errors.noKey,
      paused: false,
      sequence: 0n,
      sbtcToken: null,
      stx: errors.closedAccount,
      sbtc: errors.closedAccount,
      pendingChange: null,
      heldStx: 0n,
    });
    for (const token of [null, sbtc.identifier]) expect(chain.read(vault.getBucket(token))).toBeNull();
    expect(chain.read(vault.getSbtcTokenPrincipal())).toBeNull();
    expect(chain.read(vault.getBackendPrincipal())).toBe(deployer);
  });

  it.each([null, sbtc.identifier])("no money of %s moves, whoever asks or signed for it", (token) => {
    const refused = { result: errors.errInvalidTokenContract, events: [] };
    expect(change({ authoriser: publicKeyOf(AUTHORISER_KEY), caps }).result).toEqual(DONE);
    chain.simnet.transferSTX(10n, vault.identifier, bob);
    chain.mint(vault.identifier, 10n);
    chain.mint(alice, 1_000n);
    expect(chain.send(vault.depositFunds(1n, token, 1n), alice)).toEqual(refused);
    expect(chain.send(vault.absorbSurplus(token), alice)).toEqual(refused);
    expect(chain.draw(chain.withdrawal({ token }))).toEqual(refused);
    expect(chain.buy(chain.policy({ token, lock: 1n }))).toEqual(refused);
    expect(chain.send(vault.lockCollateralAggregate([], token), deployer)).toEqual(refused);
    expect(chain.send(vault.releaseCollateralAggregate([], token), deployer)).toEqual(refused);
    expect(chain.send(vault.settlePolicy(1n, 1n, token), deployer).result).toEqual(errors.errPolicyNotLive);
  });

  it.each([null, sbtc.identifier])("no signature is good before there is an authoriser (token %s)", (token) => {
    const refused = { result: errors.errInvalidSignature, events: [] };
    expect(chain.draw(chain.withdrawal({ token }))).toEqual(refused);
    expect(chain.buy(chain.policy({ token }))).toEqual(refused);
  });

  it("the vault can be paused, and an authorisation revoked, and both stand after it", () => {
    expect(chain.send(vault.pause(), deployer).events).toEqual([{ event: events.eventVaultPaused, sequence: 1n }]);
    expect(chain.send(vault.revokeAuthorization(1n), deployer).result).toEqual(DONE);
    chain.launch();
    expect(chain.state().paused).toBe(true);
    expect(chain.read(vault.getAuthorizationStatus(1n))).toEqual({ paid: false, revoked: true });
  });
});

describe("a change before the launch", () => {
  const changes: Partial<Change>[] = [
    { admin: alice },
    { service: alice },
    { guardian: vault.identifier },
    { authoriser: key(33) },
  ];
  it.each(changes)("applies at once, alone, and is told: %o", (fields) => {
    const before = chain.state();
    expect(change(fields)).toEqual({
      result: DONE,
      events: [{ event: events.eventChangeApplied, sequence: 1n, change: { ...NO_CHANGE, ...fields } }],
    });
    expect(chain.state()).toEqual({ ...before, ...fields, sequence: 1n });
  });

  it("of the caps fills each bucket's own", () => {
    change({ caps });
    const bucket = { usedByWindow: 0n, drainedAt: BigInt(chain.simnet.burnBlockHeight) };
    const accountWith = (cap: typeof caps.stx) => ({
      balance: 0n,
      locked: 0n,
      withdrawals: { ...bucket, cap: cap.withdrawals },
      settlements: { ...bucket, cap: cap.settlements },
    });
    expect(chain.state()).toMatchObject({ stx: accountWith(caps.stx), sbtc: accountWith(caps.sbtc) });
  });

  it("may be repeated, and the last one stands", () => {
    for (const service of [alice, bob]) expect(change({ service }).result).toEqual(DONE);
    expect(chain.state()).toMatchObject({ service: bob, sequence: 2n });
  });

  it("is the admin's, who may hand that over at once", () => {
    expect(change({ service: alice }, alice)).toEqual({ result: errors.errNotAuthorized, events: [] });
    change({ admin: alice });
    expect(change({ service: bob })).toEqual({ result: errors.errNotAuthorized, events: [] });
    expect(change({ service: bob }, alice).result).toEqual(DONE);
  });

  it.each([0, 1, 32])("refuses a key of %i bytes", (length) => {
    expect(change({ authoriser: key(length) })).toEqual({ result: errors.errInvalidAuthoriser, events: [] });
  });

  it("takes caps below the limit only, so that the bucket's products can't overflow", () => {
    for (const cap of [CAP_LIMIT, U128_MAX]) {
      for (const token of ["stx", "sbtc"] as const) {
        for (const way of ["withdrawals", "settlements"] as const) {
          const tooHigh = { ...caps, [token]: { ...caps[token], [way]: cap } };
          expect(change({ caps: tooHigh })).toEqual({ result: errors.errInvalidCap, events: [] });
        }
      }
    }
    chain.launch({ cap: CAP_LIMIT - 1n });
    const full = { cap: CAP_LIMIT - 1n, room: (CAP_LIMIT - 1n) / 2n };
    expect(chain.read(vault.getBucket(null))).toEqual({ withdrawals: full, settlements: full });
  });

  it("leaves nothing that waits", () => {
    change({ service: alice });
    chain.simnet.mineEmptyBurnBlocks(Number(errors.delayBlocks));
    expect(chain.send(vault.applyChange(), deployer)).toEqual({ result: errors.errNoPendingChange, events: [] });
    expect(chain.send(vault.cancelChange(), deployer)).toEqual({ result: errors.errNoPendingChange, events: [] });
  });
});

describe("the launch", () => {
  it("pins the token, opens both accounts, and changes nothing else", () => {
    change({ authoriser: key(33), caps });
    const before = chain.state();
    expect(launch()).toEqual({
      result: DONE,
      events: [{ event: events.eventVaultLaunched, sequence: 2n, sbtcToken: sbtc.identifier }],
    });
    expect(chain.state()).toEqual({ ...before, sequence: 2n, sbtcToken: sbtc.identifier });
    expect(chain.read(vault.getSbtcTokenPrincipal())).toBe(sbtc.identifier);
    const full = (cap: bigint) => ({ cap, room: cap / 2n });
    const bucketsOf = ({ withdrawals, settlements }: typeof caps.stx) => ({
      withdrawals: full(withdrawals),
      settlements: full(settlements),
    });
    expect(chain.read(vault.getBucket(null))).toEqual(bucketsOf(caps.stx));
    expect(chain.read(vault.getBucket(sbtc.identifier))).toEqual(bucketsOf(caps.sbtc));
    expect(chain.read(vault.getBucket(vault.identifier))).toBeNull();
  });

  it("needs an authoriser first", () => {
    expect(launch()).toEqual({ result: errors.errInvalidAuthoriser, events: [] });
  });

  it("is the admin's, once", () => {
    change({ authoriser: key(33) });
    expect(launch(alice)).toEqual({ result: errors.errNotAuthorized, events: [] });
    expect(launch().result).toEqual(DONE);
    expect(launch()).toEqual({ result: errors.errAlreadyInitialized, events: [] });
    expect(launch(alice)).toEqual({ result: errors.errNotAuthorized, events: [] });
  });

  it("ends the time of immediate changes", () => {
    chain.launch();
    const before = chain.state();
    expect(change({ service: alice }).result).toEqual(DONE);
    expect(chain.state()).toMatchObject({ service: before.service, pendingChange: { change: { service: alice } } });
  });
});
