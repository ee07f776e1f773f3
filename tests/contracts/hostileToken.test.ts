/** Tokens that are not the pinned one, and pinned ones that misbehave: what they can reach is their own account. */
import { beforeEach, describe, expect, it } from "vitest";
import { sign } from "./authorization";
import { Chain, DONE, errors, events, U128_MAX } from "./chain";

const chain = await Chain.open();
const { vault, sbtc, service, deployer, alice, bob } = chain;
const TOKEN = `${deployer}.hostile-token`;
const HONEST = "(ft-transfer? sbtc-token amount sender recipient)";

beforeEach(() => chain.restart());

/** A token with an asset of sBTC's name, given to bob; what its transfers do when the vault is paid, and when it pays. */
function deployToken({ paidIn = HONEST, paidOut = HONEST }): void {
  chain.deploy(
    "hostile-token",
    `(define-fungible-token sbtc-token)
     (define-public (transfer (amount uint) (sender principal) (recipient principal) (memo (optional (buff 34))))
       (if (is-eq sender '${vault.identifier}) ${paidOut} ${paidIn}))
     (ft-mint? sbtc-token u10000 '${bob})
     (stx-transfer? u10000 tx-sender current-contract)`,
  );
}

const deposit = (token: string | null, sender = bob) => chain.send(vault.depositFunds(1_000n, token, 1n), sender);
const settle = (token: string | null) => chain.send(vault.settlePolicy(1n, 50n, token), service);
const draw = (token: string | null) => chain.draw(chain.withdrawal({ token }));

/** Launches with the hostile token pinned, and deposits 1000 micro-STX. */
function launchWith(behaviour: Parameters<typeof deployToken>[0]): void {
  deployToken(behaviour);
  chain.launch({ token: TOKEN });
  expect(deposit(null).result).toEqual(DONE);
}

const balances = () => {
  const { stx, sbtc: token, heldStx } = chain.state();
  return { stx: stx.balance, token: token.balance, heldStx };
};

describe("a token that is not the pinned one", () => {
  it("is refused whatever its transfer would answer", () => {
    deployToken({ paidIn: "(ok true)", paidOut: "(ok true)" });
    chain.launch();
    deposit(null);
    expect(deposit(TOKEN)).toEqual({ result: errors.errInvalidTokenContract, events: [] });
    expect(draw(TOKEN)).toEqual({ result: errors.errInvalidTokenContract, events: [] });
    expect(chain.buy(chain.policy({ token: TOKEN }))).toEqual({ result: errors.errInvalidTokenContract, events: [] });
    expect(chain.buy(chain.policy()).result).toEqual(DONE);
    expect(settle(TOKEN)).toEqual({ result: errors.errInvalidTokenContract, events: [] });
    expect(settle(null).result).toEqual(DONE);
  });

  it("is refused though it is a copy of the pinned one", () => {
    chain.launch();
    const copy = chain.deploy("sbtc-token-copy", chain.simnet.getContractSource(sbtc.identifier) as string);
    expect(deposit(copy).result).toEqual(errors.errInvalidTokenContract);
  });
});

describe("a pinned token", () => {
  it.each(["(err u1)", "(ok false)"])("that answers %s when it is taken makes no deposit", (answer) => {
    launchWith({ paidIn: answer });
    expect(deposit(TOKEN)).toEqual({ result: errors.errTransferFailed, events: [] });
    expect(balances()).toEqual({ stx: 1_000n, token: 0n, heldStx: 1_000n });
  });

  it.each(["(err u1)", "(ok false)"])("that answers %s when it should pay leaves the id unused", (answer) => {
    launchWith({ paidOut: answer });
    deposit(TOKEN);
    expect(draw(TOKEN)).toEqual({ result: errors.errTransferFailed, events: [] });
    expect(balances()).toEqual({ stx: 1_000n, token: 1_000n, heldStx: 1_000n });
    expect(chain.read(vault.getAuthorizationStatus(1n))).toEqual({ paid: false, revoked: false });
  });

  it("that lies about what it moved falsifies its own account only", () => {
    launchWith({ paidIn: "(ok true)" });
    expect(chain.send(vault.depositFunds(errors.int64Limit - 1n, TOKEN, 1n), bob).result).toEqual(DONE);
    expect(balances()).toEqual({ stx: 1_000n, token: errors.int64Limit - 1n, heldStx: 1_000n });
    expect(draw(TOKEN).result).toEqual(errors.errTransferFailed);
    expect(chain.draw(chain.withdrawal({ amount: 1_001n })).result).toEqual(errors.errInsufficientBalance);
  });

  const thefts = {
    "moves more of itself": "(ft-transfer? sbtc-token (+ amount u1) sender recipient)",
    "burns the vault's rest": `(begin (try! ${HONEST}) (ft-burn? sbtc-token u1 sender))`,
    "takes the vault's STX": `(begin (try! ${HONEST}) (stx-transfer? u1 sender recipient))`,
  };
  it.each(Object.entries(thefts))("that %s while it pays is rolled back", (_, paidOut) => {
    launchWith({ paidOut });
    deposit(TOKEN);
    expect(draw(TOKEN)).toEqual({ result: errors.errTransferFailed, events: [] });
    expect(balances()).toEqual({ stx: 1_000n, token: 1_000n, heldStx: 1_000n });
  });

  it("whose asset has another name can come in but never leave: look at the name before the launch", () => {
    const source = chain.simnet.getContractSource(sbtc.identifier) as string;
    const token = chain.deploy("other-asset", source.replaceAll("sbtc-token", "other-asset"));
    chain.launch({ token });
    expect(chain.send({ ...sbtc.mint(1_000n, bob), contractName: "other-asset" }, deployer).result).toEqual(DONE);
    expect(deposit(token).result).toEqual(DONE);
    expect(draw(token)).toEqual({ result: errors.errTransferFailed, events: [] });
  });
});

describe("a pinned token that calls the vault back", () => {
  const { depositFunds, withdrawFunds } = vault.functions;
  const depositBack = `(contract-call? '${vault.identifier} ${depositFunds.name} u5 none u9)`;

  /** Source that draws 5 micro-STX under id 9, which the authoriser signed for the given withdrawer. */
  function withdrawBack(withdrawer: string): string {
    const w = chain.withdrawal({ withdrawer, amount: 5n, id: 9n, expiresAt: U128_MAX });
    const signature = Buffer.from(sign(w)).toString("hex");
    const authorization = `{ id: u9, expires-at: u${U128_MAX} }`;
    return `(contract-call? '${vault.identifier} ${withdrawFunds.name} u5 none ${authorization} 0x${signature})`;
  }
  const asCaller = (call: string) => `(begin (try! ${call}) ${HONEST})`;
  const asItself = (call: string) => `(begin (try! (as-contract? ((with-stx u5)) (try! ${call}))) ${HONEST})`;

  it("cannot withdraw in the depositor's name", () => {
    launchWith({ paidIn: asCaller(withdrawBack(bob)) });
    expect(deposit(TOKEN)).toEqual({ result: errors.errTransferFailed, events: [] });
    expect(balances()).toEqual({ stx: 1_000n, token: 0n, heldStx: 1_000n });
  });

  it("cannot deposit in the vault's name", () => {
    launchWith({ paidOut: asCaller(depositBack) });
    deposit(TOKEN);
    expect(draw(TOKEN)).toEqual({ result: errors.errTransferFailed, events: [] });
    expect(balances()).toEqual({ stx: 1_000n, token: 1_000n, heldStx: 1_000n });
  });

  it("can withdraw what was authorised to itself, and the books hold both", () => {
    launchWith({ paidIn: asItself(withdrawBack(TOKEN)) });
    expect(deposit(TOKEN).events).toMatchObject([
      { event: events.eventFundsDeposited, token: TOKEN, balance: 1_000n, depositor: bob },
      { event: events.eventFundsWithdrawn, token: null, balance: 995n, withdrawer: TOKEN },
    ]);
    expect(balances()).toEqual({ stx: 995n, token: 1_000n, heldStx: 995n });
  });

  it("can deposit its own STX, and the books hold both", () => {
    launchWith({ paidOut: asItself(depositBack) });
    deposit(TOKEN);
    expect(draw(TOKEN).events).toMatchObject([
      { event: events.eventFundsWithdrawn, token: TOKEN, balance: 900n, withdrawer: alice },
      { event: events.eventFundsDeposited, token: null, balance: 1_005n, depositor: TOKEN },
    ]);
    expect(balances()).toEqual({ stx: 1_005n, token: 900n, heldStx: 1_005n });
  });

  it("aborts the transaction when it enters the same function again", () => {
    launchWith({ paidIn: asItself(depositBack) });
    const before = chain.state();
    expect(() => deposit(TOKEN)).toThrow(/CircularReference/);
    expect(chain.state()).toEqual(before);
  });
});
