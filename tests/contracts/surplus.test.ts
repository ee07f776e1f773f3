/** absorb-surplus: what was sent to the vault directly is counted, by anyone; nothing else ever is. */
import { beforeEach, describe, expect, it } from "vitest";
import { Chain, DONE, errors, events } from "./chain";

const chain = await Chain.open();
const { vault, sbtc, deployer, alice, bob, service } = chain;
const POOLED = 1_000n;

beforeEach(async () => {
  await chain.restart();
  chain.launch();
  for (const owner of [alice, bob]) chain.mint(owner, POOLED);
  for (const token of [null, sbtc.identifier]) chain.send(vault.depositFunds(POOLED, token, 1n), bob);
});

const tokens = [
  {
    name: "STX",
    token: null,
    other: sbtc.identifier,
    donate: (amount: bigint) => chain.simnet.transferSTX(amount, vault.identifier, alice),
  },
  {
    name: "sBTC",
    token: sbtc.identifier,
    other: null,
    donate: (amount: bigint) => chain.send(sbtc.transfer(amount, alice, vault.identifier, null), alice),
  },
];

const absorb = (token: string | null, sender = bob) => chain.send(vault.absorbSurplus(token), sender);

/** A refusal prints nothing and leaves every variable as it was. */
function expectRefusal(attempt: () => unknown, error: unknown): void {
  const before = chain.state();
  expect(attempt()).toEqual({ result: error, events: [] });
  expect(chain.state()).toEqual(before);
}

describe.each(tokens)("a surplus of $name", ({ token, other, donate }) => {
  const side = token === null ? "stx" : "sbtc";
  const draw = (amount: bigint) => chain.draw(chain.withdrawal({ token, amount }));

  it("is counted once, by anyone, and told with the state after it", () => {
    donate(25n);
    const event = { event: events.eventSurplusAbsorbed, token, locked: 0n };
    expect(absorb(token)).toEqual({
      result: DONE,
      events: [{ ...event, sequence: 5n, amount: 25n, balance: POOLED + 25n }],
    });
    expectRefusal(() => absorb(token), errors.errNoSurplus);
    donate(1n);
    donate(2n);
    expect(absorb(token, alice).events).toEqual([{ ...event, sequence: 6n, amount: 3n, balance: POOLED + 28n }]);
  });

  it("is not there when only deposits, premiums and payments were made", () => {
    expectRefusal(() => absorb(token), errors.errNoSurplus);
    chain.buy(chain.policy({ token }));
    draw(100n);
    chain.send(vault.settlePolicy(1n, 50n, token), service);
    expectRefusal(() => absorb(token), errors.errNoSurplus);
  });

  it("is there beside locks, which it leaves", () => {
    chain.buy(chain.policy({ token }));
    donate(25n);
    expect(absorb(token).events).toMatchObject([{ amount: 25n, balance: POOLED + 35n, locked: 100n }]);
  });

  it("changes its own account's balance, and no bucket", () => {
    donate(25n);
    const before = chain.state();
    absorb(token);
    expect(chain.state()).toEqual({
      ...before,
      sequence: before.sequence + 1n,
      [side]: { ...before[side], balance: POOLED + 25n },
    });
  });

  it("cannot be drawn before it is counted, and can after", () => {
    donate(25n);
    expectRefusal(() => draw(POOLED + 1n), errors.errInsufficientBalance);
    absorb(token);
    expect(draw(POOLED + 25n).result).toEqual(DONE);
  });

  it("is not a surplus of the other token", () => {
    donate(25n);
    expectRefusal(() => absorb(other), errors.errNoSurplus);
    expect(absorb(token).result).toEqual(DONE);
  });

  it("given before the launch is counted after it", async () => {
    await chain.restart();
    chain.mint(alice, POOLED);
    donate(25n);
    expectRefusal(() => absorb(token), errors.errInvalidTokenContract);
    chain.launch();
    expect(absorb(token).events).toMatchObject([{ amount: 25n, balance: 25n }]);
  });
});

describe("a surplus of another token", () => {
  /** A token whose balance of the vault is what the given source says. */
  const tokenWith = (balance: string) =>
    chain.deploy(
      "other-token",
      `(define-public (transfer (amount uint) (sender principal) (recipient principal) (memo (optional (buff 34))))
         (ok true))
       (define-public (get-balance (owner principal)) ${balance})`,
    );

  it("is refused, though the vault holds it", () => {
    const source = chain.simnet.getContractSource(sbtc.identifier) as string;
    const copy = chain.deploy("sbtc-token-copy", source);
    const transfer = { ...sbtc.mint(5_000n, vault.identifier), contractName: "sbtc-token-copy" };
    expect(chain.send(transfer, deployer).result).toEqual(DONE);
    expectRefusal(() => absorb(copy), errors.errInvalidTokenContract);
  });

  it("is refused, whatever the token says", () => {
    expectRefusal(
      () => absorb(tokenWith("(ok u340282366920938463463374607431768211455)")),
      errors.errInvalidTokenContract,
    );
  });

  it("is refused when the token does not say", () => {
    expectRefusal(() => absorb(tokenWith("(err u1)")), errors.errTransferFailed);
  });

  it("is counted after what the pinned token does when it is asked", async () => {
    await chain.restart();
    const deposit = `(contract-call? '${vault.identifier} ${vault.functions.depositFunds.name} u5 none u9)`;
    const token = tokenWith(`(begin (try! (as-contract? ((with-stx u5)) (try! ${deposit}))) (ok u7))`);
    chain.simnet.transferSTX(5n, token, alice);
    chain.launch({ token });
    expect(absorb(token).events).toMatchObject([
      { event: events.eventFundsDeposited, sequence: 3n, token: null, balance: 5n },
      { event: events.eventSurplusAbsorbed, sequence: 4n, token, balance: 7n },
    ]);
    expect(chain.state()).toMatchObject({ stx: { balance: 5n }, sbtc: { balance: 7n } });
  });
});
