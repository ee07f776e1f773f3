/**
 * A transaction as it arrives: its bytes, who signed them and what they ask for. Decoding checks everything that needs
 * no chain: form, network, addresses and signatures. Single-signature accounts (P2PKH) only.
 */
import {
  AddressHashMode,
  AuthType,
  addressFromPublicKeys,
  addressFromVersionHash,
  addressToString,
  type ClarityValue,
  cvToString,
  deserializeTransaction,
  isSingleSig,
  nextVerification,
  PayloadType,
  PostConditionType,
  type PostConditionWire,
  type SingleSigSpendingCondition,
  type SpendingCondition,
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
  | { kind: "smart_contract"; contractId: string; name: string; source: string; clarityVersion: number | null };

export interface Account {
  address: string;
  nonce: number;
}

export interface SignedTransaction {
  /** Hex without 0x. */
  raw: string;
  /** Hex with 0x. */
  txid: string;
  origin: Account;
  /** Who pays the fee, if not the origin. */
  sponsor: Account | null;
  fee: bigint;
  payload: Payload;
  postConditions: PostConditionWire[];
  wire: StacksTransactionWire;
}

export function payerOf(transaction: SignedTransaction): Account {
  return transaction.sponsor ?? transaction.origin;
}

function accountOf(condition: SingleSigSpendingCondition): Account {
  const address = addressToString(addressFromVersionHash(TESTNET_SINGLE_SIG, condition.signer));
  return { address, nonce: Number(condition.nonce) };
}

function payloadOf(wire: StacksTransactionWire, origin: string): Payload {
  const { payload } = wire;
  switch (payload.payloadType) {
    case PayloadType.ContractCall: {
      if (!TESTNET_VERSIONS.includes(payload.contractAddress.version)) throw new Rejection("BadAddressVersionByte");
      return {
        kind: "contract_call",
        contractId: `${addressToString(payload.contractAddress)}.${payload.contractName.content}`,
        functionName: payload.functionName.content,
        args: payload.functionArgs,
      };
    }
    case PayloadType.TokenTransfer: {
      const recipient = cvToString(payload.recipient);
      if (!recipient.startsWith("ST") && !recipient.startsWith("SN")) throw new Rejection("BadAddressVersionByte");
      const memo = Buffer.from(payload.memo.content).toString("hex").padEnd(68, "0");
      return { kind: "token_transfer", recipient, amount: payload.amount, memo: `0x${memo}` };
    }
    case PayloadType.SmartContract:
    case PayloadType.VersionedSmartContract: {
      const name = payload.contractName.content;
      return {
        kind: "smart_contract",
        contractId: `${origin}.${name}`,
        name,
        source: payload.codeBody.content,
        clarityVersion: "clarityVersion" in payload ? payload.clarityVersion : null,
      };
    }
    case PayloadType.TenureChange:
      throw new Rejection("NoTenureChangeViaMempool");
    case PayloadType.PoisonMicroblock:
      throw new Rejection("PoisonMicroblockIsInvalid");
    default:
      throw new Rejection("NoCoinbaseViaMempool");
  }
}

function singleSig(condition: SpendingCondition): SingleSigSpendingCondition {
  if (isSingleSig(condition) && condition.hashMode === AddressHashMode.P2PKH) {
    return condition as SingleSigSpendingCondition;
  }
  throw new Rejection("SignatureValidation", {
    message: "The local node takes single-signature P2PKH accounts only; this one is multi-signature or segwit.",
  });
}

function parse(raw: string): { wire: StacksTransactionWire; txid: string } {
  try {
    const wire = deserializeTransaction(raw);
    // Bytes after the end, or that another reader would read otherwise, are not this transaction.
    if (wire.serialize() !== raw) throw new Error("The bytes are not a serialised transaction.");
    return { wire, txid: `0x${wire.txid()}` };
  } catch (error) {
    throw new Rejection("Deserialization", { message: String(error) });
  }
}

function interpret(raw: string, { wire, txid }: ReturnType<typeof parse>): SignedTransaction {
  if (wire.transactionVersion !== TESTNET.transactionVersion || wire.chainId !== TESTNET.chainId) {
    throw new Rejection("BadTransactionVersion");
  }
  const postConditions = wire.postConditions.values as PostConditionWire[];
  if (postConditions.some(({ conditionType }) => STAKING_CONDITIONS.includes(conditionType))) {
    throw new Rejection("ServerFailureOther", { message: "The local node knows no staking post-conditions." });
  }
  const { auth } = wire;
  const origin = singleSig(auth.spendingCondition);
  const sponsor = auth.authType === AuthType.Sponsored ? singleSig(auth.sponsorSpendingCondition) : null;
  return {
    raw,
    txid,
    origin: accountOf(origin),
    sponsor: sponsor && accountOf(sponsor),
    fee: BigInt((sponsor ?? origin).fee),
    payload: payloadOf(wire, accountOf(origin).address),
    postConditions,
    wire,
  };
}

/** The hash that the next signature in the chain of signatures is over. */
function verifySignature(condition: SpendingCondition, sigHash: string, authType: AuthType): string {
  const { fee, nonce, keyEncoding, signature, hashMode, signer } = singleSig(condition);
  const { pubKey, nextSigHash } = nextVerification(sigHash, authType, fee, nonce, keyEncoding, signature.data);
  const signed = addressFromPublicKeys(TESTNET_SINGLE_SIG, hashMode, 1, [pubKey]).hash160;
  if (signed !== signer) throw new Error(`Signer hash ${signer} does not equal hash of public key ${signed}`);
  return nextSigHash;
}

function verifySignatures(wire: StacksTransactionWire): void {
  try {
    const sigHash = verifySignature(wire.auth.spendingCondition, wire.verifyBegin(), AuthType.Standard);
    if (wire.auth.authType !== AuthType.Sponsored) return;
    verifySignature(wire.auth.sponsorSpendingCondition, sigHash, AuthType.Sponsored);
  } catch (error) {
    throw new Rejection("SignatureValidation", { message: error instanceof Error ? error.message : String(error) });
  }
}

/** Decodes without checking signatures: enough for bytes that were accepted before. */
export function decodeTransaction(raw: string): SignedTransaction {
  return interpret(raw, parse(raw));
}

/**
 * Decodes and verifies what a stranger sent.
 * @throws Rejection
 */
export function acceptTransaction(hex: string): SignedTransaction {
  const raw = hex.toLowerCase();
  const parsed = parse(raw);
  try {
    const transaction = interpret(raw, parsed);
    verifySignatures(parsed.wire);
    return transaction;
  } catch (error) {
    throw error instanceof Rejection ? error.of(parsed.txid) : error;
  }
}
