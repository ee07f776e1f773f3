/**
 * A transaction as it arrives: its bytes, who signed them, who pays and what they ask for. Decoding checks the form, and
 * accepting what needs no chain besides, in the Stacks node's order: network, transfer, signatures.
 */
import {
  AuthType,
  addressFromVersionHash,
  addressHashModeToVersion,
  addressToString,
  type ClarityValue,
  cvToString,
  deserializeTransaction,
  getFee,
  PayloadType,
  PostConditionType,
  type PostConditionWire,
  type SpendingCondition,
  type StacksTransactionWire,
} from "@stacks/transactions";
import { Rejection } from "./rejection";
import { verifySignatures } from "./signatures";

const TESTNET = { transactionVersion: 0x80, chainId: 0x80000000 };
const STAKING_CONDITIONS = [PostConditionType.Staking, PostConditionType.PoX];

export type Payload =
  | { kind: "contract_call"; contractId: string; functionName: string; args: ClarityValue[] }
  | { kind: "token_transfer"; recipient: string; amount: bigint; memo: string }
  | { kind: "smart_contract"; contractId: string; source: string; clarityVersion: number | undefined };

export interface SignedTransaction {
  /** Hex without 0x. */
  raw: string;
  /** Hex with 0x. */
  txid: string;
  /** The origin, and the nonce of its that this spends. */
  sender: string;
  nonce: number;
  /** Who pays the fee in the origin's place, with a nonce of its own; null if nobody does. */
  sponsor: { address: string; nonce: number } | null;
  fee: bigint;
  payload: Payload;
  wire: StacksTransactionWire;
}

/** Who pays the fee, and the nonce of that account that this spends. */
export function payerOf({ sponsor, sender, nonce }: SignedTransaction): { address: string; nonce: number } {
  return sponsor ?? { address: sender, nonce };
}

/** Of what a real node would take. */
function refusal(limit: string): Rejection {
  return new Rejection("ServerFailureOther", { message: `This is a local node. ${limit}` });
}

function payloadOf({ payload }: StacksTransactionWire, sender: string): Payload {
  switch (payload.payloadType) {
    case PayloadType.ContractCall: {
      const contractId = `${addressToString(payload.contractAddress)}.${payload.contractName.content}`;
      return {
        kind: "contract_call",
        contractId,
        functionName: payload.functionName.content,
        args: payload.functionArgs,
      };
    }
    case PayloadType.TokenTransfer: {
      const recipient = cvToString(payload.recipient);
      const memo = Buffer.from(payload.memo.content).toString("hex").padEnd(68, "0");
      return { kind: "token_transfer", recipient, amount: payload.amount, memo: `0x${memo}` };
    }
    case PayloadType.SmartContract:
    case PayloadType.VersionedSmartContract: {
      const contractId = `${sender}.${payload.contractName.content}`;
      const clarityVersion = "clarityVersion" in payload ? payload.clarityVersion : undefined;
      return { kind: "smart_contract", contractId, source: payload.codeBody.content, clarityVersion };
    }
    case PayloadType.Coinbase:
    case PayloadType.CoinbaseToAltRecipient:
    case PayloadType.NakamotoCoinbase:
      throw new Rejection("NoCoinbaseViaMempool");
    case PayloadType.TenureChange:
      throw new Rejection("NoTenureChangeViaMempool");
    default:
      throw new Rejection("ServerFailureOther", {
        message: "PoisonMicroblock transactions not accepted via mempool",
      });
  }
}

function parse(raw: string): StacksTransactionWire {
  try {
    const wire = deserializeTransaction(raw);
    // Bytes after the end, or that another reader would read otherwise, are not this transaction.
    if (wire.serialize() !== raw) throw new Error("The bytes are not a serialised transaction.");
    return wire;
  } catch (error) {
    throw new Rejection("Deserialization", { message: String(error) });
  }
}

function accountOf({ hashMode, signer, nonce }: SpendingCondition): { address: string; nonce: number } {
  const version = addressHashModeToVersion(hashMode, "testnet");
  return { address: addressToString(addressFromVersionHash(version, signer)), nonce: Number(nonce) };
}

/** Decodes without checking anything else: enough for bytes that were accepted before. */
export function decodeTransaction(raw: string): SignedTransaction {
  const wire = parse(raw);
  const { auth } = wire;
  const { address: sender, nonce } = accountOf(auth.spendingCondition);
  const sponsor = auth.authType === AuthType.Sponsored ? accountOf(auth.sponsorSpendingCondition) : null;
  const txid = `0x${wire.txid()}`;
  return { raw, txid, sender, nonce, sponsor, fee: BigInt(getFee(auth)), payload: payloadOf(wire, sender), wire };
}

/** Whether an address is one of this network's. */
export function isTestnetPrincipal(principal: string): boolean {
  return /^S[TN]/.test(principal);
}

function checkTransfer({ payload, sender }: SignedTransaction): void {
  if (payload.kind !== "token_transfer") return;
  const { recipient, amount } = payload;
  if (recipient === sender) throw new Rejection("TransferRecipientCannotEqualSender", { recipient });
  if (amount === 0n) throw new Rejection("TransferAmountMustBePositive");
  if (!isTestnetPrincipal(recipient)) throw new Rejection("BadAddressVersionByte");
}

/** What the node finds when it looks at the signatures, the chain id among it. */
function checkSignatures({ wire, txid }: SignedTransaction): void {
  try {
    verifySignatures(wire);
  } catch (error) {
    throw new Rejection("SignatureValidation", { message: error instanceof Error ? error.message : String(error) });
  }
  if (wire.chainId === TESTNET.chainId) return;
  const message = `Invalid tx ${txid.slice(2)}: invalid chain ID ${wire.chainId} (expected ${TESTNET.chainId})`;
  throw new Rejection("SignatureValidation", { message });
}

/**
 * Decodes and verifies what a stranger sent.
 * @throws Rejection
 */
export function acceptTransaction(hex: string): SignedTransaction {
  const transaction = decodeTransaction(hex.toLowerCase());
  const { wire } = transaction;
  if (wire.transactionVersion !== TESTNET.transactionVersion) throw new Rejection("BadTransactionVersion");
  const conditions = wire.postConditions.values as PostConditionWire[];
  if (conditions.some(({ conditionType }) => STAKING_CONDITIONS.includes(conditionType))) {
    throw refusal("It knows no staking post-conditions.");
  }
  checkTransfer(transaction);
  checkSignatures(transaction);
  return transaction;
}
