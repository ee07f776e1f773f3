/** A call that is not exactly what was asked for is never shown for signing, whatever differs in it. */
import { Cl, Pc, postConditionToHex } from "@stacks/transactions";
import { expect, test } from "vitest";
import { contracts } from "../../src/stacks/bindings";
import { unsignedDeposit, unsignedWithdrawal } from "../../src/stacks/unsignedCalls";
import { checkCall, type Intent } from "../../src/web/transactions/review";
import type { UnsignedCall } from "../../src/web/wallets/wallet";
import { ALICE, config, DEPLOYER } from "./page";

const ASSET = contracts.sbtcToken.fungible_tokens[0].name;

const intent: Intent = { action: "deposit", token: "sBTC", tier: "Balanced", amount: 100_000n };
const owner = ALICE.address;
const call = unsignedDeposit(config, { depositor: owner, token: "sBTC", amount: 100_000n, reference: 7n });
const withdrawal = unsignedWithdrawal(config, {
  ...{ token: "STX", amount: 100_000n, id: 1n, expiresAt: 2n },
  signature: "00".repeat(65),
});
const asset = config.sbtcContract as `${string}.${string}`;

test("a deposit goes from its owner to the vault, a withdrawal the other way", () => {
  expect(checkCall(call, intent, owner, config)).toEqual({
    ok: true,
    value: { from: owner, to: config.vaultContract },
  });
  const paid = checkCall(withdrawal, { ...intent, action: "withdrawal", token: "STX" }, owner, config);
  expect(paid).toEqual({ ok: true, value: { from: config.vaultContract, to: owner } });
});

const replaced = (index: number, value: string) => call.functionArgs.map((hex, n) => (n === index ? value : hex));
const condition = (hex: string) => ({ postConditions: [hex] });

test.each<[string, Partial<UnsignedCall>]>([
  ["another network", { network: "mainnet" }],
  ["another contract", { contractId: `${DEPLOYER}.liquidity-vault-2` }],
  ["another function", { functionName: "withdraw-funds" }],
  ["another amount", { functionArgs: replaced(0, Cl.serialize(Cl.uint(100_001))) }],
  ["an amount that is no number", { functionArgs: replaced(0, Cl.serialize(Cl.int(100_000))) }],
  ["another token", { functionArgs: replaced(1, Cl.serialize(Cl.none())) }],
  [
    "another contract's token",
    { functionArgs: replaced(1, Cl.serialize(Cl.some(Cl.contractPrincipal(DEPLOYER, "sbtc")))) },
  ],
  ["no arguments", { functionArgs: [] }],
  ["no post-condition", { postConditions: [] }],
  ["a second post-condition", { postConditions: [...call.postConditions, ...call.postConditions] }],
  [
    "a looser post-condition",
    condition(postConditionToHex(Pc.principal(owner).willSendLte(100_000n).ft(asset, ASSET))),
  ],
  ["a larger post-condition", condition(postConditionToHex(Pc.principal(owner).willSendEq(100_001n).ft(asset, ASSET)))],
  [
    "somebody else's post-condition",
    condition(postConditionToHex(Pc.principal(DEPLOYER).willSendEq(100_000n).ft(asset, ASSET))),
  ],
  ["another asset's post-condition", condition(postConditionToHex(Pc.principal(owner).willSendEq(100_000n).ustx()))],
  ["allow mode", { postConditionMode: "allow" as "deny" }],
])("refused: %s", (_, change) => {
  const outcome = checkCall({ ...call, ...change }, intent, owner, config);
  expect(outcome).toMatchObject({ ok: false, refusal: { code: "CALL_NOT_AS_ASKED" } });
});

test("refused: the right call for another intent", () => {
  for (const other of [{ amount: 100_001n }, { token: "STX" as const }, { action: "withdrawal" as const }]) {
    expect(checkCall(call, { ...intent, ...other }, owner, config).ok).toBe(false);
  }
});
