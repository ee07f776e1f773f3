/** A call that is not exactly what was asked for is never shown for signing, whatever differs in it. */
import { Cl, Pc, postConditionToHex } from "@stacks/transactions";
import { describe, expect, test } from "vitest";
import { contracts } from "../../../src/stacks/bindings";
import { unsignedDeposit, unsignedPremium, unsignedWithdrawal } from "../../../src/stacks/unsignedCalls";
import type { Intent } from "../../../src/web/transactions/intent";
import { checkCall } from "../../../src/web/transactions/review";
import type { UnsignedCall } from "../../../src/web/wallets/wallet";
import { ALICE, config, DEPLOYER } from "../page";

const ASSET = contracts.sbtcToken.fungible_tokens[0].name;
const owner = ALICE.address;
const vault = config.vaultContract;
const asset = config.sbtcContract as `${string}.${string}`;
const signature = "00".repeat(65);
const amount = 100_000n;

const deposit = unsignedDeposit(config, { depositor: owner, token: "sBTC", amount, reference: 7n });
const withdrawal = unsignedWithdrawal(config, { token: "sBTC", amount, id: 1n, expiresAt: 1_800n, signature });
const terms = { lock: 5n, coverage: 9n, releaseAfter: 3_600n, expiresAt: 1_800n };
const premium = unsignedPremium(config, {
  ...{ buyer: owner, policyId: 11n, token: "sBTC", premium: amount, ...terms },
  signature,
});

const cases: { intent: Intent; call: UnsignedCall; amountAt: number; from: string; to: string }[] = [
  {
    ...{ intent: { action: "deposit", token: "sBTC", tier: "Balanced", amount }, call: deposit },
    ...{ amountAt: 0, from: owner, to: vault },
  },
  {
    ...{ intent: { action: "withdrawal", token: "sBTC", tier: "Balanced", amount }, call: withdrawal },
    ...{ amountAt: 0, from: vault, to: owner },
  },
  {
    ...{ intent: { action: "suspenseWithdrawal", token: "sBTC", amount }, call: withdrawal },
    ...{ amountAt: 0, from: vault, to: owner },
  },
  {
    ...{ intent: { action: "premium", token: "sBTC", amount, policyId: 11n, lock: 5n, coverage: 9n }, call: premium },
    ...{ amountAt: 1, from: owner, to: vault },
  },
  {
    ...{ intent: { action: "treasuryExit", token: "sBTC", amount, account: "fees" }, call: withdrawal },
    ...{ amountAt: 0, from: vault, to: owner },
  },
];

const isRefused = (call: UnsignedCall, intent: Intent) => {
  const outcome = checkCall(call, intent, owner, config);
  return !outcome.ok && outcome.refusal.code === "CALL_NOT_AS_ASKED";
};

const withArgument = (call: UnsignedCall, index: number, value: string) => ({
  ...call,
  functionArgs: call.functionArgs.map((hex, n) => (n === index ? value : hex)),
});

describe.each(cases)("$intent.action", ({ intent, call, amountAt, from, to }) => {
  const payer = Pc.principal(from);
  const condition = (hex: string) => ({ postConditions: [hex] });

  test("is taken as it was asked for, and says who pays whom", () => {
    expect(checkCall(call, intent, owner, config)).toMatchObject({ ok: true, value: { from, to } });
  });

  test.each<[string, Partial<UnsignedCall>]>([
    ["another network", { network: "mainnet" }],
    ["another contract", { contractId: `${DEPLOYER}.liquidity-vault-2` }],
    ["another function", { functionName: "settle-policy" }],
    ["no arguments", { functionArgs: [] }],
    ["an argument more", { functionArgs: [...call.functionArgs, Cl.serialize(Cl.none())] }],
    ["arguments that are no Clarity", { functionArgs: call.functionArgs.map(() => "zz") }],
    ["no post-condition", { postConditions: [] }],
    ["a second post-condition", { postConditions: [...call.postConditions, ...call.postConditions] }],
    ["a looser post-condition", condition(postConditionToHex(payer.willSendLte(amount).ft(asset, ASSET)))],
    ["a larger post-condition", condition(postConditionToHex(payer.willSendEq(amount + 1n).ft(asset, ASSET)))],
    [
      "somebody else's post-condition",
      condition(postConditionToHex(Pc.principal(DEPLOYER).willSendEq(amount).ft(asset, ASSET))),
    ],
    ["another asset's post-condition", condition(postConditionToHex(payer.willSendEq(amount).ustx()))],
    ["allow mode", { postConditionMode: "allow" as "deny" }],
  ])("refused: %s", (_, change) => {
    expect(isRefused({ ...call, ...change }, intent)).toBe(true);
  });

  test.each([
    ["another amount", amountAt, Cl.uint(amount + 1n)],
    ["an amount that is no number", amountAt, Cl.int(amount)],
    ["another token", amountAt + 1, Cl.none()],
    ["another contract's token", amountAt + 1, Cl.some(Cl.contractPrincipal(DEPLOYER, "sbtc"))],
  ] as const)("refused: %s", (_, index, value) => {
    expect(isRefused(withArgument(call, index, Cl.serialize(value)), intent)).toBe(true);
  });

  test("refused: the right call for another amount or token", () => {
    expect(isRefused(call, { ...intent, amount: amount + 1n })).toBe(true);
    expect(isRefused(call, { ...intent, token: "STX" })).toBe(true);
  });
});

const longer = Cl.serialize(Cl.bufferFromHex("00".repeat(66)));
const [depositCase, withdrawalCase, , premiumCase] = cases;

test.each([
  ["a reference that is no number", depositCase, 2, Cl.serialize(Cl.none())],
  ["an authorisation without its end", withdrawalCase, 2, Cl.serialize(Cl.tuple({ id: Cl.uint(1) }))],
  [
    "an authorisation with more in it",
    withdrawalCase,
    2,
    Cl.serialize(Cl.tuple({ id: Cl.uint(1), "expires-at": Cl.uint(2), to: Cl.principal(DEPLOYER) })),
  ],
  ["a withdrawal's signature of another length", withdrawalCase, 3, longer],
  ["another policy", premiumCase, 0, Cl.serialize(Cl.uint(12))],
  [
    "a smaller lock than was quoted",
    premiumCase,
    3,
    Cl.serialize(
      Cl.tuple({ lock: Cl.uint(4), coverage: Cl.uint(9), "release-after": Cl.uint(1), "expires-at": Cl.uint(2) }),
    ),
  ],
  [
    "less coverage than was quoted",
    premiumCase,
    3,
    Cl.serialize(
      Cl.tuple({ lock: Cl.uint(5), coverage: Cl.uint(8), "release-after": Cl.uint(1), "expires-at": Cl.uint(2) }),
    ),
  ],
  ["a premium's signature of another length", premiumCase, 4, longer],
] as const)("refused: %s", (_, sample, index, value) => {
  if (!sample) throw new Error("no such case");
  expect(isRefused(withArgument(sample.call, index, value), sample.intent)).toBe(true);
});

test("what the call says of itself is read out of it: until when, what is locked, and by what it is found again", () => {
  const read = premiumCase && checkCall(premium, premiumCase.intent, owner, config);
  expect(read).toMatchObject({
    value: {
      expiresAt: 1_800_000,
      terms: { lock: 5n, coverage: 9n, releaseAfter: 3_600_000 },
      mark: Cl.serialize(Cl.uint(11)),
    },
  });
  const paidIn = depositCase && checkCall(deposit, depositCase.intent, owner, config);
  expect(paidIn).toMatchObject({ value: { expiresAt: null, terms: null, mark: Cl.serialize(Cl.uint(7)) } });
});
