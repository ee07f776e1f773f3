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
  type SingleSigSpendingCondition,
  type SpendingCondition,
  type StacksTransactionWire,
} from "@stacks/transactions";
import { Rejection } from "./rejection";

const TESTNET = { transactionVersion: 0x80, chainId: 0x80000000 };
const TESTNET_SINGLE_SIG = 26;
const TESTNET_VERSIONS = [TESTNET_SINGLE_SIG, 21];

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

/** Decodes without checking signatures: enough for bytes that were accepted before. */
export function decodeTransaction(raw: string): SignedTransaction {
  let wire: StacksTransactionWire;
  let txid: string;
  try {
    wire = deserializeTransaction(raw);
    // Bytes after the end, or that another reader would read otherwise, are not this transaction.
    if (wire.serialize() !== raw.toLowerCase()) throw new Error("The bytes are not a serialised transaction.");
    txid = `0x${wire.txid()}`;
  } catch (error) {
    throw new Rejection("Deserialization", { message: String(error) });
  }
  const { auth } = wire;
  const origin = accountOf(singleSig(auth.spendingCondition));
  const sponsor = auth.authType === AuthType.Sponsored ? singleSig(auth.sponsorSpendingCondition) : null;
  return {
    raw: raw.toLowerCase(),
    txid,
    origin,
    sponsor: sponsor && accountOf(sponsor),
    fee: BigInt((sponsor ?? auth.spendingCondition).fee),
    payload: payloadOf(wire, origin.address),
    wire,
  };
}

/** The hash that the next signature in the chain of signatures is over. */
function verifySignature(condition: SingleSigSpendingCondition, sigHash: string, authType: AuthType): string {
  const { fee, nonce, keyEncoding, signature, hashMode, signer } = condition;
  const { pubKey, nextSigHash } = nextVerification(sigHash, authType, fee, nonce, keyEncoding, signature.data);
  const signed = addressFromPublicKeys(TESTNET_SINGLE_SIG, hashMode, 1, [pubKey]).hash160;
  if (signed !== signer) throw new Error(`Signer hash ${signer} does not equal hash of public key ${signed}`);
  return nextSigHash;
}

/** Decodes what a stranger sent. */
export function acceptTransaction(raw: string): SignedTransaction {
  const transaction = decodeTransaction(raw);
  const { wire, txid } = transaction;
  try {
    if (wire.transactionVersion !== TESTNET.transactionVersion || wire.chainId !== TESTNET.chainId) {
      throw new Rejection("BadTransactionVersion");
    }
    const unsupported = wire.postConditions.values.some(
      (condition) =>
        "conditionType" in condition &&
        (condition.conditionType === PostConditionType.Staking || condition.conditionType === PostConditionType.PoX),
    );
    if (unsupported) {
      throw new Rejection("ServerFailureOther", { message: "The local node knows no staking post-conditions." });
    }
    verifySignatures(wire);
  } catch (error) {
    throw error instanceof Rejection ? error.of(txid) : error;
  }
  return transaction;
}

function verifySignatures(wire: StacksTransactionWire): void {
  const { auth } = wire;
  try {
    const sigHash = verifySignature(singleSig(auth.spendingCondition), wire.verifyBegin(), AuthType.Standard);
    if (auth.authType === AuthType.Sponsored) {
      verifySignature(singleSig(auth.sponsorSpendingCondition), sigHash, AuthType.Sponsored);
    }
  } catch (error) {
    if (error instanceof Rejection) throw error;
    throw new Rejection("SignatureValidation", { message: error instanceof Error ? error.message : String(error) });
  }
}
