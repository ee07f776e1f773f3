/** Tokens that are not the pinned one, and pinned ones that misbehave: what they can reach is their own account. */
import { beforeEach, describe, expect, it } from "vitest";
import { contracts } from "../../src/stacks/bindings";
import { sign, signPolicy } from "./authorization";
import { Chain, DONE, errors, events, U128_MAX } from "./chain";

const chain = await Chain.open();
const { vault, sbtc, service, deployer, alice, bob } = chain;
const ASSET = contracts.sbtcToken.fungible_tokens[0].name;
const TOKEN = `${deployer}.hostile-token`;
const HONEST = "(ft-transfer? sbtc-token amount sender recipient)";
const HONEST_BALANCE = "(ok (ft-get-balance sbtc-token owner))";
const FAILED = { result: errors.errTransferFailed, events: [] };

beforeEach(() => chain.restart());

/** A token with an asset of sBTC's name, given to bob; what it does when the vault is paid, pays and asks. */
function deployToken({ paidIn = HONEST, paidOut = HONEST, asked = HONEST_BALANCE }): void {
  chain.deploy(
    "hostile-token",
    `(define-fungible-token sbtc-token)
     (define-public (transfer (amount uint) (sender principal) (recipient principal) (memo (optional (buff 34))))
       (if (is-eq sender '${vault.identifier}) ${paidOut} ${paidIn}))
     (define-public (get-balance (owner principal)) ${asked})
     (ft-mint? sbtc-token u10000 '${bob})
     (stx-transfer? u10000 tx-sender current-contract)`,
  );
}

const deposit = (token: string | null, sender = bob) => chain.send(vault.depositFunds(1_000n, token, 1n), sender);
const absorb = (token: string | null) => chain.send(vault.absorbSurplus(token), alice);
const buy = (token: string | null) => chain.buy(chain.policy({ token, buyer: bob }));
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
    expect(deposit(TOKEN)).toEqual(FAILED);
    expect(balances()).toEqual({ stx: 1_000n, token: 0n, heldStx: 1_000n });
  });

  it.each(["(err u1)", "(ok false)"])("that answers %s when it is taken sells no policy", (answer) => {
    launchWith({ paidIn: `(if (is-eq amount u10) ${answer} ${HONEST})` });
    deposit(TOKEN);
    expect(buy(TOKEN)).toEqual(FAILED);
    expect(chain.read(vault.getPolicy(1n))).toBeNull();
    expect(balances()).toEqual({ stx: 1_000n, token: 1_000n, heldStx: 1_000n });
  });

  it.each(["(err u1)", "(ok false)"])("that answers %s when it should pay leaves id and policy unused", (answer) => {
    launchWith({ paidOut: answer });
    deposit(TOKEN);
    buy(TOKEN);
    expect(draw(TOKEN)).toEqual(FAILED);
    expect(settle(TOKEN)).toEqual(FAILED);
    expect(balances()).toEqual({ stx: 1_000n, token: 1_010n, heldStx: 1_000n });
    expect(chain.read(vault.getAuthorizationStatus(1n))).toEqual({ paid: false, revoked: false });
    expect(chain.read(vault.getPolicy(1n))).toMatchObject({ lock: 100n });
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
    buy(TOKEN);
    expect(draw(TOKEN)).toEqual(FAILED);
    expect(settle(TOKEN)).toEqual(FAILED);
    expect(balances()).toEqual({ stx: 1_000n, token: 1_010n, heldStx: 1_000n });
    expect(chain.state().sbtc.locked).toBe(100n);
  });

  it("whose asset has another name can come in but never leave: look at the name before the launch", () => {
    const source = chain.simnet.getContractSource(sbtc.identifier) as string;
    const token = chain.deploy("other-asset", source.replaceAll(ASSET, "other-asset"));
    chain.launch({ token });
    expect(chain.send({ ...sbtc.mint(1_010n, bob), contractName: "other-asset" }, deployer).result).toEqual(DONE);
    expect(deposit(token).result).toEqual(DONE);
    expect(buy(token).result).toEqual(DONE);
    const gift = { ...sbtc.transfer(5n, bob, vault.identifier, null), contractName: "other-asset" };
    expect(chain.send({ ...sbtc.mint(5n, bob), contractName: "other-asset" }, deployer).result).toEqual(DONE);
    expect(chain.send(gift, bob).result).toEqual(DONE);
    expect(absorb(token).events).toMatchObject([{ amount: 5n, balance: 1_015n }]);
    expect(draw(token)).toEqual(FAILED);
    expect(settle(token)).toEqual(FAILED);
  });
});

describe("a pinned token that lies about the vault's balance", () => {
  it.each(["(err u1)", "(ok u1000)", "(ok u0)"])("has no surplus: %s", (asked) => {
    launchWith({ asked });
    deposit(TOKEN);
    const noSurplus = { result: errors.errNoSurplus, events: [] };
    expect(absorb(TOKEN)).toEqual(asked === "(err u1)" ? FAILED : noSurplus);
    expect(balances()).toEqual({ stx: 1_000n, token: 1_000n, heldStx: 1_000n });
  });

  it.each([errors.int64Limit + 1_000n, U128_MAX])("names no more than fits an int64: %s", (named) => {
    launchWith({ asked: `(ok u${named})` });
    deposit(TOKEN);
    expect(absorb(TOKEN)).toEqual({ result: errors.errInvalidAmount, events: [] });
  });

  it.each([1_001n, errors.int64Limit + 999n])("by naming %s falsifies its own account only", (named) => {
    launchWith({ asked: `(ok u${named})` });
    deposit(TOKEN);
    expect(absorb(TOKEN).result).toEqual(DONE);
    expect(balances()).toEqual({ stx: 1_000n, token: named, heldStx: 1_000n });
    expect(chain.draw(chain.withdrawal({ token: TOKEN, amount: 1_001n }))).toEqual(FAILED);
    expect(chain.draw(chain.withdrawal({ amount: 1_001n })).result).toEqual(errors.errInsufficientBalance);
    expect(chain.draw(chain.withdrawal({ amount: 1_000n })).result).toEqual(DONE);
  });
});

describe("a pinned token that calls the vault back", () => {
  /** A transfer of this amount calls back, every other one is honest; and every question for the balance does. */
  const TRIGGER = 77n;
  const ENTRIES = ["deposit", "premium", "withdraw", "settle", "absorb"] as const;
  type Entry = (typeof ENTRIES)[number];

  const outer: Record<Entry, () => ReturnType<typeof deposit>> = {
    deposit: () => chain.send(vault.depositFunds(TRIGGER, TOKEN, 1n), bob),
    premium: () => chain.buy(chain.policy({ token: TOKEN, buyer: bob, policyId: 3n, premium: TRIGGER })),
    withdraw: () => chain.draw(chain.withdrawal({ token: TOKEN, amount: TRIGGER })),
    settle: () => chain.send(vault.settlePolicy(1n, TRIGGER, TOKEN), service),
    absorb: () => absorb(TOKEN),
  };

  const hex = (signature: Uint8Array) => `0x${Buffer.from(signature).toString("hex")}`;
  const call = ({ name }: { name: string }, args: string) => `(contract-call? '${vault.identifier} ${name} ${args})`;

  /** Source that enters the vault with STX, in a name for which the authoriser signed all that needs it. */
  function inner(entry: Entry, who: string): string {
    const { depositFunds, payPremium, withdrawFunds, settlePolicy, absorbSurplus } = vault.functions;
    const w = chain.withdrawal({ withdrawer: who, amount: 5n, id: 9n, expiresAt: U128_MAX });
    const five = { premium: 5n, lock: 5n, coverage: 5n };
    const p = chain.policy({ ...five, buyer: who, policyId: 9n, releaseAfter: 0n, expiresAt: U128_MAX });
    const authorization = `{ id: u9, expires-at: u${U128_MAX} }`;
    const terms = `{ lock: u5, coverage: u5, release-after: u0, expires-at: u${U128_MAX} }`;
    return {
      deposit: call(depositFunds, "u5 none u9"),
      premium: call(payPremium, `u9 u5 none ${terms} ${hex(signPolicy(p))}`),
      withdraw: call(withdrawFunds, `u5 none ${authorization} ${hex(sign(w))}`),
      settle: call(settlePolicy, "u2 u5 none"),
      absorb: call(absorbSurplus, "none"),
    }[entry];
  }

  /** The token pinned; 1000 of each token paid in, policy 1 in it and policy 2 in STX sold, and 7 micro-STX of surplus. */
  function prepare(callBack: string, serviceIs = service): void {
    const transfer = `(begin (and (is-eq amount u${TRIGGER}) (try! ${callBack})) ${HONEST})`;
    deployToken({ paidIn: transfer, paidOut: transfer, asked: `(begin (try! ${callBack}) (ok u5000))` });
    chain.launch({ token: TOKEN, service: serviceIs });
    for (const token of [null, TOKEN]) expect(deposit(token).result).toEqual(DONE);
    for (const [token, policyId] of [
      [TOKEN, 1n],
      [null, 2n],
    ] as const) {
      expect(chain.buy(chain.policy({ token, policyId, buyer: bob })).result).toEqual(DONE);
    }
    chain.simnet.transferSTX(7n, vault.identifier, bob);
  }

  const paysOut = (entry: Entry) => entry === "withdraw" || entry === "settle";
  const takesIn = (entry: Entry) => entry === "deposit" || entry === "premium";
  const pairs = ENTRIES.flatMap((from) => ENTRIES.filter((into) => into !== from).map((into) => ({ from, into })));
  const told: Record<Entry, string> = {
    deposit: events.eventFundsDeposited,
    premium: events.eventPremiumPaid,
    withdraw: events.eventFundsWithdrawn,
    settle: events.eventSettlementPaid,
    absorb: events.eventSurplusAbsorbed,
  };

  function expectBothTold({ from, into }: { from: Entry; into: Entry }): void {
    const [outerEvent, innerEvent] = [
      { event: told[from], token: TOKEN },
      { event: told[into], token: null },
    ];
    const sent = outer[from]();
    expect(sent.result).toEqual(DONE);
    expect(sent.events).toMatchObject(from === "absorb" ? [innerEvent, outerEvent] : [outerEvent, innerEvent]);
  }

  it.each(pairs.filter(({ into }) => into !== "absorb"))(
    "from $from cannot $into in the name of the one who called",
    ({ from, into }) => {
      prepare(inner(into, paysOut(from) ? vault.identifier : from === "absorb" ? alice : bob));
      const before = chain.state();
      expect(outer[from]()).toEqual(FAILED);
      expect(chain.state()).toEqual(before);
    },
  );

  it.each(pairs.filter(({ into }) => into === "absorb"))("from $from can absorb, as anyone can", (pair) => {
    prepare(inner("absorb", bob));
    expectBothTold(pair);
  });

  const asItself = (entry: Entry) => `(as-contract? ((with-stx u5)) (try! ${inner(entry, TOKEN)}))`;
  const shareTransfer = ({ from, into }: { from: Entry; into: Entry }) =>
    (paysOut(from) && paysOut(into)) || (takesIn(from) && takesIn(into));

  it.each(pairs.filter((pair) => !shareTransfer(pair)))(
    "from $from can $into what is its own to, and the books hold both",
    (pair) => {
      prepare(asItself(pair.into), pair.into === "settle" ? TOKEN : service);
      expectBothTold(pair);
    },
  );

  const again = ENTRIES.map((entry) => ({ from: entry, into: entry }));
  it.each([...again, ...pairs.filter(shareTransfer)])(
    "aborts the transaction when it enters what it was called from: $into from $from",
    ({ from, into }) => {
      prepare(asItself(into), into === "settle" && from !== "settle" ? TOKEN : service);
      const before = chain.state();
      expect(() => outer[from]()).toThrow(/CircularReference/);
      expect(chain.state()).toEqual(before);
    },
  );
});
