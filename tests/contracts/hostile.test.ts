/** What plain transfers do to the vault: nothing that the books miss. And that the local sBTC is as strict as the real one. */
import { beforeEach, describe, expect, it } from "vitest";
import { Chain, DONE, errors } from "./chain";

const chain = await Chain.open();
const { vault, sbtc, alice, bob } = chain;

const tokens = [
  { name: "STX", token: null, give: (amount: bigint) => chain.simnet.transferSTX(amount, vault.identifier, bob) },
  { name: "sBTC", token: sbtc.identifier, give: (amount: bigint) => chain.mint(vault.identifier, amount) },
];

const POOLED = 1_000n;
const SURPLUS = 77n;
const held = (token: string | null) =>
  token === null ? chain.stxOf(vault.identifier) : chain.sbtcOf(vault.identifier);
const balanceOf = (token: string | null) => chain.state()[token === null ? "stx" : "sbtc"].balance;

describe.each(tokens)("a plain transfer of $name to the vault", ({ token, give }) => {
  const draw = (amount: bigint) => chain.draw(chain.withdrawal({ token, amount })).result;

  beforeEach(async () => {
    await chain.restart();
    chain.launch();
    chain.mint(bob, POOLED);
    chain.send(vault.depositFunds(POOLED, token, 1n), bob);
    give(SURPLUS);
  });

  it("is a surplus: held, not counted, not withdrawable, not lockable", () => {
    expect([held(token), balanceOf(token)]).toEqual([POOLED + SURPLUS, POOLED]);
    expect(draw(POOLED + 1n)).toEqual(errors.errInsufficientBalance);
    chain.mint(alice, POOLED);
    const tooMuch = chain.policy({ token, lock: POOLED + 1n, coverage: POOLED + 1n });
    expect(chain.buy(tooMuch).result).toEqual(errors.errLockExceedsAvailable);
    expect(draw(POOLED)).toEqual(DONE);
    expect(held(token)).toBe(SURPLUS);
  });
});

describe("the local sBTC", () => {
  beforeEach(() => chain.restart());

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
