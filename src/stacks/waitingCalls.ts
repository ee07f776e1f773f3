/**
 * Calls of the vault that wait for a block, as the API shows its mempool: what could take money, as the call itself says.
 * That it waits proves nothing. Anybody may send anything, so what the vault would refuse anyway is left out by whoever
 * asks (`isSignedWithdrawal` and `arePolicyTermsSigned`).
 */
import { cvToValue } from "@clarigen/core";
import { hexToCV } from "@stacks/transactions";
import { z } from "zod";
import { MAX_AMOUNT, type Token } from "../domain/tokens";
import type { PolicyTerms, WithdrawalTerms } from "./authorization";
import { contracts } from "./bindings";
import type { VaultDeployment } from "./deployment";
import { type ApiOptions, requester } from "./request";

export type WaitingCall = { txId: string } & (
  | { kind: "withdrawal"; terms: WithdrawalTerms; signature: string }
  | { kind: "premium"; terms: PolicyTerms; signature: string }
  | { kind: "settlement"; sender: string; policyId: bigint; token: Token; amount: bigint }
);

/** What the API tells of the call that a transaction makes, if it makes one. */
export const contractCall = z
  .object({
    contract_id: z.string(),
    function_name: z.string(),
    function_args: z.array(z.object({ hex: z.string() })).optional(),
  })
  .optional();

const entry = z.object({ tx_id: z.string(), sender_address: z.string(), contract_call: contractCall });
type Entry = z.infer<typeof entry>;
const page = z.object({ results: z.array(entry) });

/** The API's most at once. */
const PAGE = 50;

const int64 = z.bigint().min(0n).max(MAX_AMOUNT);
const token = z.string().nullable();
const signature = z.instanceof(Uint8Array).transform((bytes) => Buffer.from(bytes).toString("hex"));
const withdrawal = z.tuple([int64, token, z.object({ id: int64, expiresAt: z.bigint() }), signature]);
const premium = z.tuple([
  int64,
  int64,
  token,
  z.object({ lock: int64, coverage: int64, releaseAfter: int64, expiresAt: z.bigint() }),
  signature,
]);
const settlement = z.tuple([int64, int64, token]);

const { withdrawFunds, payPremium, settlePolicy } = contracts.liquidityVault.functions;

/** The newest ones, at most 50. */
export async function waitingCalls(baseUrl: string, deployment: VaultDeployment, options: ApiOptions = {}) {
  const { vaultContract } = deployment;
  const query = `address=${encodeURIComponent(vaultContract)}&limit=${PAGE}`;
  const { results } = await requester(baseUrl, options)(page, `/extended/v1/tx/mempool?${query}`);
  return results.flatMap((one) => readCall(deployment, one) ?? []);
}

/** Null for what the vault would not even begin to read, and for what takes nothing. */
function readCall(deployment: VaultDeployment, { tx_id: txId, sender_address: sender, contract_call: call }: Entry) {
  if (call?.contract_id !== deployment.vaultContract || !call.function_args) return null;
  try {
    const args = call.function_args.map(({ hex }) => cvToValue(hexToCV(hex), true));
    return readArguments(deployment, { txId, sender, name: call.function_name, args });
  } catch {
    return null;
  }
}

interface Read {
  txId: string;
  sender: string;
  name: string;
  args: unknown[];
}

function readArguments(deployment: VaultDeployment, { txId, sender, name, args }: Read): WaitingCall | null {
  switch (name) {
    case withdrawFunds.name: {
      const [amount, contract, { id, expiresAt }, signed] = withdrawal.parse(args);
      const terms = { withdrawer: sender, token: tokenOf(deployment, contract), amount, id, expiresAt };
      return { kind: "withdrawal", txId, terms, signature: signed };
    }
    case payPremium.name: {
      const [policyId, amount, contract, terms, signed] = premium.parse(args);
      const bought = { buyer: sender, policyId, token: tokenOf(deployment, contract), premium: amount, ...terms };
      return { kind: "premium", txId, terms: bought, signature: signed };
    }
    case settlePolicy.name: {
      const [policyId, amount, contract] = settlement.parse(args);
      return { kind: "settlement", txId, sender, policyId, token: tokenOf(deployment, contract), amount };
    }
    default:
      return null;
  }
}

function tokenOf({ sbtcContract }: VaultDeployment, contract: string | null): Token {
  if (contract === null) return "STX";
  if (contract === sbtcContract) return "sBTC";
  throw new Error(`The vault takes no ${contract}`);
}
