/** withdraw-funds with a good signature: what is paid, and the refusals that do not depend on who signed. */
import { beforeEach, describe, expect, it } from "vitest";
import type { Withdrawal } from "./authorization";
import { Chain, DONE, errors, events, U128_MAX } from "./chain";

const chain = await Chain.open();
const { vault, sbtc, alice, bob } = chain;
const INT64_LIMIT = errors.int64Limit;

beforeEach(async () => {
  await chain.restart();
  chain.launch();
  chain.mint(bob, 1_000n);
  for (const token of [null, sbtc.identifier]) chain.send(vault.depositFunds(1_000n, token, 1n), bob);
});

const tokens = [
  { name: "STX", token: null, held: (owner: string) => chain.stxOf(owner) },
  { name: "sBTC", token: sbtc.identifier, held: (owner: string) => chain.sbtcOf(owner) },
];

describe.each(tokens)("a withdrawal of $name", ({ token, held }) => {
  const withdrawal = (changes: Partial<Withdrawal> = {}) => chain.withdrawal({ token, ...changes });

  it("pays the named withdrawer and tells the id and the state after it", () => {
    const before = held(alice);
    const event = { event: events.eventFundsWithdrawn, token, locked: 0n, withdrawer: alice };
    expect(chain.draw(withdrawal({ amount: 100n, id: 5n }))).toEqual({
      result: DONE,
      events: [{ ...event, sequence: 5n, amount: 100n, balance: 900n, id: 5n }],
    });
    expect(chain.draw(withdrawal({ amount: 900n, id: 4n })).events).toEqual([
      { ...event, sequence: 6n, amount: 900n, balance: 0n, id: 4n },
    ]);
    expect(held(alice)).toBe(before + 1_000n);
    expect(held(vault.identifier)).toBe(0n);
  });

  it("marks its id as paid, and that alone", () => {
    chain.draw(withdrawal({ id: 5n }));
    expect(chain.read(vault.getAuthorizationStatus(5n))).toEqual({ paid: true, revoked: false });
    expect(chain.read(vault.getAuthorizationStatus(6n))).toEqual({ paid: false, revoked: false });
  });

  it("is counted in its own token alone", () => {
    chain.draw(withdrawal());
    const totals = [chain.read(vault.getTotalStxBalance()), chain.read(vault.getTotalSbtcBalance())];
    expect(totals).toEqual(token === null ? [900n, 1_000n] : [1_000n, 900n]);
  });

  it("is paid once for each id", () => {
    const paid = withdrawal();
    expect(chain.draw(paid).result).toEqual(DONE);
    expect(chain.draw(paid)).toEqual({ result: errors.errAuthorizationUsed, events: [] });
    expect(chain.draw({ ...paid, amount: 1n }).result).toEqual(errors.errAuthorizationUsed);
    expect(chain.draw({ ...paid, withdrawer: bob }).result).toEqual(errors.errAuthorizationUsed);
    expect(chain.draw({ ...paid, token: token === null ? sbtc.identifier : null }).result).toEqual(
      errors.errAuthorizationUsed,
    );
  });

  it("is at least one base unit and fits an int64", () => {
    for (const amount of [0n, INT64_LIMIT, U128_MAX]) {
      expect(chain.draw(withdrawal({ amount }))).toEqual({ result: errors.errInvalidAmount, events: [] });
    }
    expect(chain.draw(withdrawal({ amount: 1n })).result).toEqual(DONE);
  });

  it("is at most the balance", () => {
    for (const amount of [1_001n, INT64_LIMIT - 1n]) {
      expect(chain.draw(withdrawal({ amount }))).toEqual({ result: errors.errInsufficientBalance, events: [] });
    }
    expect(chain.draw(withdrawal({ amount: 1_000n })).result).toEqual(DONE);
    expect(chain.draw(withdrawal({ amount: 1n, id: 2n })).result).toEqual(errors.errInsufficientBalance);
  });

  it("leaves its id unused when it is refused", () => {
    chain.draw(withdrawal({ amount: 1_001n }));
    expect(chain.read(vault.getAuthorizationStatus(1n))).toEqual({ paid: false, revoked: false });
    expect(chain.draw(withdrawal()).result).toEqual(DONE);
  });

  it("stops while the vault is paused, and goes on after it", () => {
    chain.send(vault.pause(), chain.guardian);
    expect(chain.draw(withdrawal())).toEqual({ result: errors.errPaused, events: [] });
    expect(chain.read(vault.getAuthorizationStatus(1n))).toEqual({ paid: false, revoked: false });
    chain.send(vault.unpause(), chain.deployer);
    expect(chain.draw(withdrawal()).result).toEqual(DONE);
  });

  it("is refused when its id was revoked", () => {
    expect(chain.send(vault.revokeAuthorization(1n), chain.service).result).toEqual(DONE);
    expect(chain.draw(withdrawal())).toEqual({ result: errors.errAuthorizationUsed, events: [] });
    expect(chain.read(vault.getAuthorizationStatus(1n))).toEqual({ paid: false, revoked: true });
    expect(chain.draw(withdrawal({ id: 2n })).result).toEqual(DONE);
  });

  it("leaves what is locked", () => {
    chain.mint(bob, 10n);
    expect(chain.buy(chain.policy({ token, buyer: bob, lock: 300n, coverage: 300n })).result).toEqual(DONE);
    expect(chain.draw(withdrawal({ amount: 711n })).result).toEqual(errors.errInsufficientBalance);
    expect(chain.draw(withdrawal({ amount: 710n })).result).toEqual(DONE);
  });

  it("takes ids that fit an int64", () => {
    for (const id of [INT64_LIMIT, U128_MAX]) {
      expect(chain.draw(withdrawal({ id }))).toEqual({ result: errors.errInvalidId, events: [] });
    }
    for (const id of [0n, INT64_LIMIT - 1n]) expect(chain.draw(withdrawal({ id })).events).toMatchObject([{ id }]);
  });

  it("expires when block time reaches expires-at, to the second", () => {
    for (const expiresAt of [0n, chain.nextBlockTime() - 1n]) {
      expect(chain.draw(withdrawal({ expiresAt })).result).toEqual(errors.errAuthorizationExpired);
    }
    expect(chain.draw(withdrawal({ expiresAt: chain.nextBlockTime() })).result).toEqual(errors.errAuthorizationExpired);
    expect(chain.draw(withdrawal({ expiresAt: chain.nextBlockTime() + 1n })).result).toEqual(DONE);
    expect(chain.draw(withdrawal({ id: 2n, expiresAt: U128_MAX })).result).toEqual(DONE);
  });
});
