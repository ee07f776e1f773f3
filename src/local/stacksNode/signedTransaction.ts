/**
 * A transaction as it arrives: its bytes, who signed them and what they ask for. Decoding checks everything that needs
 * no chain: form, network, addresses and signature. Only single-signature accounts (P2PKH) that pay their own fee.
 */
import {
  AddressHashMode,
  AuthType,
  addressFromVersionHash,
  addressToString,
  type ClarityValue,
  cvToString,
  deserializeTransaction,
  PayloadType,
  PostConditionType,
  type PostConditionWire,
  type StacksTransactionWire,
} from "@stacks/transactions";
import { Rejection } from "./rejection";

const TESTNET = { transactionVersion: 0x80, chainId: 0x80000000 };
const TESTNET_SINGLE_SIG = 26;
const TESTNET_VERSIONS = [TESTNET_SINGLE_SIG, 21];
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
  sender: string;
  nonce: number;
  fee: bigint;
  payload: Payload;
  wire: StacksTransactionWire;
}

/** Of what a real node would take. */
function refusal(limit: string): Rejection {
  return new Rejection("ServerFailureOther", { message: `This is a local node. ${limit}` });
}

function payloadOf({ payload }: StacksTransactionWire, sender: string): Payload {
  switch (payload.payloadType) {
    case PayloadType.ContractCall: {
      if (!TESTNET_VERSIONS.includes(payload.contractAddress.version)) throw new Rejection("BadAddressVersionByte");
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
      if (!/^S[TN]/.test(recipient)) throw new Rejection("BadAddressVersionByte");
      const memo = Buffer.from(payload.memo.content).toString("hex").padEnd(68, "0");
      return { kind: "token_transfer", recipient, amount: payload.amount, memo: `0x${memo}` };
    }
    case PayloadType.SmartContract:
    case PayloadType.VersionedSmartContract: {
      const contractId = `${sender}.${payload.contractName.content}`;
      const clarityVersion = "clarityVersion" in payload ? payload.clarityVersion : undefined;
      return { kind: "smart_contract", contractId, source: payload.codeBody.content, clarityVersion };
    }
    default:
      throw refusal("It takes calls, transfers and deployments only.");
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

/** Decodes without checking the signature: enough for bytes that were accepted before. */
export function decodeTransaction(raw: string): SignedTransaction {
  const wire = parse(raw);
  if (wire.transactionVersion !== TESTNET.transactionVersion || wire.chainId !== TESTNET.chainId) {
    throw new Rejection("BadTransactionVersion");
  }
  const conditions = wire.postConditions.values as PostConditionWire[];
  if (conditions.some(({ conditionType }) => STAKING_CONDITIONS.includes(conditionType))) {
    throw refusal("It knows no staking post-conditions.");
  }
  const { authType, spendingCondition } = wire.auth;
  const { hashMode, signer, nonce, fee } = spendingCondition;
  if (authType !== AuthType.Standard || hashMode !== AddressHashMode.P2PKH) {
    throw refusal("It takes single-signature P2PKH accounts only, not multi-signature, segwit or sponsored.");
  }
  const sender = addressToString(addressFromVersionHash(TESTNET_SINGLE_SIG, signer));
  const txid = `0x${wire.txid()}`;
  return { raw, txid, sender, nonce: Number(nonce), fee: BigInt(fee), payload: payloadOf(wire, sender), wire };
}

/**
 * Decodes and verifies what a stranger sent.
 * @throws Rejection
 */
export function acceptTransaction(hex: string): SignedTransaction {
  const transaction = decodeTransaction(hex.toLowerCase());
  try {
    transaction.wire.verifyOrigin();
    return transaction;
  } catch (error) {
    throw new Rejection("SignatureValidation", { message: String(error) });
  }
}
