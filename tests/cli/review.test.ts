/** What a wallet signs is what was asked for: a backend that asks for anything else is refused, whatever differs. */
import { Cl, Pc, postConditionToHex } from "@stacks/transactions";
import { expect, test } from "vitest";
import { type Movement, requireAsAsked } from "../../src/cli/review";
import { checkChallenge } from "../../src/cli/signIn";
import { contracts } from "../../src/stacks/bindings";
import { localDeployment } from "../../src/stacks/deployment";
import {
  type UnsignedCall,
  unsignedDeposit,
  unsignedPremium,
  unsignedWithdrawal,
} from "../../src/stacks/unsignedCalls";

const DEPLOYER = "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM";
const SIGNER = "ST1SJ3DTE5DN7X54YDH5D64R3BCB6A2AG2ZQ8YPD5";
const vault = localDeployment(DEPLOYER);
const signature = "00".repeat(65);
const asked: Movement = { action: "deposit", token: "sBTC", amount: 100_000n, signer: SIGNER };
const call = unsignedDeposit(vault, { depositor: SIGNER, token: "sBTC", amount: 100_000n, reference: 7n });
const asset = vault.sbtcContract as `${string}.${string}`;
const [{ name: ASSET }] = contracts.sbtcToken.fungible_tokens;

test("deposits, withdrawals and premiums as they were asked for pass, of both tokens", () => {
  for (const token of ["STX", "sBTC"] as const) {
    const money = { token, amount: 5n };
    const deposit = unsignedDeposit(vault, { ...money, depositor: SIGNER, reference: 1n });
    const withdrawal = unsignedWithdrawal(vault, { ...money, id: 1n, expiresAt: 2n, signature });
    const terms = { policyId: 1n, buyer: SIGNER, token, premium: 5n, lock: 6n, coverage: 7n };
    const premium = unsignedPremium(vault, { ...terms, releaseAfter: 8n, expiresAt: 9n, signature });
    const pairs: [Movement["action"], UnsignedCall][] = [
      ["deposit", deposit],
      ["withdraw", withdrawal],
      ["premium", premium],
    ];
    for (const [action, made] of pairs) {
      for (const [other] of pairs) {
        const check = () => requireAsAsked(made, { ...money, action: other, signer: SIGNER }, vault);
        if (other === action) check();
        else expect(check).toThrow(/does not do exactly what you asked for/);
      }
    }
  }
});

const replaced = (index: number, value: string) => call.functionArgs.map((hex, n) => (n === index ? value : hex));
const guarded = (condition: Parameters<typeof postConditionToHex>[0]) => ({
  postConditions: [postConditionToHex(condition)],
});

test.each<[string, Partial<UnsignedCall>]>([
  ["another network", { network: "mainnet" }],
  ["another contract", { contractId: `${DEPLOYER}.liquidity-vault-2` }],
  ["another function", { functionName: "withdraw-funds" }],
  ["another amount", { functionArgs: replaced(0, Cl.serialize(Cl.uint(100_001))) }],
  ["another token", { functionArgs: replaced(1, Cl.serialize(Cl.none())) }],
  [
    "another contract's token",
    { functionArgs: replaced(1, Cl.serialize(Cl.some(Cl.contractPrincipal(DEPLOYER, "x")))) },
  ],
  ["no arguments", { functionArgs: [] }],
  ["an argument too many", { functionArgs: [...call.functionArgs, Cl.serialize(Cl.none())] }],
  ["no post-condition", { postConditions: [] }],
  ["a second post-condition", { postConditions: [...call.postConditions, ...call.postConditions] }],
  ["a looser post-condition", guarded(Pc.principal(SIGNER).willSendLte(100_000n).ft(asset, ASSET))],
  ["a larger post-condition", guarded(Pc.principal(SIGNER).willSendEq(100_001n).ft(asset, ASSET))],
  ["somebody else's post-condition", guarded(Pc.principal(DEPLOYER).willSendEq(100_000n).ft(asset, ASSET))],
  ["another asset's post-condition", guarded(Pc.principal(SIGNER).willSendEq(100_000n).ustx())],
  ["allow mode", { postConditionMode: "allow" as "deny" }],
])("refused before signing: %s", (_, change) => {
  requireAsAsked(call, asked, vault);
  expect(() => requireAsAsked({ ...call, ...change }, asked, vault)).toThrow(
    expect.objectContaining({ kind: "refused", code: "CALL_NOT_AS_ASKED" }),
  );
});

const NOW = Date.UTC(2026, 0, 1);
const challenge = (
  change: Partial<Record<"domain" | "address" | "network" | "chainId" | "expires" | "tail", string>> = {},
) => {
  const { domain = "BitHedge", address = SIGNER, network = "devnet", chainId = "2147483648", tail = "" } = change;
  const expires = change.expires ?? new Date(NOW + 300_000).toISOString();
  return `${domain} asks you to sign in with your Stacks account:\n${address}\n\nSigning moves no money and costs no fee.\n\nNetwork: ${network}\nChain ID: ${chainId}\nNonce: ${"0f".repeat(16)}\nExpires: ${expires}${tail}`;
};
const owner = { address: SIGNER, network: "devnet" as const, now: NOW };

test("a sign-in of one's own passes, and names who asks", () => {
  expect(checkChallenge(challenge(), owner)).toBe("BitHedge");
});

test.each<[string, string]>([
  ["for another address", challenge({ address: DEPLOYER })],
  ["for another network", challenge({ network: "mainnet" })],
  ["for another chain", challenge({ chainId: "1" })],
  ["good for a year", challenge({ expires: new Date(NOW + 365 * 86_400_000).toISOString() })],
  ["long expired", challenge({ expires: new Date(NOW - 86_400_000).toISOString() })],
  ["without an end", challenge({ expires: "Z" })],
  ["with something behind it", challenge({ tail: "\nI also agree to pay." })],
  ["that says something else", "I owe you all my bitcoin."],
  ["with nothing in it", ""],
])("a message %s is not signed", (_, message) => {
  expect(() => checkChallenge(message, owner)).toThrow(expect.objectContaining({ code: "CHALLENGE_NOT_AS_ASKED" }));
});
