/** What other contracts and plain transfers can do to the vault: nothing in another's name, nothing the books miss. */
import { type ContractCall, getTypeString, type Response } from "@clarigen/core";
import { beforeEach, describe, expect, it } from "vitest";
import { contracts } from "../../src/stacks/bindings";
import { sign, type Withdrawal } from "./authorization";
import { Chain, DONE, errors, type Vault, vaultAt } from "./chain";

const chain = await Chain.open();
const { vault, sbtc, deployer, alice, bob } = chain;

beforeEach(() => chain.restart());

const publicFunctions = Object.entries(contracts.liquidityVault.functions).filter(([, abi]) => abi.access === "public");

/** A contract with the vault's own interface that passes each call on in the given form. */
function deployRelay(form: (call: string) => string): Vault {
  const functions = publicFunctions.map(([, { name, args }]) => {
    const parameters = args.map(
      (arg) => `(${arg.name} ${getTypeString(arg.type).replace("trait_reference", "<sip-010>")})`,
    );
    const call = `(contract-call? '${vault.identifier} ${name} ${args.map((arg) => arg.name).join(" ")})`;
    return `(define-public (${name} ${parameters.join(" ")}) ${form(call)})`;
  });
  const source = [`(use-trait sip-010 '${vault.identifier}.sip-010)`, ...functions].join("\n");
  return vaultAt(chain.deploy("relay", source));
}

const deposit = (to: Vault, token: string | null = null) => to.depositFunds(1_000n, token, 1n);

function draw(to: Vault, changes: Partial<Withdrawal> = {}) {
  const w = chain.withdrawal(changes);
  return to.withdrawFunds(w.amount, w.token, { id: w.id, expiresAt: w.expiresAt }, sign(w));
}

describe("a relay contract", () => {
  type Case = {
    sender: string;
    refusal: unknown;
    before?: () => void;
    call(to: Vault): ContractCall<Response<boolean, bigint>>;
  };
  const key = new Uint8Array(33).fill(3);
  const cases: Record<string, Case> = {
    setAuthoriser: { sender: deployer, refusal: errors.errNotAuthorized, call: (to) => to.setAuthoriser(key) },
    setSbtcTokenPrincipal: {
      sender: deployer,
      refusal: errors.errNotAuthorized,
      before: () => chain.send(vault.setAuthoriser(key), deployer),
      call: (to) => to.setSbtcTokenPrincipal(sbtc.identifier, { stx: 1n, sbtc: 1n }),
    },
    depositFunds: { sender: alice, refusal: errors.errIndirectCall, before: () => chain.launch(), call: deposit },
    withdrawFunds: {
      sender: alice,
      refusal: errors.errIndirectCall,
      before: () => {
        chain.launch();
        chain.send(deposit(vault), bob);
      },
      call: draw,
    },
  };

  it("is tried for every public function", () => {
    expect(Object.keys(cases).sort()).toEqual(publicFunctions.map(([name]) => name).sort());
  });

  it.each(Object.entries(cases))(
    "cannot call %s in its caller's name, who can",
    (_, { sender, refusal, before, call }) => {
      before?.();
      const relay = deployRelay((forwarded) => forwarded);
      expect(chain.send(call(relay), sender)).toEqual({ result: refusal, events: [] });
      expect(chain.send(call(vault), sender).result).toEqual(DONE);
    },
  );

  it("can deposit and withdraw as itself", () => {
    chain.launch();
    const relay = deployRelay((call) => `(as-contract? ((with-all-assets-unsafe)) (try! ${call}))`);
    chain.simnet.transferSTX(1_000n, relay.identifier, bob);
    expect(chain.send(deposit(relay), alice).events).toMatchObject([{ depositor: relay.identifier, amount: 1_000n }]);
    expect(chain.send(draw(relay, { withdrawer: relay.identifier }), alice).events).toMatchObject([
      { withdrawer: relay.identifier, amount: 100n },
    ]);
    expect(chain.stxOf(relay.identifier)).toBe(100n);
  });
});

describe("a plain transfer to the vault", () => {
  beforeEach(() => {
    chain.launch();
    chain.mint(bob, 1_000n);
  });

  it("of STX is a surplus: held, not counted, not withdrawable", () => {
    chain.send(deposit(vault), bob);
    chain.simnet.transferSTX(77n, vault.identifier, bob);
    expect(chain.state()).toMatchObject({ heldStx: 1_077n, stx: { balance: 1_000n } });
    expect(chain.send(draw(vault, { amount: 1_001n }), alice).result).toEqual(errors.errInsufficientBalance);
    expect(chain.send(deposit(vault), bob).events).toMatchObject([{ balance: 2_000n }]);
    expect(chain.send(draw(vault, { amount: 2_000n }), alice).result).toEqual(DONE);
    expect(chain.stxOf(vault.identifier)).toBe(77n);
  });

  it("of sBTC is a surplus too", () => {
    chain.send(deposit(vault, sbtc.identifier), bob);
    chain.mint(vault.identifier, 77n);
    expect(chain.read(vault.getTotalSbtcBalance())).toBe(1_000n);
    const token = sbtc.identifier;
    expect(chain.send(draw(vault, { token, amount: 1_001n }), alice).result).toEqual(errors.errInsufficientBalance);
    expect(chain.send(draw(vault, { token, amount: 1_000n }), alice).result).toEqual(DONE);
    expect(chain.sbtcOf(vault.identifier)).toBe(77n);
  });
});

describe("the local sBTC", () => {
  it("is minted by its deployer only", () => {
    expect(chain.send(sbtc.mint(1n, alice), alice).result).toEqual(sbtc.constants.errNotMinter);
  });

  it("is moved by its owner only", () => {
    chain.mint(bob, 10n);
    expect(chain.send(sbtc.transfer(10n, bob, alice, null), alice).result).toEqual(sbtc.constants.errNotOwner);
    expect(chain.send(sbtc.transfer(10n, bob, alice, new Uint8Array(34)), bob).result).toEqual(DONE);
    expect(chain.sbtcOf(alice)).toBe(10n);
  });
});
