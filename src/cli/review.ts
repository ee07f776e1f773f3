/**
 * Reads what the backend wants signed, as the chain will, before anybody signs it: that it is a call of this vault on this
 * network, that it moves exactly what was asked for and nothing else. Whoever runs the backend can only make it refuse.
 */
import { Cl, cvToHex } from "@stacks/transactions";
import type { Token } from "../domain/tokens";
import { contracts } from "../stacks/bindings";
import type { VaultDeployment } from "../stacks/deployment";
import { exactTransfer, type UnsignedCall } from "../stacks/unsignedCalls";
import { Failure } from "./errors";

/** What a person asks for, as the one transfer that it makes. */
export interface Movement {
  action: "deposit" | "withdraw" | "premium";
  token: Token;
  amount: bigint;
  /** Who signs. */
  signer: string;
}

const { depositFunds, withdrawFunds, payPremium } = contracts.liquidityVault.functions;
const FUNCTION = { deposit: depositFunds, withdraw: withdrawFunds, premium: payPremium };

const plain = (hex: string) => hex.replace(/^0x/, "").toLowerCase();

/** Who pays: the signer, or the vault. */
export function payerOf({ action, signer }: Movement, { vaultContract }: VaultDeployment): string {
  return action === "withdraw" ? vaultContract : signer;
}

/** The arguments whose value follows from what was asked for. */
function knownArguments({ token, amount }: Movement, { sbtcContract }: VaultDeployment): Record<string, string> {
  const [address = "", name = ""] = sbtcContract.split(".");
  const named = token === "STX" ? Cl.none() : Cl.some(Cl.contractPrincipal(address, name));
  return { amount: cvToHex(Cl.uint(amount)), token: cvToHex(named) };
}

function differenceOf(call: UnsignedCall, movement: Movement, vault: VaultDeployment): string | null {
  const { name, args } = FUNCTION[movement.action];
  if (call.network !== vault.network) return `it is for ${call.network}, and you are on ${vault.network}`;
  if (call.contractId !== vault.vaultContract)
    return `it calls ${call.contractId}, and your vault is ${vault.vaultContract}`;
  if (call.functionName !== name) return `it calls ${call.functionName} instead of ${name}`;
  if (call.postConditionMode !== "deny") return "it lets other transfers pass";
  if (call.functionArgs.length !== args.length)
    return `it has ${call.functionArgs.length} arguments instead of ${args.length}`;
  const known = knownArguments(movement, vault);
  const foreign = args.find((argument, n) => {
    const expected = known[argument.name];
    return expected !== undefined && plain(expected) !== plain(call.functionArgs[n] ?? "");
  });
  if (foreign) return `its ${foreign.name} is another`;
  const { token, amount } = movement;
  const expected = plain(exactTransfer(vault, { sender: payerOf(movement, vault), token, amount }));
  const [condition, ...more] = call.postConditions;
  return condition !== undefined && more.length === 0 && plain(condition) === expected
    ? null
    : "it would let something else move than what you asked for";
}

/** @throws a Failure of what differs from what was asked for */
export function requireAsAsked(call: UnsignedCall, movement: Movement, vault: VaultDeployment): void {
  const difference = differenceOf(call, movement, vault);
  if (difference === null) return;
  throw new Failure(
    "refused",
    "CALL_NOT_AS_ASKED",
    `The service returned a transaction that does not do exactly what you asked for: ${difference}. Nothing was signed; tell whoever runs it.`,
  );
}
