/**
 * The vault's own record of a policy, asked of a Stacks node and of nobody else, at one block. Needs @stacks/transactions,
 * so it is loaded when a proof is looked at.
 */
import { Cl, ClarityType, type ClarityValue, cvToHex, hexToCV, type TupleCV } from "@stacks/transactions";
import { z } from "zod";
import type { Token } from "../../domain/tokens";
import type { WebConfig } from "../config";

export interface LockOnChain {
  buyer: string;
  token: Token;
  /** Base units; 0: the policy has ended. */
  lock: bigint;
  coverage: bigint;
  /** Until then the vault frees nothing without paying, ms of block time. */
  releaseAfter: number;
}

export interface LockReading {
  /** Null: the vault knows no such policy. */
  lock: LockOnChain | null;
  block: { height: number; timeMs: number };
}

const blockShape = z.object({ height: z.number(), index_block_hash: z.string(), block_time: z.number() });
const replyShape = z.object({ okay: z.boolean(), result: z.string().optional(), cause: z.string().optional() });

async function answerOf<T>(shape: z.ZodType<T>, response: Response): Promise<T> {
  if (!response.ok) throw new Error(`The Stacks node answered HTTP ${response.status}.`);
  return shape.parse(await response.json());
}

function uintOf({ value }: TupleCV, name: string): bigint {
  const field: ClarityValue | undefined = value[name];
  if (field?.type !== ClarityType.UInt) throw new Error(`The vault's record of a policy has no ${name}.`);
  return BigInt(field.value);
}

function principalOf(field: ClarityValue | undefined): string {
  if (field?.type === ClarityType.PrincipalStandard || field?.type === ClarityType.PrincipalContract)
    return field.value;
  throw new Error("The vault's record of a policy names no principal where it should.");
}

function tokenOf(field: ClarityValue | undefined, sbtcContract: string): Token {
  if (field?.type === ClarityType.OptionalNone) return "STX";
  if (field?.type === ClarityType.OptionalSome && principalOf(field.value) === sbtcContract) return "sBTC";
  throw new Error("The vault's record of a policy is in a token that is not known here.");
}

/** @param hex what `get-policy` answers */
function parseLock(hex: string, sbtcContract: string): LockOnChain | null {
  const answer = hexToCV(hex);
  if (answer.type === ClarityType.OptionalNone) return null;
  if (answer.type !== ClarityType.OptionalSome || answer.value.type !== ClarityType.Tuple) {
    throw new Error("The vault answers in a form that is not known here.");
  }
  const record = answer.value;
  return {
    buyer: principalOf(record.value.buyer),
    token: tokenOf(record.value.token, sbtcContract),
    lock: uintOf(record, "lock"),
    coverage: uintOf(record, "coverage"),
    releaseAfter: Number(uintOf(record, "release-after")) * 1_000,
  };
}

/** Reads `get-policy` at the newest block. */
export async function readLock(
  { stacksApiUrl, vaultContract, sbtcContract }: Pick<WebConfig, "stacksApiUrl" | "vaultContract" | "sbtcContract">,
  policyId: bigint,
): Promise<LockReading> {
  const block = await answerOf(blockShape, await fetch(`${stacksApiUrl}/extended/v2/blocks/latest`));
  const [address = "", name = ""] = vaultContract.split(".");
  const tip = block.index_block_hash.replace(/^0x/, "");
  const response = await fetch(`${stacksApiUrl}/v2/contracts/call-read/${address}/${name}/get-policy?tip=${tip}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ sender: address, arguments: [cvToHex(Cl.uint(policyId))] }),
  });
  const { okay, result, cause } = await answerOf(replyShape, response);
  if (!okay || !result) throw new Error(`The Stacks node refused to read the vault: ${cause ?? "without a cause"}.`);
  return { lock: parseLock(result, sbtcContract), block: { height: block.height, timeMs: block.block_time * 1_000 } };
}
