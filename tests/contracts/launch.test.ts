/** The launch: who may do it, in which order, once; and that nothing moves before it. */
import { beforeEach, describe, expect, it } from "vitest";
import { Chain, DONE, errors, U128_MAX } from "./chain";

const chain = await Chain.open();
const { vault, sbtc, deployer, alice } = chain;
const key = (length: number) => new Uint8Array(length).fill(3);
const caps = { stx: 1_000n, sbtc: 2_000n };
const CAP_LIMIT = errors.capLimit;

beforeEach(() => chain.restart());

describe("before the launch", () => {
  it("no token has an account, a bucket or a balance", () => {
    expect(chain.state()).toEqual({
      sequence: 0n,
      heldStx: 0n,
      sbtcToken: null,
      stx: null,
      sbtc: null,
    });
    for (const token of [null, sbtc.identifier]) expect(chain.read(vault.getBucket(token))).toBeNull();
    expect(chain.read(vault.getTotalStxBalance())).toBe(0n);
    expect(chain.read(vault.getTotalSbtcBalance())).toBe(0n);
    expect(chain.read(vault.getSbtcTokenPrincipal())).toBeNull();
  });

  it.each([null, sbtc.identifier])("neither deposits nor withdrawals of %s", (token) => {
    const authorization = { id: 1n, expiresAt: U128_MAX };
    expect(chain.send(vault.depositFunds(1n, token, 1n), alice).result).toEqual(errors.errInvalidTokenContract);
    expect(chain.send(vault.withdrawFunds(1n, token, authorization, key(65)), alice).result).toEqual(
      errors.errInvalidTokenContract,
    );
  });
});

describe("set-authoriser", () => {
  it("is told by an event, and may be repeated until the launch", () => {
    expect(chain.send(vault.setAuthoriser(key(33)), deployer)).toEqual({
      result: DONE,
      events: [{ event: "authoriser-changed", sequence: 1n, authoriser: key(33) }],
    });
    expect(chain.send(vault.setAuthoriser(key(33).fill(2)), deployer).result).toEqual(DONE);
  });

  it("is the admin's", () => {
    expect(chain.send(vault.setAuthoriser(key(33)), alice)).toEqual({ result: errors.errNotAuthorized, events: [] });
  });

  it.each([0, 1, 32])("refuses a key of %i bytes", (length) => {
    expect(chain.send(vault.setAuthoriser(key(length)), deployer).result).toEqual(errors.errInvalidAuthoriser);
  });

  it("is closed by the launch", () => {
    chain.launch();
    expect(chain.send(vault.setAuthoriser(key(33)), deployer).result).toEqual(errors.errAlreadyInitialized);
  });
});

describe("set-sbtc-token-principal", () => {
  const launch = (withdrawalCaps = caps, sender = deployer) =>
    chain.send(vault.setSbtcTokenPrincipal(sbtc.identifier, withdrawalCaps), sender);

  it("opens both accounts, empty, with their caps", () => {
    chain.send(vault.setAuthoriser(key(33)), deployer);
    expect(launch()).toEqual({
      result: DONE,
      events: [{ event: "vault-launched", sequence: 2n, sbtcToken: sbtc.identifier, withdrawalCaps: caps }],
    });
    const empty = { balance: 0n, locked: 0n, usedByWindow: 0n, drainedAt: BigInt(chain.simnet.burnBlockHeight) };
    expect(chain.state()).toEqual({
      sequence: 2n,
      heldStx: 0n,
      sbtcToken: sbtc.identifier,
      stx: { ...empty, withdrawalCap: caps.stx },
      sbtc: { ...empty, withdrawalCap: caps.sbtc },
    });
    expect(chain.read(vault.getSbtcTokenPrincipal())).toBe(sbtc.identifier);
    expect(chain.read(vault.getBucket(null))).toEqual({ cap: caps.stx, room: caps.stx / 2n });
    expect(chain.read(vault.getBucket(sbtc.identifier))).toEqual({ cap: caps.sbtc, room: caps.sbtc / 2n });
    expect(chain.read(vault.getBucket(vault.identifier))).toBeNull();
  });

  it("needs an authoriser first", () => {
    expect(launch().result).toEqual(errors.errInvalidAuthoriser);
  });

  it("is the admin's, once", () => {
    chain.send(vault.setAuthoriser(key(33)), deployer);
    expect(launch(caps, alice).result).toEqual(errors.errNotAuthorized);
    expect(launch().result).toEqual(DONE);
    expect(launch().result).toEqual(errors.errAlreadyInitialized);
    expect(launch(caps, alice).result).toEqual(errors.errNotAuthorized);
  });

  it("takes caps below the limit only, so that the bucket's products cannot overflow", () => {
    chain.send(vault.setAuthoriser(key(33)), deployer);
    for (const cap of [CAP_LIMIT, U128_MAX]) {
      expect(launch({ ...caps, stx: cap }).result).toEqual(errors.errInvalidCap);
      expect(launch({ ...caps, sbtc: cap }).result).toEqual(errors.errInvalidCap);
    }
    expect(launch({ stx: CAP_LIMIT - 1n, sbtc: CAP_LIMIT - 1n }).result).toEqual(DONE);
    expect(chain.read(vault.getBucket(null))?.room).toBe((CAP_LIMIT - 1n) / 2n);
  });
});
