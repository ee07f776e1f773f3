import { Cl } from "@stacks/transactions";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contracts } from "../../src/stacks/bindings";
import { localDeployment } from "../../src/stacks/deployment";
import { decodeVaultEvent, UndecodableEvent } from "../../src/stacks/vaultEvents";

const { eventAuthorizationRevoked, eventFundsDeposited, eventFundsWithdrawn, eventPremiumPaid } =
  contracts.liquidityVault.constants;
const SBTC = localDeployment("ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM").sbtcContract;
const ALICE = "ST1SJ3DTE5DN7X54YDH5D64R3BCB6A2AG2ZQ8YPD5";
const LARGEST = 2n ** 63n - 1n;

const deposit = (change: Record<string, ReturnType<typeof Cl.uint>> = {}) =>
  Cl.serialize(
    Cl.tuple({
      event: Cl.stringAscii(eventFundsDeposited),
      sequence: Cl.uint(7),
      token: Cl.none(),
      amount: Cl.uint(100),
      balance: Cl.uint(300),
      locked: Cl.uint(0),
      depositor: Cl.principal(ALICE),
      reference: Cl.uint(9),
      ...change,
    }),
  );

test("a deposit of STX", () => {
  expect(decodeVaultEvent(deposit(), SBTC)).toEqual({
    kind: "deposit",
    sequence: 7n,
    token: "STX",
    amount: 100n,
    balance: 300n,
    locked: 0n,
    depositor: ALICE,
    reference: 9n,
  });
});

test("a withdrawal of sBTC by a contract", () => {
  const printed = Cl.tuple({
    event: Cl.stringAscii(eventFundsWithdrawn),
    sequence: Cl.uint(8),
    token: Cl.some(Cl.principal(SBTC)),
    amount: Cl.uint(1),
    balance: Cl.uint(2),
    locked: Cl.uint(0),
    withdrawer: Cl.principal(`${ALICE}.exchange`),
    id: Cl.uint(LARGEST),
  });
  expect(decodeVaultEvent(`0x${Cl.serialize(printed)}`, SBTC)).toMatchObject({
    kind: "withdrawal",
    token: "sBTC",
    withdrawer: `${ALICE}.exchange`,
    authorizationId: LARGEST,
  });
});

const revocation = (fields: Record<string, ReturnType<typeof Cl.uint>>) =>
  Cl.serialize(Cl.tuple({ event: Cl.stringAscii(eventAuthorizationRevoked), sequence: Cl.uint(9), ...fields }));

test("a revocation names the authorisation, and no money", () => {
  expect(decodeVaultEvent(revocation({ id: Cl.uint(LARGEST) }), SBTC)).toEqual({
    kind: "revocation",
    sequence: 9n,
    authorizationId: LARGEST,
  });
});

test("every number up to 2^63 - 1 comes through exactly", () => {
  fc.assert(
    fc.property(fc.bigInt(0n, LARGEST), (amount) => {
      expect(decodeVaultEvent(deposit({ amount: Cl.uint(amount) }), SBTC)).toMatchObject({ amount });
    }),
  );
});

describe("what can't be decoded exactly is an error, never a guess", () => {
  test.each([
    ["a number of 2^63", deposit({ amount: Cl.uint(LARGEST + 1n) })],
    ["a reference of 2^128 - 1", deposit({ reference: Cl.uint(2n ** 128n - 1n) })],
    ["another token", deposit({ token: Cl.some(Cl.principal(`${ALICE}.fake`)) as never })],
    ["a missing field", Cl.serialize(Cl.tuple({ event: Cl.stringAscii(eventFundsDeposited), sequence: Cl.uint(1) }))],
    [
      "a premium without its terms",
      Cl.serialize(
        Cl.tuple({
          event: Cl.stringAscii(eventPremiumPaid),
          sequence: Cl.uint(1),
          token: Cl.none(),
          amount: Cl.uint(1),
          balance: Cl.uint(1),
          locked: Cl.uint(1),
        }),
      ),
    ],
    ["a revocation of nothing", revocation({})],
    ["a revocation of the id 2^63", revocation({ id: Cl.uint(LARGEST + 1n) })],
    ["an unknown event", Cl.serialize(Cl.tuple({ event: Cl.stringAscii("funds-stolen"), sequence: Cl.uint(1) }))],
    ["no tuple", Cl.serialize(Cl.uint(1))],
    ["truncated bytes", deposit().slice(0, -6)],
    ["nothing", ""],
  ])("%s", (_what, hex) => {
    expect(() => decodeVaultEvent(hex, SBTC)).toThrow(UndecodableEvent);
  });
});
