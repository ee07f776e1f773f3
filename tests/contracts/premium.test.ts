/** pay-premium: the named buyer buys on signed terms, and capital is locked behind the policy in the same step. */
import { beforeEach, describe, expect, it } from "vitest";
import { AUTHORISER_KEY, OTHER_KEY, type Policy, signPolicy } from "./authorization";
import { Chain, DONE, errors, events, NO_CHANGE, publicKeyOf, U128_MAX } from "./chain";

const chain = await Chain.open();
const { vault, sbtc, service, deployer, alice, bob } = chain;
const INT64_LIMIT = errors.int64Limit;
const POOLED = 1_000n;
const CAP = 4_000n;
const BURST = CAP / 2n;

beforeEach(async () => {
  await chain.restart();
  chain.launch({ cap: CAP });
  for (const owner of [alice, bob]) chain.mint(owner, 1_000n);
  for (const token of [null, sbtc.identifier]) chain.send(vault.depositFunds(POOLED, token, 1n), bob);
});

const tokens = [
  { name: "STX", token: null, other: sbtc.identifier, held: (owner: string) => chain.stxOf(owner) },
  { name: "sBTC", token: sbtc.identifier, other: null, held: (owner: string) => chain.sbtcOf(owner) },
];

/** A refusal prints nothing and leaves every variable, and the policy, as they were. */
function expectRefusal(p: Policy, error: unknown, signature = signPolicy(p), sender = p.buyer): void {
  const seen = () => [chain.state(), chain.read(vault.getPolicy(p.policyId))];
  const before = seen();
  expect(chain.buy(p, signature, sender)).toEqual({ result: error, events: [] });
  expect(seen()).toEqual(before);
}

describe.each(tokens)("a premium in $name", ({ token, other, held }) => {
  const policy = (changes: Partial<Policy> = {}) => chain.policy({ token, ...changes });

  it("is taken from the buyer, locks capital, and tells the terms and the state after it", () => {
    const before = held(alice);
    const event = { event: events.eventPremiumPaid, token, amount: 10n, buyer: alice, lock: 100n, coverage: 200n };
    const first = policy();
    expect(chain.buy(first)).toEqual({
      result: DONE,
      events: [
        { ...event, sequence: 5n, balance: 1_010n, locked: 100n, policyId: 1n, releaseAfter: first.releaseAfter },
      ],
    });
    const second = policy({ policyId: 2n });
    expect(chain.buy(second).events).toEqual([
      { ...event, sequence: 6n, balance: 1_020n, locked: 200n, policyId: 2n, releaseAfter: second.releaseAfter },
    ]);
    expect(held(alice)).toBe(before - 20n);
    expect(held(vault.identifier)).toBe(1_020n);
  });

  it("registers its policy, and that alone", () => {
    const bought = policy();
    chain.buy(bought);
    const { buyer, lock, coverage, releaseAfter } = bought;
    expect(chain.read(vault.getPolicy(1n))).toEqual({ buyer, token, lock, coverage, releaseAfter });
    expect(chain.read(vault.getPolicy(2n))).toBeNull();
  });

  it("touches the account of its own token alone, and no bucket", () => {
    const side = token === null ? "stx" : "sbtc";
    const before = chain.state();
    chain.buy(policy());
    expect(chain.state()).toEqual({
      ...before,
      sequence: 5n,
      [side]: { ...before[side], balance: 1_010n, locked: 100n },
      heldStx: token === null ? 1_010n : before.heldStx,
    });
    const totals = [chain.read(vault.getTotalStxLocked()), chain.read(vault.getTotalSbtcLocked())];
    expect(totals).toEqual(token === null ? [100n, 0n] : [0n, 100n]);
  });

  it("keeps what it locked from being withdrawn, but not itself", () => {
    chain.buy(policy());
    const draw = (amount: bigint) => chain.draw(chain.withdrawal({ token, amount, withdrawer: bob }));
    expect(draw(911n)).toEqual({ result: errors.errInsufficientBalance, events: [] });
    expect(draw(910n).result).toEqual(DONE);
  });

  it("does not count as free for its own lock, but for the next one", () => {
    expectRefusal(policy({ premium: 500n, lock: POOLED + 1n, coverage: BURST }), errors.errLockExceedsAvailable);
    expect(chain.buy(policy({ premium: 500n, lock: POOLED, coverage: BURST })).result).toEqual(DONE);
    expectRefusal(policy({ policyId: 2n, lock: 501n, coverage: BURST }), errors.errLockExceedsAvailable);
    expect(chain.buy(policy({ policyId: 2n, lock: 500n, coverage: BURST })).result).toEqual(DONE);
  });

  it.each(["premium", "lock", "coverage"] as const)("takes a %s of at least one unit that fits an int64", (field) => {
    for (const amount of [0n, INT64_LIMIT, U128_MAX]) {
      expectRefusal(policy({ [field]: amount }), errors.errInvalidAmount);
    }
    expect(chain.buy(policy({ coverage: 1n, lock: 1n, premium: 1n })).result).toEqual(DONE);
  });

  it.each(["policyId", "releaseAfter"] as const)("takes a %s that fits an int64", (field) => {
    for (const value of [INT64_LIMIT, U128_MAX]) expectRefusal(policy({ [field]: value }), errors.errInvalidId);
    for (const [i, value] of [0n, INT64_LIMIT - 1n].entries()) {
      const bought = policy({ policyId: 10n + BigInt(i), [field]: value });
      expect(chain.buy(bought).events).toMatchObject([{ [field]: value }]);
      expect(chain.read(vault.getPolicy(bought.policyId))).toMatchObject({ buyer: alice });
    }
  });

  it("locks at most the coverage", () => {
    expectRefusal(policy({ lock: 201n }), errors.errLockExceedsCoverage);
    expect(chain.buy(policy({ lock: 200n })).result).toEqual(DONE);
  });

  it("buys at most the coverage that one settlement can pay", () => {
    for (const coverage of [BURST + 1n, INT64_LIMIT - 1n]) {
      expectRefusal(policy({ coverage }), errors.errCoverageExceedsBurst);
    }
    expect(chain.buy(policy({ coverage: BURST })).result).toEqual(DONE);
  });

  it("is refused when block time reaches expires-at, to the second", () => {
    expectRefusal(policy({ expiresAt: 0n }), errors.errAuthorizationExpired);
    expectRefusal(policy({ expiresAt: chain.nextBlockTime() - 1n }), errors.errAuthorizationExpired);
    expectRefusal(policy({ expiresAt: chain.nextBlockTime() }), errors.errAuthorizationExpired);
    expect(chain.buy(policy({ expiresAt: chain.nextBlockTime() + 1n })).result).toEqual(DONE);
    expect(chain.buy(policy({ policyId: 2n, expiresAt: U128_MAX })).result).toEqual(DONE);
  });

  it("buys each policy id once, whatever the terms", () => {
    chain.buy(policy());
    expectRefusal(policy(), errors.errPolicyExists);
    expectRefusal(policy({ buyer: bob, premium: 1n, lock: 1n, coverage: 1n }), errors.errPolicyExists);
    expectRefusal(policy({ token: other }), errors.errPolicyExists);
  });

  it("buys no policy id again after its release or its settlement", () => {
    for (const policyId of [1n, 2n]) chain.buy(policy({ policyId }));
    expect(chain.send(vault.releaseCollateralAggregate([1n], token), service).result).toEqual(DONE);
    expect(chain.send(vault.settlePolicy(2n, 1n, token), service).result).toEqual(DONE);
    for (const policyId of [1n, 2n]) expectRefusal(policy({ policyId }), errors.errPolicyExists);
  });

  it("needs the authoriser's signature over exactly these terms", () => {
    const signed = policy();
    const signature = signPolicy(signed);
    const { policyId, premium, lock, coverage, releaseAfter, expiresAt } = signed;
    const more = { policyId, premium, lock, coverage, releaseAfter, expiresAt };
    for (const [field, value] of Object.entries(more)) {
      expectRefusal({ ...signed, [field]: value + 1n }, errors.errInvalidSignature, signature);
    }
    expectRefusal({ ...signed, token: other }, errors.errInvalidSignature, signature);
    expectRefusal(signed, errors.errInvalidSignature, signPolicy(signed, { key: OTHER_KEY }));
    expectRefusal(signed, errors.errInvalidSignature, new Uint8Array());
    expectRefusal(signed, errors.errInvalidSignature, signature, bob);
    expect(chain.buy(signed, signature).result).toEqual(DONE);
  });

  it("is at most what the buyer has, and leaves the id unused when it is not", () => {
    expectRefusal(policy({ premium: held(alice) + 1n }), errors.errTransferFailed);
    expect(chain.buy(policy({ premium: held(alice) })).result).toEqual(DONE);
    expect(held(alice)).toBe(0n);
  });

  it("is not paid through another contract, even in the buyer's own transaction", () => {
    const p = policy({ expiresAt: U128_MAX });
    const terms = `{ lock: u${p.lock}, coverage: u${p.coverage}, release-after: u${p.releaseAfter}, expires-at: u${p.expiresAt} }`;
    const payment = `u1 u10 ${token === null ? "none" : `(some '${token})`} ${terms}`;
    const signature = `0x${Buffer.from(signPolicy(p)).toString("hex")}`;
    const call = `(contract-call? '${vault.identifier} ${vault.functions.payPremium.name} ${payment} ${signature})`;
    const proxy = chain.deploy("premium-proxy", `(define-public (cancel-change) ${call})`);
    const [contractAddress, contractName] = proxy.split(".") as [string, string];
    const indirect = { ...vault.cancelChange(), contractAddress, contractName };
    expect(chain.send(indirect, alice)).toEqual({ result: errors.errIndirectCall, events: [] });
    expect(chain.buy(p).result).toEqual(DONE);
  });
});

describe("a premium", () => {
  it("in a token that is not the pinned one is refused, though it is signed", () => {
    const copy = chain.deploy("sbtc-token-copy", chain.simnet.getContractSource(sbtc.identifier) as string);
    expectRefusal(chain.policy({ token: copy }), errors.errInvalidTokenContract);
  });

  it("is refused before the launch, though it is signed", async () => {
    await chain.restart();
    const caps = { withdrawals: CAP, settlements: CAP };
    const setUp = { authoriser: publicKeyOf(AUTHORISER_KEY), caps: { stx: caps, sbtc: caps } };
    chain.send(vault.scheduleChange({ ...NO_CHANGE, ...setUp }), deployer);
    for (const token of [null, sbtc.identifier]) {
      expectRefusal(chain.policy({ token }), errors.errInvalidTokenContract);
    }
  });

  it("buys nothing where the settlements of its token are closed, whatever those of the other", async () => {
    await chain.restart();
    chain.launch({ cap: CAP, stx: { settlements: 1n } });
    chain.mint(bob, POOLED + 10n);
    for (const token of [null, sbtc.identifier]) chain.send(vault.depositFunds(POOLED, token, 1n), bob);
    expectRefusal(chain.policy({ lock: 1n, coverage: 1n }), errors.errCoverageExceedsBurst);
    expect(chain.buy(chain.policy({ token: sbtc.identifier, buyer: bob })).result).toEqual(DONE);
  });
});
