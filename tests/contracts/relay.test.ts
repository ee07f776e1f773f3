/** Every public function, called through another contract by the one who may call it: no contract acts in a name. */
import type { ContractCall, Response } from "@clarigen/core";
import { beforeEach, describe, expect, it } from "vitest";
import type { contracts } from "../../src/stacks/bindings";
import { AUTHORISER_KEY, type Policy, sign, signPolicy, type Withdrawal } from "./authorization";
import { Chain, DONE, errors, events, NO_CHANGE, publicKeyOf, type Vault, vaultAt } from "./chain";
import { publicFunctions, relayInCallersName, relayInItsOwnName } from "./relaying";

const chain = await Chain.open();
const { vault, sbtc, deployer, service, guardian, alice, bob } = chain;
const POOLED = 1_000n;
const DELAY_BLOCKS = Number(errors.delayBlocks);

beforeEach(() => chain.restart());

const inCallersName = () => relayInCallersName(chain);
const inItsOwnName = () => relayInItsOwnName(chain);

type Call = ContractCall<Response<boolean, bigint>>;

function draw(to: Vault, changes: Partial<Withdrawal> = {}): Call {
  const w = chain.withdrawal(changes);
  return to.withdrawFunds(w.amount, w.token, { id: w.id, expiresAt: w.expiresAt }, sign(w));
}

function buy(to: Vault, changes: Partial<Policy> = {}): Call {
  const { policyId, premium, token, lock, coverage, releaseAfter, expiresAt } = chain.policy(changes);
  const terms = { lock, coverage, releaseAfter, expiresAt };
  return to.payPremium(policyId, premium, token, terms, signPolicy(chain.policy(changes)));
}

/** A launched vault with 1000 micro-STX in it, 100 of them locked behind policy 1, alice's. */
function inUse(): void {
  chain.launch();
  chain.send(vault.depositFunds(POOLED, null, 1n), bob);
  expect(chain.buy(chain.policy()).result).toEqual(DONE);
}

function withChangeWaiting(admin: string | null = null): void {
  chain.launch();
  expect(chain.send(vault.scheduleChange({ ...NO_CHANGE, admin }), deployer).result).toEqual(DONE);
}

interface Case {
  sender: string;
  prepare(): void;
  call(to: Vault): Call;
}
type FunctionName = keyof typeof contracts.liquidityVault.functions;
type Cases = { [name in FunctionName]?: Case };

const NO_CAPS = { stx: { withdrawals: 0n, settlements: 0n }, sbtc: { withdrawals: 0n, settlements: 0n } };
const launch = () => chain.launch();

const ofUsers: Cases = {
  depositFunds: { sender: alice, prepare: launch, call: (to) => to.depositFunds(10n, null, 1n) },
  withdrawFunds: { sender: alice, prepare: inUse, call: draw },
  payPremium: { sender: alice, prepare: inUse, call: (to) => buy(to, { policyId: 2n }) },
};

const ofRoles: Cases = {
  setSbtcTokenPrincipal: {
    sender: deployer,
    prepare: () => {
      chain.send(vault.scheduleChange({ ...NO_CHANGE, authoriser: publicKeyOf(AUTHORISER_KEY) }), deployer);
    },
    call: (to) => to.setSbtcTokenPrincipal(sbtc.identifier),
  },
  scheduleChange: {
    sender: deployer,
    prepare: launch,
    call: (to) => to.scheduleChange({ ...NO_CHANGE, service: bob }),
  },
  cancelChange: { sender: guardian, prepare: () => withChangeWaiting(), call: (to) => to.cancelChange() },
  lowerCaps: { sender: deployer, prepare: launch, call: (to) => to.lowerCaps(NO_CAPS) },
  pause: { sender: guardian, prepare: launch, call: (to) => to.pause() },
  unpause: { sender: deployer, prepare: launch, call: (to) => to.unpause() },
  revokeAuthorization: { sender: service, prepare: launch, call: (to) => to.revokeAuthorization(1n) },
  lockCollateralAggregate: {
    sender: service,
    prepare: inUse,
    call: (to) => to.lockCollateralAggregate([{ policyId: 1n, amount: 150n }], null),
  },
  releaseCollateralAggregate: {
    sender: service,
    prepare: inUse,
    call: (to) => to.releaseCollateralAggregate([1n], null),
  },
  settlePolicy: { sender: service, prepare: inUse, call: (to) => to.settlePolicy(1n, 50n, null) },
};

const ofAnyone: Cases = {
  applyChange: {
    sender: alice,
    prepare: () => {
      withChangeWaiting();
      chain.simnet.mineEmptyBurnBlocks(DELAY_BLOCKS);
    },
    call: (to) => to.applyChange(),
  },
  absorbSurplus: {
    sender: alice,
    prepare: () => {
      chain.launch();
      chain.simnet.transferSTX(77n, vault.identifier, bob);
    },
    call: (to) => to.absorbSurplus(null),
  },
};

it("every public function has one case", () => {
  const named = [ofUsers, ofRoles, ofAnyone].flatMap((cases) => Object.keys(cases));
  expect(named.sort()).toEqual(publicFunctions.map(([name]) => name).sort());
});

describe("a relay contract", () => {
  const refusals: [Cases, { isOk: boolean; value: unknown }, string][] = [
    [ofUsers, errors.errIndirectCall, "user"],
    [ofRoles, errors.errNotAuthorized, "role"],
  ];
  for (const [cases, refusal, kind] of refusals) {
    it.each(Object.entries(cases))(
      `cannot call %s in the name of the ${kind} who may`,
      (_, { sender, prepare, call }) => {
        prepare();
        const relay = inCallersName();
        const state = chain.state();
        expect(chain.send(call(relay), sender)).toEqual({ result: refusal, events: [] });
        expect(chain.state()).toEqual(state);
        expect(chain.send(call(vault), sender).result).toEqual(DONE);
      },
    );
  }

  it.each(Object.entries(ofRoles))("without a role cannot call %s in its own name either", (_, { prepare, call }) => {
    prepare();
    const relay = inItsOwnName();
    expect(chain.send(call(relay), deployer)).toEqual({ result: errors.errNotAuthorized, events: [] });
  });

  it.each(Object.entries(ofRoles))("that has every role acts in %s whoever calls it", (_, { prepare, call }) => {
    const relay = inItsOwnName();
    prepare();
    giveRolesTo(relay.identifier);
    expect(chain.send(call(relay), alice).result).toEqual(DONE);
  });

  it("can deposit, withdraw and insure as itself", () => {
    chain.launch();
    const relay = inItsOwnName();
    chain.simnet.transferSTX(POOLED, relay.identifier, bob);
    const own = relay.identifier;
    expect(chain.send(relay.depositFunds(900n, null, 1n), alice).events).toMatchObject([{ depositor: own }]);
    expect(chain.send(draw(relay, { withdrawer: own }), alice).events).toMatchObject([{ withdrawer: own }]);
    expect(chain.send(buy(relay, { buyer: own }), alice).events).toMatchObject([{ buyer: own, locked: 100n }]);
    expect(chain.stxOf(own)).toBe(POOLED - 900n + 100n - 10n);
    expect(chain.send(vault.settlePolicy(1n, 60n, null), service).events).toMatchObject([{ buyer: own, amount: 60n }]);
    expect(chain.stxOf(own)).toBe(POOLED - 900n + 100n - 10n + 60n);
  });
});

/** The relay becomes service, guardian and admin: at once before the launch, else after the delay and by its own hand. */
function giveRolesTo(relay: string): void {
  const { sbtcToken, pendingChange } = chain.state();
  const roles = { admin: relay, service: relay, guardian: relay };
  chain.send(vault.scheduleChange({ ...NO_CHANGE, ...roles }), deployer);
  if (sbtcToken === null) return;
  chain.simnet.mineEmptyBurnBlocks(DELAY_BLOCKS);
  expect(chain.send(vaultAt(relay).applyChange(), alice).result).toEqual(DONE);
  if (pendingChange) expect(chain.send(vaultAt(relay).scheduleChange(NO_CHANGE), alice).result).toEqual(DONE);
}

describe("what anyone may do through a relay", () => {
  it("absorb-surplus counts what is there, and pays nobody", () => {
    ofAnyone.absorbSurplus?.prepare();
    const relay = inCallersName();
    const before = chain.stxOf(alice);
    expect(chain.send(relay.absorbSurplus(null), alice)).toMatchObject({
      result: DONE,
      events: [{ event: events.eventSurplusAbsorbed, amount: 77n, balance: 77n, locked: 0n }],
    });
    expect(chain.send(relay.absorbSurplus(null), alice)).toEqual({ result: errors.errNoSurplus, events: [] });
    expect(chain.stxOf(alice)).toBe(before);
    expect(chain.stxOf(relay.identifier)).toBe(0n);
  });

  it("apply-change applies what the admin scheduled, not before its time, and once", () => {
    chain.launch();
    chain.send(vault.scheduleChange({ ...NO_CHANGE, service: bob }), deployer);
    const relay = inCallersName();
    expect(chain.send(relay.applyChange(), alice)).toEqual({ result: errors.errChangeTooEarly, events: [] });
    chain.simnet.mineEmptyBurnBlocks(DELAY_BLOCKS);
    const before = chain.state();
    expect(chain.send(relay.applyChange(), alice).result).toEqual(DONE);
    expect(chain.state()).toEqual({ ...before, service: bob, pendingChange: null, sequence: before.sequence + 1n });
    expect(chain.send(relay.applyChange(), alice)).toEqual({ result: errors.errNoPendingChange, events: [] });
  });

  it("apply-change makes nobody admin through a relay, not even the successor", () => {
    withChangeWaiting(alice);
    chain.simnet.mineEmptyBurnBlocks(DELAY_BLOCKS);
    const relay = inCallersName();
    expect(chain.send(relay.applyChange(), alice)).toEqual({ result: errors.errNotAuthorized, events: [] });
    expect(chain.send(vault.applyChange(), alice).result).toEqual(DONE);
    expect(chain.state().admin).toBe(alice);
  });
});
