/**
 * The configuration after the launch: what loosens waits in public view for 144 burn blocks, what tightens is at once.
 */
import { beforeEach, describe, expect, it } from "vitest";
import { AUTHORISER_KEY, OTHER_KEY, sign, signPolicy } from "./authorization";
import { Chain, DONE, errors, events, NO_CHANGE, publicKeyOf, U128_MAX } from "./chain";

const chain = await Chain.open();
const { vault, sbtc, service, guardian, deployer, alice, bob } = chain;
const CAP = 1_000n;
const DELAY = Number(errors.delayBlocks);

type Change = NonNullable<ReturnType<typeof chain.state>["pendingChange"]>["change"];
type Caps = NonNullable<Change["caps"]>;

const bothAt = (withdrawals: bigint, settlements = withdrawals) => ({ withdrawals, settlements });
const capsAt = (cap: bigint): Caps => ({ stx: bothAt(cap), sbtc: bothAt(cap) });

beforeEach(async () => {
  await chain.restart();
  chain.launch({ cap: CAP });
  chain.mint(bob, 10_000n);
  for (const token of [null, sbtc.identifier]) chain.send(vault.depositFunds(10_000n, token, 1n), bob);
});

const changeOf = (change: Partial<Change>): Change => ({ ...NO_CHANGE, ...change });
const schedule = (change: Partial<Change>, sender = deployer) =>
  chain.send(vault.scheduleChange(changeOf(change)), sender);
const apply = (sender = bob) => chain.send(vault.applyChange(), sender);
const cancel = (sender = guardian) => chain.send(vault.cancelChange(), sender);
const lower = (caps: Caps, sender = deployer) => chain.send(vault.lowerCaps(caps), sender);
const burnHeight = () => BigInt(chain.simnet.burnBlockHeight);
const wait = (blocks: number) => chain.simnet.mineEmptyBurnBlocks(blocks);

/** The roles and caps in force, without what every transaction moves. */
function configuration() {
  const { admin, service, guardian, authoriser, stx, sbtc } = chain.state();
  const capsOf = (side: typeof stx) => bothAt(side.withdrawals.cap, side.settlements.cap);
  return { admin, service, guardian, authoriser, caps: { stx: capsOf(stx), sbtc: capsOf(sbtc) } };
}

/** A refusal prints nothing and leaves every variable as it was. */
function expectRefusal(attempt: () => unknown, error: unknown): void {
  const before = chain.state();
  expect(attempt()).toEqual({ result: error, events: [] });
  expect(chain.state()).toEqual(before);
}

const authoriser = Uint8Array.from(publicKeyOf(OTHER_KEY));
const caps = { stx: bothAt(2_000n, 3_000n), sbtc: bothAt(4_000n, 5_000n) };
const kinds: { name: string; change: Partial<Change> }[] = [
  { name: "the admin", change: { admin: alice } },
  { name: "the service", change: { service: alice } },
  { name: "the guardian", change: { guardian: alice } },
  { name: "the authoriser", change: { authoriser } },
  { name: "the caps", change: { caps } },
  { name: "nothing", change: {} },
  { name: "everything", change: { admin: alice, service: bob, guardian: deployer, authoriser, caps } },
];

describe.each(kinds)("a change of $name", ({ change }) => {
  it("is told with the burn block of its time, waits, and changes nothing yet", () => {
    const before = chain.state();
    const readyAt = burnHeight() + errors.delayBlocks;
    const scheduled = { change: changeOf(change), readyAt };
    expect(schedule(change)).toEqual({
      result: DONE,
      events: [{ event: events.eventChangeScheduled, sequence: 5n, ...scheduled }],
    });
    expect(chain.state()).toEqual({ ...before, sequence: 5n, pendingChange: scheduled });
  });

  it("is refused one burn block early, applied in the 144th, and told", () => {
    const sender = change.admin ? alice : bob;
    schedule(change);
    const before = configuration();
    wait(DELAY - 1);
    expectRefusal(() => apply(sender), errors.errChangeTooEarly);
    wait(1);
    expect(apply(sender)).toEqual({
      result: DONE,
      events: [{ event: events.eventChangeApplied, sequence: 6n, change: changeOf(change) }],
    });
    expect(configuration()).toEqual({ ...before, ...change });
    expect(chain.state().pendingChange).toBeNull();
    expectRefusal(() => apply(sender), errors.errNoPendingChange);
  });
});

describe("a scheduled change", () => {
  it("is the admin's to schedule", () => {
    for (const sender of [service, guardian, alice, bob]) {
      expectRefusal(() => schedule({ service: alice }, sender), errors.errNotAuthorized);
    }
  });

  it("is anyone's to apply, however late", () => {
    for (const sender of [alice, service, guardian, deployer]) {
      schedule({ service });
      wait(10 * DELAY);
      expect(apply(sender).result).toEqual(DONE);
    }
  });

  it("that names a new admin is this one's own to apply, whatever else is in it", () => {
    schedule({ admin: alice, service: bob });
    wait(DELAY);
    for (const sender of [deployer, guardian, service, bob])
      expectRefusal(() => apply(sender), errors.errNotAuthorized);
    expect(apply(alice).result).toEqual(DONE);
    expectRefusal(() => schedule({}), errors.errNotAuthorized);
    expect(schedule({}, alice).result).toEqual(DONE);
  });

  it("is replaced by the next one, whose delay begins anew", () => {
    schedule({ service: alice, caps: capsAt(2_000n) });
    const before = configuration();
    wait(DELAY - 1);
    schedule({ service: bob });
    wait(1);
    expectRefusal(apply, errors.errChangeTooEarly);
    wait(DELAY - 2);
    expectRefusal(apply, errors.errChangeTooEarly);
    wait(1);
    expect(apply().result).toEqual(DONE);
    expect(configuration()).toEqual({ ...before, service: bob });
  });

  it.each([
    ["guardian", guardian],
    ["admin", deployer],
  ])("is cancelled by the %s, even when its time has come, and told", (_, sender) => {
    const before = chain.state();
    schedule({ service: alice });
    wait(DELAY);
    expect(cancel(sender)).toEqual({ result: DONE, events: [{ event: events.eventChangeCancelled, sequence: 6n }] });
    expect(chain.state()).toEqual({ ...before, sequence: 6n });
    expectRefusal(apply, errors.errNoPendingChange);
    expectRefusal(() => cancel(sender), errors.errNoPendingChange);
  });

  it("is cancelled by nobody else", () => {
    schedule({ admin: alice });
    for (const sender of [service, alice, bob]) expectRefusal(() => cancel(sender), errors.errNotAuthorized);
  });

  it("has an authoriser of 33 bytes", () => {
    for (const length of [0, 1, 32]) {
      expectRefusal(() => schedule({ authoriser: new Uint8Array(length) }), errors.errInvalidAuthoriser);
    }
  });

  it.each(["stx", "sbtc"] as const)("has caps of %s below the limit, so that no product overflows", (side) => {
    for (const bucket of ["withdrawals", "settlements"]) {
      for (const cap of [errors.capLimit, U128_MAX]) {
        const tooHigh = { ...capsAt(CAP), [side]: { ...bothAt(CAP), [bucket]: cap } };
        expectRefusal(() => schedule({ caps: tooHigh }), errors.errInvalidCap);
      }
    }
    const highest = errors.capLimit - 1n;
    schedule({ caps: capsAt(highest) });
    wait(DELAY);
    expect(apply().result).toEqual(DONE);
    wait(1_000);
    const token = side === "stx" ? null : sbtc.identifier;
    expect(chain.draw(chain.withdrawal({ token, amount: 10_000n })).result).toEqual(DONE);
    expect(chain.read(vault.getBucket(token))?.withdrawals.room).toBe(highest / 2n - 10_000n);
  });
});

describe("after a change", () => {
  function change(to: Partial<Change>): void {
    schedule(to);
    wait(DELAY);
    expect(apply().result).toEqual(DONE);
  }

  it("of the authoriser, the old key's signatures are dead and the new one's work", () => {
    const [withdrawal, policy] = [chain.withdrawal({ expiresAt: U128_MAX }), chain.policy({ expiresAt: U128_MAX })];
    const [oldKey, newKey] = [{ key: AUTHORISER_KEY }, { key: OTHER_KEY }];
    expectRefusal(() => chain.draw(withdrawal, sign(withdrawal, newKey)), errors.errInvalidSignature);
    change({ authoriser });
    expectRefusal(() => chain.draw(withdrawal, sign(withdrawal, oldKey)), errors.errInvalidSignature);
    expectRefusal(() => chain.buy(policy, signPolicy(policy, oldKey)), errors.errInvalidSignature);
    expect(chain.draw(withdrawal, sign(withdrawal, newKey)).result).toEqual(DONE);
    expect(chain.buy({ ...policy, lock: 1n }, signPolicy({ ...policy, lock: 1n }, newKey)).result).toEqual(DONE);
  });

  it("of the service and the guardian, the old ones can do nothing and the new ones what is theirs", () => {
    change({ service: alice, guardian: bob });
    expect(chain.read(vault.getBackendPrincipal())).toBe(alice);
    expectRefusal(() => chain.send(vault.lockCollateralAggregate([], null), service), errors.errNotAuthorized);
    expectRefusal(() => chain.send(vault.pause(), guardian), errors.errNotAuthorized);
    expect(chain.send(vault.lockCollateralAggregate([], null), alice).result).toEqual(DONE);
    expect(chain.send(vault.pause(), bob).result).toEqual(DONE);
  });

  it.each([null, sbtc.identifier])(
    "of the caps, the bucket of %s keeps what it holds, drained at the old rate",
    (token) => {
      schedule({ caps: capsAt(2_000n) });
      wait(DELAY - 72);
      chain.draw(chain.withdrawal({ token, amount: 500n }));
      wait(72);
      apply();
      const room = () => chain.read(vault.getBucket(token))?.withdrawals.room;
      expect(room()).toBe(750n);
      wait(36);
      expect(room()).toBe(1_000n);
    },
  );
});

describe("lower caps", () => {
  it("hold at once, and are told", () => {
    const before = configuration();
    const lowered = { stx: bothAt(400n, 300n), sbtc: bothAt(200n, 0n) };
    expect(lower(lowered)).toEqual({
      result: DONE,
      events: [{ event: events.eventCapsLowered, sequence: 5n, caps: lowered }],
    });
    expect(configuration()).toEqual({ ...before, caps: lowered });
    expectRefusal(() => chain.draw(chain.withdrawal({ amount: 201n })), errors.errOutflowExceedsCap);
    expect(chain.draw(chain.withdrawal({ amount: 200n })).result).toEqual(DONE);
    const policy = chain.policy({ buyer: bob, token: sbtc.identifier, lock: 1n, coverage: 1n });
    chain.mint(bob, 10n);
    expectRefusal(() => chain.buy(policy), errors.errCoverageExceedsBurst);
  });

  it("may be the present ones, and none of them higher", () => {
    for (const side of ["stx", "sbtc"] as const) {
      for (const bucket of ["withdrawals", "settlements"]) {
        for (const cap of [CAP + 1n, U128_MAX]) {
          const raised = { ...capsAt(0n), [side]: { ...bothAt(0n), [bucket]: cap } };
          expectRefusal(() => lower(raised), errors.errCapNotLower);
        }
      }
    }
    expect(lower(capsAt(CAP)).result).toEqual(DONE);
  });

  it("are the admin's", () => {
    for (const sender of [service, guardian, alice, bob]) {
      expectRefusal(() => lower(capsAt(0n), sender), errors.errNotAuthorized);
    }
  });

  it("drop a change of caps that waits, with all that is in it", () => {
    schedule({ service: alice, caps: capsAt(2_000n) });
    wait(DELAY);
    lower(capsAt(CAP));
    expectRefusal(apply, errors.errNoPendingChange);
  });

  it("keep a change that waits for anything else", () => {
    schedule({ service: alice });
    wait(DELAY);
    lower(capsAt(500n));
    expect(apply().result).toEqual(DONE);
    expect(configuration()).toMatchObject({ service: alice, caps: capsAt(500n) });
  });

  it("leave what a bucket holds, so that it stays shut until that has drained", () => {
    const room = () => chain.read(vault.getBucket(null))?.withdrawals.room;
    chain.draw(chain.withdrawal({ amount: 500n }));
    lower(capsAt(200n));
    wait(4 * DELAY);
    expect(room()).toBe(0n);
    wait(DELAY / 2);
    expect(room()).toBe(50n);
    expectRefusal(() => chain.draw(chain.withdrawal({ id: 2n, amount: 51n })), errors.errOutflowExceedsCap);
    expect(chain.draw(chain.withdrawal({ id: 2n, amount: 50n })).result).toEqual(DONE);
  });
});
